import assert from "node:assert/strict";
import { startOffsets } from "../../src/kafka/start_offsets.ts";
import { UntilEnd } from "../../src/kafka/until_end.ts";

const at = (offset: number) => [{ topic: "t", partition: 0, offset, topicId: null as string | null }];
const [old, now] = ["a".repeat(32), "b".repeat(32)];
const ids = { topicIds: new Map<string, string | null>(), topicIdsBefore: new Map<string, string | null>() };
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
    ...ids,
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

Deno.test("startOffsets() begins a topic that was made again at its first offset, and says so once", () => {
  const begin = (committedId: string | null, beforeId: string | null) => {
    const warnings: string[] = [];
    const two = [{ topic: "t", partition: 0 }, { topic: "t", partition: 1 }];
    const both = (offset: number, topicId: string | null) => two.map((one) => ({ ...one, offset, topicId }));
    const known = {
      ...{ partitions: two, committed: both(50, committedId), first: both(10, null), next: both(100, null) },
      ...{ topicIds: new Map([["t", now]]), topicIdsBefore: new Map([["t", beforeId]]) },
    };
    const assigned: (string | null | undefined)[] = [];
    const starts = startOffsets(known, {
      from: "latest",
      startAt: ({ topicId, startOffset }) => {
        assigned.push(topicId);
        return startOffset;
      },
      warn: (message) => warnings.push(message),
    });
    assert.deepEqual(assigned, [now, now]);
    return { offsets: starts.map(({ offset }) => offset), warnings };
  };
  const warnings = ["the topic t was deleted and made again: reading the new one from its beginning"];
  assert.deepEqual(begin(old!, null), { offsets: [10, 10], warnings }); // made again while nothing ran
  assert.deepEqual(begin(null, old!), { offsets: [10, 10], warnings }); // while this member ran
  assert.deepEqual(begin(now!, old!), { offsets: [50, 50], warnings: [] }); // another member was first
  assert.deepEqual(begin(null, null), { offsets: [50, 50], warnings: [] }); // another program's commits
  assert.deepEqual(begin(null, now!), { offsets: [50, 50], warnings: [] });
});

Deno.test("startOffsets() keeps what startAt() says within the log", () => {
  const known = { partitions, committed: at(50), first: at(10), next: at(100), ...ids };
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
