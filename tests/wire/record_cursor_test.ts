/** Records that are looked at without being made: the same as those that are, damaged ones, and ones that open to too much. */
import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { TooLargeError } from "../../src/wire/compression.ts";
import { WireError } from "../../src/wire/reader.ts";
import { readBatchHeader } from "../../src/wire/record_batch.ts";
import { encodeBatch } from "../../src/wire/encode_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { RecordCursor } from "../../src/wire/record_cursor.ts";
import { xxh32 } from "../../src/wire/xxh32.ts";
import { concatBytes, rawBatch, rawRecord, varint } from "../support/raw_batch.ts";
import { seededRandom } from "../support/random_bytes.ts";

const MAX_BYTES = 1_000_000;

function cursorOver(bytes: Uint8Array, maxBytes = MAX_BYTES): RecordCursor {
  return RecordCursor.over(bytes, { header: readBatchHeader(bytes), start: 0, maxBytes });
}

function walk(cursor: RecordCursor): { offset: number; timestampMs: number }[] {
  const found = [];
  while (cursor.next()) found.push({ offset: cursor.offsetDelta, timestampMs: cursor.timestampMs });
  return found;
}

Deno.test("a walk finds the offsets and times that decoding finds", () => {
  const text = (length: number) => new TextEncoder().encode("x".repeat(length));
  const records = Array.from({ length: 300 }, (_, index) => ({
    timestampMs: 1_700_000_000_000 + (index % 7 - 3) * 10 ** (index % 12),
    key: index % 3 === 0 ? null : text(index),
    value: index % 5 === 0 ? null : text(index * 10),
    headers: Array.from({ length: index % 4 }, (_, at) => ({ key: "h".repeat(at), value: text(at * 100) })),
  }));
  const plain = encodeBatch(records);
  const expected = decodeBatch(plain).map(({ offset, timestampMs }) => ({ offset, timestampMs }));
  const cursor = cursorOver(plain);
  assert.deepEqual(walk(cursor), expected);
  assert.equal(cursor.problem, null);
  const { baseTimestampMs } = readBatchHeader(plain);
  const packed = rawBatch({
    records: gzipSync(plain.subarray(61)),
    count: 300,
    attributes: 1,
    baseTimestampMs,
  });
  assert.deepEqual(walk(cursorOver(packed)), expected);
});

Deno.test("a walk over damaged records ends with a problem or at the end, and never outside of them", () => {
  const random = seededRandom(7);
  const below = (end: number) => Math.floor(end * random());
  const body = concatBytes(...Array.from({ length: 20 }, (_, offsetDelta) => rawRecord({ offsetDelta })));
  for (let round = 0; round < 20_000; round++) {
    const records = body.slice(0, below(4) === 0 ? below(body.length) : body.length);
    for (let flips = below(4); flips > 0 && records.length > 0; flips--) {
      records[below(records.length)] = below(256);
    }
    const batch = rawBatch({ records, count: 20 });
    // Bytes behind the batch are another's.
    const cursor = cursorOver(concatBytes(batch, body).subarray(0, batch.length));
    const found = walk(cursor);
    assert.ok(found.length === 20 || cursor.problem !== null, `round ${round}`);
    assert.ok(found.length <= 20);
    assert.equal(cursor.next(), false);
  }
});

Deno.test("a batch that opens to more than allowed is refused before it is there", () => {
  const huge = new Uint8Array(64_000_000);
  const snappy = concatBytes(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x08), new Uint8Array(100_000));
  for (
    const [attributes, records] of [[1, gzipSync(huge)], [4, zstdCompressSync(huge)], [2, snappy]] as const
  ) {
    const batch = rawBatch({ records, count: 1, attributes });
    assert.throws(() => cursorOver(batch), TooLargeError, `codec ${attributes}`);
  }
  // A block of LZ4 whose one match is 10,000,000 bytes long.
  const match = concatBytes(
    Uint8Array.of(0x1f, 0, 1, 0),
    new Uint8Array(39_000).fill(255),
    Uint8Array.of(0),
  );
  const size = Uint8Array.of(match.length & 255, match.length >> 8, 0, 0);
  const header = Uint8Array.of(0x60, 0x40);
  const magic = Uint8Array.of(0x04, 0x22, 0x4d, 0x18);
  const checksum = Uint8Array.of(xxh32(header) >> 8 & 255);
  const frame = concatBytes(magic, header, checksum, size, match, new Uint8Array(4));
  const lz4 = rawBatch({ records: frame, count: 1, attributes: 3 });
  assert.throws(() => cursorOver(lz4), TooLargeError);
});

Deno.test("a count of records or headers takes no memory", () => {
  const records = [rawRecord({ headerCount: 1e9 }), varint(1e9)];
  for (const one of records) {
    const cursor = cursorOver(rawBatch({ records: one, count: 2 ** 31 - 1 }));
    assert.deepEqual(walk(cursor), []);
    assert.ok(cursor.problem !== null);
  }
  assert.throws(
    () => cursorOver(rawBatch({ records: new Uint8Array(9), count: 1, attributes: 5 })),
    WireError,
  );
});

Deno.test("xxh32() computes the values of its specification", () => {
  const hashOf = (text: string) => xxh32(new TextEncoder().encode(text));
  assert.equal(hashOf(""), 0x02cc5d05);
  assert.equal(hashOf("a"), 0x550d7456);
  assert.equal(hashOf("abc"), 0x32d153ff);
  assert.equal(hashOf("Nobody inspects the spammish repetition"), 0xe2293b2f);
});
