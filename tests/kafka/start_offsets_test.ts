import assert from "node:assert/strict";
import { startOffsets } from "../../src/kafka/start_offsets.ts";
import { UntilEnd } from "../../src/kafka/until_end.ts";

const at = (offset: number) => [{ topic: "t", partition: 0, offset }];
const partitions = [{ topic: "t", partition: 0 }];

/** The start with a log that holds 10 to 99. */
function start(
  committed: number | null,
  from: "beginning" | "latest",
): { offset: number; warnings: string[] } {
  const warnings: string[] = [];
  const known = {
    partitions,
    committed: committed === null ? [] : at(committed),
    first: at(10),
    next: at(100),
  };
  const [begin] = startOffsets(known, { from, warn: (message) => warnings.push(message) });
  return { offset: begin!.offset, warnings };
}

Deno.test("startOffsets() takes the committed offset, or what `from` says", () => {
  assert.deepEqual(start(50, "latest"), { offset: 50, warnings: [] });
  assert.deepEqual(start(100, "beginning"), { offset: 100, warnings: [] });
  assert.deepEqual(start(null, "beginning"), { offset: 10, warnings: [] });
  assert.deepEqual(start(null, "latest"), { offset: 100, warnings: [] });
});

Deno.test("startOffsets() replaces an offset that the log does not hold, and says so", () => {
  const deleted = start(3, "latest");
  assert.equal(deleted.offset, 10);
  assert.match(deleted.warnings[0]!, /t-0: committed offset 3.*deleted.*going on at 10/);
  assert.equal(start(101, "beginning").offset, 10);
  assert.equal(start(101, "latest").offset, 100);
  assert.match(start(101, "latest").warnings[0]!, /the log ends at 100/);
});

Deno.test("startOffsets() keeps what startAt() says within the log", () => {
  const known = { partitions, committed: at(50), first: at(10), next: at(100) };
  const options = { from: "beginning" as const, warn: () => undefined };
  const begin = (startAt: () => number) => startOffsets(known, { ...options, startAt })[0]?.offset;
  assert.equal(begin(() => 40), 40);
  assert.equal(begin(() => -5), 10);
  assert.equal(begin(() => 1000), 100);
});

Deno.test("UntilEnd.cut() drops what came later, and is done at the end", () => {
  const until = new UntilEnd(at(0), at(3));
  const record = (offset: number) => ({ offset, timestampMs: 0, key: null, value: null, headers: [] });
  const chunk = (first: number, count: number) => ({
    topic: "t",
    partition: 0,
    records: Array.from({ length: count }, (_, i) => record(first + i)),
    nextOffset: first + count,
    highWatermark: 9,
  });
  assert.equal(until.cut(chunk(0, 2))?.records.length, 2);
  assert.equal(until.done, false);
  assert.deepEqual(until.cut(chunk(2, 4)), { ...chunk(2, 1) });
  assert.equal(until.done, true);
  assert.equal(until.cut(chunk(6, 1)), null);
  assert.equal(new UntilEnd(at(5), at(5)).done, true);
});
