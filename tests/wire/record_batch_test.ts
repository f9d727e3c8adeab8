/** Record batches against bytes of kafka-python, and against damage. */
import assert from "node:assert/strict";
import { crc32c, crc32cOfTail } from "../../src/wire/crc32c.ts";
import { WireError } from "../../src/wire/reader.ts";
import { hasRightCrc, iterateBatches, placeBatch, readBatchHeader } from "../../src/wire/record_batch.ts";
import { encodeBatch, type NewRecord } from "../../src/wire/encode_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import golden from "../golden/wire/record_batch.json" with { type: "json" };

type GoldenCase = (typeof golden.cases)[number];

function unhex(text: string | null): Uint8Array | null {
  return text === null ? null : Uint8Array.fromHex(text);
}

function recordsOf({ records }: GoldenCase): NewRecord[] {
  return records.map(({ timestampMs, key, value, headers }) => ({
    timestampMs,
    key: unhex(key),
    value: unhex(value),
    headers: headers.map((header) => ({ key: header.key, value: unhex(header.value) })),
  }));
}

for (const one of golden.cases) {
  const bytes = Uint8Array.fromHex(one.batch);

  Deno.test(`readBatchHeader() reads kafka-python's batch: ${one.name}`, () => {
    const header = readBatchHeader(bytes);
    assert.equal(header.sizeBytes, bytes.length);
    assert.equal(header.count, one.records.length);
    assert.equal(header.lastOffsetDelta, one.records.length - 1);
    assert.equal(header.compression, one.compression);
    assert.deepEqual(
      [header.producerId, header.producerEpoch, header.baseSequence],
      [one.producerId, one.producerEpoch, one.baseSequence],
    );
    assert.equal(header.baseTimestampMs, one.records[0]!.timestampMs);
    assert.equal(header.maxTimestampMs, Math.max(...one.records.map(({ timestampMs }) => timestampMs)));
    assert.ok(hasRightCrc(bytes, { start: 0, header }));
  });

  Deno.test(`decodeBatch() reads kafka-python's records: ${one.name}`, () => {
    const expected = recordsOf(one).map((record, offset) => ({ offset, ...record }));
    const decoded = decodeBatch(bytes).map((record) => ({
      ...record,
      key: record.key?.slice() ?? null,
      value: record.value?.slice() ?? null,
      headers: record.headers.map(({ key, value }) => ({ key, value: value?.slice() ?? null })),
    }));
    assert.deepEqual(decoded, expected);
  });

  if (one.compression !== 0) continue; // encodeBatch() does not compress

  Deno.test(`encodeBatch() writes kafka-python's bytes: ${one.name}`, () => {
    const { producerId, producerEpoch, baseSequence } = one;
    const encoded = encodeBatch(recordsOf(one), { producerId, producerEpoch, baseSequence });
    assert.equal(encoded.toHex(), one.batch);
  });
}

Deno.test("placeBatch() sets offset and leader epoch and leaves the CRC right", () => {
  const bytes = Uint8Array.fromHex(golden.cases[0]!.batch);
  placeBatch(bytes, { start: 0, baseOffset: 2 ** 40 + 3, leaderEpoch: 9 });
  const header = readBatchHeader(bytes);
  assert.equal(header.baseOffset, 2 ** 40 + 3);
  assert.equal(header.partitionLeaderEpoch, 9);
  assert.ok(hasRightCrc(bytes, { start: 0, header }));
  assert.equal(decodeBatch(bytes)[0]!.offset, 2 ** 40 + 3);
});

Deno.test("iterateBatches() goes from batch to batch and leaves a cut-off last one out", () => {
  const all = golden.cases.map(({ batch }) => batch).join("");
  const bytes = Uint8Array.fromHex(all);
  const sizes = [...iterateBatches(bytes)].map(({ header }) => header.sizeBytes);
  assert.deepEqual(sizes, golden.cases.map(({ batch }) => batch.length / 2));
  assert.equal([...iterateBatches(bytes.subarray(0, bytes.length - 1))].length, sizes.length - 1);
});

Deno.test("hasRightCrc() notices every flipped bit behind the CRC", () => {
  const bytes = Uint8Array.fromHex(golden.cases[0]!.batch);
  for (let at = 17; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << bit;
      assert.ok(!hasRightCrc(damaged, { start: 0, header: readBatchHeader(damaged) }));
    }
  }
});

Deno.test("decodeBatch() throws a WireError, and nothing else, on any damage", () => {
  for (const { batch, compression } of golden.cases.filter(({ name }) => name !== "many records")) {
    if (compression !== 0) continue;
    const bytes = Uint8Array.fromHex(batch);
    for (let size = 0; size < bytes.length; size++) {
      assert.throws(() => decodeBatch(bytes.subarray(0, size)), WireError);
    }
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at]! ^= mask;
        try {
          decodeBatch(damaged);
        } catch (error) {
          assert.ok(error instanceof WireError, `byte ${at}: ${error}`);
        }
      }
    }
  }
});

Deno.test("encodeBatch() refuses an empty batch", () => {
  assert.throws(() => encodeBatch([]), RangeError);
});

Deno.test("crc32c() computes the check values of RFC 3720, and of any part", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(ascending), 0x46dd794e);
  assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c);
  assert.equal(crc32c(new Uint8Array(0)), 0);
  for (let start = 0; start < 12; start++) {
    for (let end = start; end <= 32; end++) {
      assert.equal(crc32c(ascending, start, end), bitwise(ascending.subarray(start, end)));
    }
  }
});

/** The definition, bit by bit. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

Deno.test("crc32c() goes on behind other bytes, and crc32cOfTail() takes them away again", () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index * 7 % 251);
  for (const cut of [0, 1, 7, 8, 61, 2048, 4096, 4999, 5000]) {
    const head = crc32c(bytes, 0, cut);
    const all = crc32c(bytes, cut, bytes.length, head);
    assert.equal(all, crc32c(bytes));
    assert.equal(crc32cOfTail(all, { head, size: bytes.length - cut }), crc32c(bytes, cut));
  }
});
