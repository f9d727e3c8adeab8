/** Changed captures: never an error, whatever the pieces they come in; what is read are packets. */
import assert from "node:assert/strict";
import { CaptureReader, type CaptureSummary } from "../../src/datasets/pcap/mod.ts";
import { type Packet, packetSchema } from "../../src/records/packets/schema.ts";
import { FUZZ_ROUNDS, readMutated } from "../support/mutate.ts";
import { bytesOf, ethernetOf, ipv6Of, pcapOf, u32 } from "./pcap_bytes.ts";
import { SAMPLES } from "./pcap_samples.ts";

/** Bytes that a packet takes in a capture at least: a record's header, and the shortest link header. */
const PACKET_BYTES_MIN = 20;

function read(bytes: Uint8Array, pieceBytes: number): { packets: Packet[]; summary: CaptureSummary } {
  const reader = new CaptureReader();
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const packet of reader.push(bytes.subarray(at, at + pieceBytes))) packets.push(packet);
  }
  return { packets, summary: reader.end() };
}

/** The first frames of a sample: enough of every kind, and quick. */
function seedsOf(names: RegExp): Uint8Array[] {
  return Object.entries(SAMPLES).filter(([name]) => names.test(name)).map(([, bytes]) => bytes.slice(0, 700));
}

function fuzz(names: RegExp): { reads: number; packets: number; problems: Set<string> } {
  let packets = 0;
  const problems = new Set<string>();
  let round = 0;
  const reads = readMutated(seedsOf(names), {
    read: (bytes) => {
      const whole = read(bytes, bytes.length);
      // In turn pieces of 1 to 97 bytes.
      assert.deepEqual(read(bytes, 1 + round++ % 97), whole);
      assert.ok(whole.packets.length * PACKET_BYTES_MIN <= bytes.length);
      assert.equal(whole.packets.length, whole.summary.packets);
      for (const packet of whole.packets) packetSchema.parse(packet);
      packets += whole.packets.length;
      problems.add(whole.summary.problem?.kind ?? "none");
    },
    expected: () => false,
  });
  return { reads, packets, problems };
}

for (const [format, names] of [["pcap", /^(?!pcapng)/], ["pcapng", /^pcapng/]] as const) {
  Deno.test(`a changed ${format} capture is read as far as it goes, without an error`, () => {
    const { reads, packets, problems } = fuzz(names);
    assert.equal(reads, FUZZ_ROUNDS);
    assert.ok(packets > FUZZ_ROUNDS / 2, `${packets} packets`);
    assert.deepEqual([...problems].sort(), ["damaged", "none", "not-a-capture", "truncated"]);
  });
}

Deno.test("lengths that lie take no memory, and headers that go round in circles no time", () => {
  const before = Deno.memoryUsage();
  const readers: CaptureReader[] = [];
  for (let i = 0; i < 2_000; i++) {
    const reader = new CaptureReader();
    // It says that 262,144 bytes follow, the most that is allowed.
    reader.push(bytesOf(pcapOf([]), u32(1, true), u32(0), u32(262_144, true), u32(262_144, true), u32(0)));
    readers.push(reader);
  }
  const after = Deno.memoryUsage();
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  // 2,000 buffers of what is told would be 524 MB.
  assert.ok(readers.length > 0 && grown < 100e6, `${grown} bytes`);
  const extensions = new Uint8Array(60_000);
  const { packets } = read(pcapOf([{ bytes: ethernetOf(0x86dd, ipv6Of(0, extensions)), seconds: 1 }]), 4_096);
  assert.deepEqual(packets.map(({ protocol }) => protocol), ["0"]);
});
