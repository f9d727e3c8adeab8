/** Captures that are cut, damaged, or hold what nobody understands. */
import assert from "node:assert/strict";
import { CaptureReader, describeCapture, openCapture, readCapture } from "../../src/datasets/pcap/mod.ts";
import { UserError } from "../../src/runtime/errors.ts";
import {
  blockOf,
  bytesOf,
  enhancedOf,
  ethernetOf,
  interfaceOf,
  ipv4Of,
  pcapOf,
  sectionOf,
  u16,
  u32,
  udpOf,
} from "./pcap_bytes.ts";

const frame = ethernetOf(0x0800, ipv4Of(17, udpOf()));
const ticks = 1_700_000_000_000_000n;
const simple = blockOf(3, bytesOf(u32(frame.length, true), frame));

function read(bytes: Uint8Array) {
  const reader = new CaptureReader();
  const packets = reader.push(bytes);
  return { packets, summary: reader.end() };
}

async function* whole(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

Deno.test("CaptureReader keeps the packets before any cut", () => {
  const packet = { bytes: frame, seconds: 1_700_000_000 };
  const captures = [
    [pcapOf([packet, packet, packet]), 24, 16 + frame.length],
    [bytesOf(sectionOf(), interfaceOf(), ...Array(3).fill(enhancedOf(frame, { ticks }))), 28 + 24, 80],
  ] as const;
  for (const [bytes, headerBytes, recordBytes] of captures) {
    for (let end = headerBytes; end <= bytes.length; end++) {
      const { packets, summary: { problem } } = read(bytes.subarray(0, end));
      const records = Math.floor((end - headerBytes) / recordBytes);
      const atByte = headerBytes + records * recordBytes;
      assert.equal(packets.length, records, `${end} bytes`);
      assert.equal(problem?.kind, end === atByte ? undefined : "truncated");
      if (problem !== null) assert.equal(problem.atByte, atByte);
    }
  }
});

Deno.test("CaptureReader stops at damage and says where, whatever comes after it", () => {
  const packet = { bytes: frame, seconds: 1 };
  const good = pcapOf([packet]);
  const reader = new CaptureReader();
  const damaged = bytesOf(good, u32(2, true), u32(0), u32(300_000, true), u32(300_000, true), frame);
  assert.equal(reader.push(damaged).length, 1);
  assert.equal(reader.push(pcapOf([packet])).length, 0);
  const { problem } = reader.end();
  assert.deepEqual([problem?.kind, problem?.atByte], ["damaged", good.length]);
  assert.match(problem!.detail, /300000 bytes, 262144 are allowed/);
});

Deno.test("CaptureReader stops at blocks that cannot be", () => {
  const start = bytesOf(sectionOf(), interfaceOf());
  const unequal = enhancedOf(frame, { ticks });
  unequal.set(u32(4, true), unequal.length - 4);
  const wrong: readonly (readonly [Uint8Array, RegExp])[] = [
    [bytesOf(u32(6, true), u32(8, true), u32(0)), /says that it has 8 bytes/],
    [bytesOf(u32(6, true), u32(13, true), u32(0)), /says that it has 13 bytes/],
    [bytesOf(u32(6, true), u32(2 ** 31, true), u32(0)), /16777216 are allowed/],
    [unequal, /another one at its end/],
    [bytesOf(u32(0x0a0d0d0a), u32(28, true), u32(0x11223344), new Uint8Array(16)), /neither byte order/],
    [blockOf(1, u32(0)), /interface is too short/],
  ];
  for (const [block, detail] of wrong) {
    const { packets, summary: { problem } } = read(
      bytesOf(start, enhancedOf(frame, { ticks }), block, simple),
    );
    assert.equal(packets.length, 1);
    assert.equal(problem?.kind, "damaged");
    assert.match(problem.detail, detail);
    assert.equal(problem.atByte, start.length + 80);
  }
});

Deno.test("CaptureReader counts packets that it cannot read, and goes on", () => {
  const tooLong = enhancedOf(frame, { ticks });
  tooLong.set(u32(9_999, true), 20);
  const { packets, summary } = read(bytesOf(
    ...[sectionOf(), simple, interfaceOf(), interfaceOf({ offsetSeconds: -(2n ** 62n) })],
    // Of an interface that is not there; before 1970; longer than its block; without a whole Ethernet header.
    enhancedOf(frame, { ticks, place: 7 }),
    enhancedOf(frame, { ticks, place: 1 }),
    tooLong,
    enhancedOf(frame.subarray(0, 13), { ticks }),
    enhancedOf(frame, { ticks }),
  ));
  assert.deepEqual([packets.length, summary.unreadable, summary.problem], [1, 5, null]);
  assert.deepEqual(describeCapture(summary, "a.pcapng"), [
    "a.pcapng: 5 packets that cannot be read are left out",
  ]);
});

Deno.test("CaptureReader counts packets of unknown link types by type, and reads the rest", () => {
  const wifi = interfaceOf({ linkType: 105 });
  const { packets, summary } = read(bytesOf(
    ...[sectionOf(), wifi, interfaceOf(), enhancedOf(frame, { ticks })],
    ...[enhancedOf(frame, { ticks, place: 1 }), enhancedOf(frame, { ticks })],
  ));
  assert.deepEqual([...summary.unknownLinkTypes], [[105, 2]]);
  assert.deepEqual(summary.linkTypes, [105, 1]);
  assert.match(packets[0]!.id, /^[0-9a-f]{12}-1$/);
  assert.deepEqual(describeCapture(summary, "a.pcapng"), [
    "a.pcapng: 2 packets of link type 105, which is not understood, are left out",
  ]);
});

Deno.test("CaptureReader gives a simple packet the time of the one before", () => {
  const { packets, summary } = read(bytesOf(
    ...[sectionOf(), interfaceOf({ snapLength: 30 }), enhancedOf(frame, { ticks }), simple],
  ));
  assert.deepEqual(packets.map(({ timestamp }) => timestamp), [Number(ticks), Number(ticks)]);
  // Cut by the snap length within IPv4's header.
  assert.deepEqual(packets.map(({ protocol, length }) => [protocol, length]), [["UDP", 46], ["0x0800", 46]]);
  assert.equal(summary.untimed, 1);
});

Deno.test("CaptureReader passes over a huge block of another kind without keeping it", () => {
  const reader = new CaptureReader();
  const blockBytes = 3_000_000_000;
  reader.push(bytesOf(sectionOf(), interfaceOf(), u32(0x0bad, true), u32(blockBytes, true), u32(0)));
  const piece = new Uint8Array(50_000_000);
  for (let left = blockBytes - 12; left > 0; left -= piece.length) reader.push(piece.subarray(0, left));
  assert.equal(reader.push(enhancedOf(frame, { ticks })).length, 1);
  assert.equal(reader.end().problem, null);
});

Deno.test("CaptureReader names a pcapng's units of time exactly", () => {
  const cases = [
    [{ resolution: 9 }, 1_700_000_000_123_456_789n, 1_700_000_000_123_456],
    [{ resolution: 12 }, 1_700_000_000_123_456_789n, 1_700_000_000_123],
    [{ resolution: 0 }, 1_700_000_000n, 1_700_000_000_000_000],
    [{ resolution: 0x80 | 32 }, (1_700_000_000n << 32n) + (1n << 31n), 1_700_000_000_500_000],
    [{ resolution: 18 }, 17_000_000_000_123_456_789n, 17_000_000],
    [{ offsetSeconds: -1_000n }, ticks, 1_699_999_000_000_000],
  ] as const;
  for (const [options, ticks, timestamp] of cases) {
    for (const littleEndian of [true, false]) {
      const { packets } = read(bytesOf(
        sectionOf(littleEndian),
        interfaceOf({ ...options, littleEndian }),
        enhancedOf(frame, { ticks, littleEndian }),
      ));
      assert.equal(packets[0]?.timestamp, timestamp, JSON.stringify(options, (_, value) => String(value)));
    }
  }
});

Deno.test("CaptureReader gives packets of different links different ids", () => {
  const bytes = pcapOf([{ bytes: frame, seconds: 1 }]);
  const ids = ["a", "b", "a"].map((link) => new CaptureReader({ link }).push(bytes)[0]!.id);
  assert.equal(ids[0], ids[2]);
  assert.notEqual(ids[0], ids[1]);
});

Deno.test("readCapture() refuses what is no capture, and what is empty", async () => {
  const zip = bytesOf("504b0304", new Uint8Array(100));
  for (
    const [bytes, found] of [[zip, /f is no capture: it begins with 504b0304/], [
      u16(7),
      /f is no capture/,
    ]] as const
  ) {
    await assert.rejects(
      Array.fromAsync(readCapture(whole(bytes), { name: "f" }).batches),
      (error) => error instanceof UserError && found.test(error.message),
    );
  }
  const { batches } = readCapture(whole(new Uint8Array(0)), { name: "f" });
  await assert.rejects(Array.fromAsync(batches), { message: "f is empty" });
  assert.deepEqual(await Array.fromAsync(readCapture(whole(pcapOf([])), { name: "f" }).batches), []);
});

Deno.test("openCapture() reads a file, packed or not, and describes how it ends", async () => {
  const path = await Deno.makeTempFile({ suffix: ".pcap.gz" });
  try {
    const bytes = pcapOf([{ bytes: frame, seconds: 1 }, { bytes: frame, seconds: 2 }]);
    const packed = new Blob([bytes.subarray(0, -1) as Uint8Array<ArrayBuffer>]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(path, packed);
    const capture = openCapture(path, { flag: "--pcap" });
    assert.equal((await Array.fromAsync(capture.batches)).flat().length, 1);
    const atByte = 24 + 16 + frame.length;
    assert.deepEqual(describeCapture(capture.summary(), "f"), [
      `f is truncated after ${atByte} bytes: it ends within a record, ${
        15 + frame.length
      } bytes of it are there; ` +
      "the 1 packets before are kept",
    ]);
  } finally {
    await Deno.remove(path);
  }
});
