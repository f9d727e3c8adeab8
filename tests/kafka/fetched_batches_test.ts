import assert from "node:assert/strict";
import { decodeFetched } from "../../src/kafka/fetched_batches.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { crc32c } from "../../src/wire/crc32c.ts";
import { placeBatch } from "../../src/wire/record_batch.ts";
import { batchOf, POISONS } from "../support/poison.ts";

/** Batches one behind the other, each at its offset. */
function logOf(...batches: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const bytes = new Uint8Array(batches.reduce((sum, [, batch]) => sum + batch.length, 0));
  let at = 0;
  for (const [baseOffset, batch] of batches) {
    bytes.set(batch, at);
    placeBatch(bytes, { start: at, baseOffset, leaderEpoch: 3 });
    at += batch.length;
  }
  return bytes;
}

function fetched(bytes: Uint8Array, fromOffset: number, highWatermark: number) {
  return decodeFetched({ bytes, aborted: [], fromOffset, highWatermark });
}

const text = ({ value }: IncomingRecord) => value === null ? null : new TextDecoder().decode(value);

for (const { name, reason, bytes } of POISONS) {
  Deno.test(`decodeFetched() sets aside ${name}, and goes on behind`, () => {
    const log = logOf([4, batchOf("a")], [5, bytes], [6, batchOf("b", "c")]);
    const { records, nextOffset } = fetched(log, 4, 8);
    assert.deepEqual(records.map(({ offset }) => offset), [4, 5, 6, 7]);
    assert.deepEqual(records.map(text), ["a", null, "b", "c"]);
    assert.equal(nextOffset, 8);
    const { undecodable } = records[1]!;
    assert.match(undecodable!.reason, reason);
    assert.match(undecodable!.reason, /^batch at offset 5 could not be decoded: /);
    assert.equal(undecodable!.lastOffset, 5);
    assert.equal(undecodable!.bytes.length, bytes.length);
    assert.equal(records.filter((one) => one.undecodable !== undefined).length, 1);
  });

  Deno.test(`decodeFetched() goes on behind ${name} at the end of the log`, () => {
    const { records, nextOffset } = fetched(logOf([5, bytes]), 5, 6);
    assert.deepEqual(records.map((one) => one.undecodable?.lastOffset), [5]);
    assert.equal(nextOffset, 6);
  });
}

Deno.test("decodeFetched() names the offsets of a batch of several", () => {
  const broken = batchOf("a", "b", "c", "d", "e");
  broken[80]! ^= 1; // not what the checksum is of
  const { records, nextOffset } = fetched(logOf([5, broken], [10, batchOf("f")]), 5, 11);
  assert.match(
    records[0]!.undecodable!.reason,
    /^batch at offsets 5-9 could not be decoded: its checksum is wrong/,
  );
  assert.equal(records[0]!.undecodable!.lastOffset, 9);
  assert.deepEqual([records.length, records[1]!.offset, nextOffset], [2, 10, 11]);
});

Deno.test("decodeFetched() goes on where no batch can be found", () => {
  const log = logOf([5, batchOf("a")]);
  for (const length of [-1, 3, 2 ** 30]) {
    const broken = log.slice();
    new DataView(broken.buffer).setInt32(8, length);
    const { records, nextOffset } = fetched(broken, 5, 9);
    assert.deepEqual([records[0]!.undecodable?.lastOffset, nextOffset], [5, 6], String(length));
  }
  for (const baseOffset of [0, 2 ** 40]) { // the log's place for it says otherwise
    const { records, nextOffset } = fetched(logOf([baseOffset, batchOf("a")]), 5, 9);
    assert.equal(records[0]!.undecodable?.reason.startsWith("batch at offset"), true, String(baseOffset));
    assert.ok(nextOffset > 5 && nextOffset <= 9);
  }
});

Deno.test("decodeFetched() leaves a cut-off batch for the next fetch", () => {
  const whole = logOf([0, batchOf("a")], [1, batchOf("b")]);
  for (let cut = batchOf("a").length; cut < whole.length; cut++) {
    const { records, nextOffset } = fetched(whole.subarray(0, cut), 0, 2);
    assert.deepEqual([records.map(text), nextOffset], [["a"], 1]);
  }
});

Deno.test("decodeFetched() begins inside a batch, and passes gaps that compaction leaves", () => {
  assert.deepEqual(fetched(logOf([0, batchOf("a", "b", "c")]), 1, 3).records.map(text), ["b", "c"]);
  const compacted = batchOf("a", "b");
  new DataView(compacted.buffer).setInt32(23, 8);
  new DataView(compacted.buffer).setUint32(17, crc32c(compacted, 21));
  const { records, nextOffset } = fetched(logOf([0, compacted], [9, batchOf("c")]), 0, 10);
  assert.deepEqual([records.map(text), nextOffset], [["a", "b", "c"], 10]);
});

Deno.test("decodeFetched() takes the log's time where the topic has LogAppendTime, and −1 as none", () => {
  const appended = batchOf("a", "b");
  const view = new DataView(appended.buffer);
  view.setInt16(21, 8);
  view.setBigInt64(35, 5_000n);
  view.setUint32(17, crc32c(appended, 21));
  assert.deepEqual(fetched(appended, 0, 2).records.map(({ timestampMs }) => timestampMs), [5_000, 5_000]);
  const timeless = batchOf("a");
  new DataView(timeless.buffer).setBigInt64(27, -1n);
  new DataView(timeless.buffer).setUint32(17, crc32c(timeless, 21));
  assert.equal(fetched(timeless, 0, 1).records[0]!.timestampMs, -1);
});

Deno.test("decodeFetched() survives any damage, and never stands still or goes past the log", () => {
  const log = logOf([0, batchOf("a", "b")], [2, batchOf("c")], [3, batchOf("d", "e", "f")]);
  let seed = 42;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(seed / 2 ** 31 * below);
  };
  for (let round = 0; round < 5_000; round++) {
    const broken = log.slice();
    for (let times = random(3); times >= 0; times--) broken[random(broken.length)] = random(256);
    const { records, nextOffset } = fetched(broken, 0, 6);
    assert.ok(nextOffset > 0 && nextOffset <= 6, `round ${round}: on to ${nextOffset}`);
    let before = -1;
    for (const { offset, undecodable } of records) {
      assert.ok(offset > before && offset < 6, `round ${round}: ${offset} after ${before}`);
      before = undecodable?.lastOffset ?? offset;
    }
  }
});
