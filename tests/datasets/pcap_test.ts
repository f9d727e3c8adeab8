/** Captures made by hand: both formats, both byte orders, any pieces. */
import assert from "node:assert/strict";
import { CaptureReader, readCapture } from "../../src/datasets/pcap/mod.ts";
import {
  bytesOf,
  enhancedOf,
  ethernetOf,
  interfaceOf,
  ipv4Of,
  pcapOf,
  sectionOf,
  tcpOf,
  udpOf,
} from "./pcap_bytes.ts";

const udp = ethernetOf(0x0800, ipv4Of(17, udpOf()));
const tcp = ethernetOf(0x0800, ipv4Of(6, tcpOf(0x112)));

function read(bytes: Uint8Array) {
  const reader = new CaptureReader();
  const packets = reader.push(bytes);
  return { packets, summary: reader.end() };
}

Deno.test("CaptureReader reads both byte orders and both units of time", () => {
  for (const littleEndian of [true, false]) {
    for (const nanoseconds of [true, false]) {
      const bytes = pcapOf([
        { bytes: udp, seconds: 1_700_000_000, nanoseconds: 123_456_789 },
        { bytes: tcp, seconds: 1_700_000_001, nanoseconds: 999, length: 1_500 },
      ], { littleEndian, nanoseconds });
      const { packets, summary } = read(bytes);
      const ends = { src: "192.0.2.1", dst: "198.51.100.7" };
      assert.deepEqual(packets.map(({ id: _, ...packet }) => packet), [
        {
          timestamp: 1_700_000_000_123_456,
          length: udp.length,
          protocol: "UDP",
          ...ends,
          srcPort: 5353,
          dstPort: 53,
        },
        {
          timestamp: 1_700_000_001_000_000,
          length: 1_500,
          protocol: "TCP",
          ...ends,
          srcPort: 49_152,
          dstPort: 443,
          tcpFlags: 0x112,
        },
      ]);
      assert.deepEqual([summary.format, summary.packets, summary.problem], ["pcap", 2, null]);
    }
  }
});

Deno.test("CaptureReader gives the same packets for any pieces and either format", () => {
  const seconds = 1_700_000_000;
  const pcap = pcapOf([{ bytes: udp, seconds }, { bytes: tcp, seconds }, { bytes: udp, seconds }]);
  const ticks = BigInt(seconds) * 1_000_000n;
  const pcapng = bytesOf(
    sectionOf(),
    interfaceOf(),
    ...[udp, tcp, udp].map((bytes) => enhancedOf(bytes, { ticks })),
  );
  const { packets } = read(pcap);
  assert.equal(new Set(packets.map(({ id }) => id)).size, 3);
  for (const bytes of [pcap, pcapng]) {
    for (const size of [1, 7, 100, 10_000]) {
      const reader = new CaptureReader();
      const found = [];
      for (let at = 0; at < bytes.length; at += size) {
        found.push(...reader.push(bytes.subarray(at, at + size)));
      }
      assert.deepEqual(found, packets);
      assert.equal(reader.end().problem, null);
    }
  }
});

Deno.test("readCapture() keeps what a truncated capture holds and says so", async () => {
  const whole = pcapOf([{ bytes: udp, seconds: 1 }, { bytes: tcp, seconds: 2 }]);
  async function* pieces() {
    await Promise.resolve();
    yield whole.subarray(0, whole.length - 1);
  }
  const capture = readCapture(pieces(), { name: "cut.pcap" });
  const packets = await Array.fromAsync(capture.batches);
  assert.deepEqual(packets.flat().map(({ protocol }) => protocol), ["UDP"]);
  const { problem } = capture.summary();
  assert.equal(problem?.kind, "truncated");
  assert.equal(problem.atByte, 24 + 16 + udp.length);
});

Deno.test("CaptureReader reads the IP packet of a PPPoE session, also in VLAN tags and with a short protocol", () => {
  const packet = ipv4Of(6, tcpOf(0x002));
  const session = (protocol: string, hex: string) => bytesOf("11 00 002a", hex, protocol, packet);
  const [long, short] = [(2 + packet.length).toString(16).padStart(4, "0"), (1 + packet.length).toString(16)];
  const frames = [
    ethernetOf(0x8864, session("0021", long)),
    ethernetOf(0x8864, session("21", short.padStart(4, "0"))),
    ethernetOf(0x8100, bytesOf("0007 8864", session("0021", long))),
    // Discovery has no packet.
    ethernetOf(0x8863, bytesOf("11 09 0000 0004 0101 0000")),
  ];
  const { packets } = read(pcapOf(frames.map((bytes) => ({ bytes, seconds: 1_700_000_000 }))));
  const found = packets.map(({ protocol, src, dstPort }) => [protocol, src, dstPort]);
  const tcp = ["TCP", "192.0.2.1", 443];
  assert.deepEqual(found, [tcp, tcp, tcp, ["0x8863", "02:00:00:00:00:01", undefined]]);
});
