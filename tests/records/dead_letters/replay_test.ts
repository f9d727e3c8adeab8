import assert from "node:assert/strict";
import type { IncomingRecord } from "../../../src/kafka/port.ts";
import { deadLetter } from "../../../src/records/dead_letters/print.ts";
import type { DeadLetterReason } from "../../../src/records/dead_letters/reason.ts";
import { DEAD_LETTER_BYTES_MAX } from "../../../src/records/limits.ts";
import {
  LetterTable,
  markerOf,
  obstacleOf,
  replayEntry,
  ReplayLog,
  replayOf,
} from "../../../src/records/dead_letters/replay.ts";
import { readDeadLetter } from "../../../src/records/dead_letters/read.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const LETTERS = { topic: "dead-letters", partition: 0 };

function recordOf(value: string, rest: Partial<IncomingRecord> = {}): IncomingRecord {
  return {
    offset: 7,
    timestampMs: 1_000,
    key: encoder.encode("link-1"),
    value: encoder.encode(value),
    headers: [],
    ...rest,
  };
}

/** The record as a dead letter on its topic. */
function buried(record: IncomingRecord, { reason = "late", offset = 17, topic = "packets" } = {}) {
  const letter = deadLetter(record, {
    reason: reason as DeadLetterReason,
    detail: "3 s behind",
    from: { topic, partition: 2 },
    more: { lateness: "3000000" },
  });
  return {
    offset,
    timestampMs: 2_000,
    headers: letter.headers ?? [],
    key: record.key,
    value: letter.value as Uint8Array,
  };
}

const TRACE = { key: "trace", value: encoder.encode("abc") };

Deno.test("readDeadLetter() and replayOf() give the record back as it was, with the marker", () => {
  const record = recordOf("value", { headers: [TRACE] });
  const letter = readDeadLetter(buried(record), LETTERS);
  assert.deepEqual(
    [letter.reason, letter.detail, letter.from, letter.more, letter.truncatedBytes, letter.replayed],
    [
      "late",
      "3 s behind",
      { topic: "packets", partition: 2, offset: 7 },
      { lateness: "3000000" },
      null,
      null,
    ],
  );
  assert.equal(obstacleOf(letter, { again: false }), null);
  const { key, value, headers, partition } = replayOf(letter, 3);
  assert.deepEqual([key, value, partition], [record.key, record.value, 2]);
  assert.deepEqual(headers!.map((header) => [header.key, decoder.decode(header.value)]), [
    ["trace", "abc"],
    ["streamflow.replayed", "dead-letters/0/17"],
  ]);
  assert.equal(replayOf(letter, 2).partition, undefined, "the partition is no more: the key decides");
});

Deno.test("obstacleOf() lets a record that died again through only when asked, and its new burial counts", () => {
  const once = readDeadLetter(buried(recordOf("v", { headers: [TRACE] })), LETTERS);
  const sent = replayOf(once, 3);
  const back = buried(recordOf("v", { headers: sent.headers!, offset: 9 }), {
    reason: "not-json",
    offset: 20,
  });
  const letter = readDeadLetter(back, LETTERS);
  assert.equal(letter.reason, "not-json");
  assert.equal(letter.replayed, "dead-letters/0/17");
  assert.equal(obstacleOf(letter, { again: false }), "came-back");
  assert.equal(obstacleOf(letter, { again: true }), null);
  const again = replayOf(letter, 3).headers!.map(({ key, value }) => [key, decoder.decode(value)]);
  assert.deepEqual(again, [["trace", "abc"], ["streamflow.replayed", "dead-letters/0/20"]]);
});

Deno.test("obstacleOf() refuses what is cut, and what does not say whence it came", () => {
  const large = readDeadLetter(buried(recordOf("x".repeat(DEAD_LETTER_BYTES_MAX + 1))), LETTERS);
  assert.equal(large.truncatedBytes, DEAD_LETTER_BYTES_MAX + 1);
  assert.equal(obstacleOf(large, { again: true }), "truncated");
  const foreign = readDeadLetter(recordOf("v"), LETTERS);
  assert.deepEqual([foreign.reason, foreign.from], ["?", null]);
  assert.equal(obstacleOf(foreign, { again: true }), "no-origin");
  const own = readDeadLetter(buried(recordOf("v"), { topic: "dead-letters" }), LETTERS);
  assert.equal(obstacleOf(own, { again: true }), "no-origin");
});

Deno.test("ReplayLog knows a letter by place and time, through its own records, and forgets what is gone", () => {
  const letters = [17, 18, 19].map((offset) => readDeadLetter(buried(recordOf("v"), { offset }), LETTERS));
  const log = new ReplayLog();
  const take = (record: { key: unknown; value: Uint8Array | null }) =>
    log.take(recordOf("", { key: encoder.encode(String(record.key)), value: record.value }));
  take(replayEntry(letters[0]!, "sending"));
  take(replayEntry(letters[1]!, "sending"));
  take(replayEntry(letters[1]!, "replayed"));
  take({ key: "0/19", value: encoder.encode("{") });
  assert.deepEqual(letters.map((letter) => log.stateOf(letter)), ["sending", "replayed", null]);
  assert.equal(log.stateOf({ ...letters[1]!, timestampMs: 3_000 }), null, "another letter at that place");
  const gone = log.forget(new Map([[0, 18]]));
  assert.deepEqual(gone, [{ key: "0/17", value: null }]);
  gone.forEach(take as (record: unknown) => void);
  assert.deepEqual(letters.map((letter) => log.stateOf(letter)), [null, "replayed", null]);
  assert.equal(markerOf(letters[1]!), "dead-letters/0/18");
});

Deno.test("LetterTable counts by reason and topic, most first, and no more groups than it may", () => {
  const table = new LetterTable(2);
  ["late", "late", "not-json", "a", "b"].forEach((reason, offset) => {
    table.add(readDeadLetter(buried(recordOf("v"), { reason, offset }), LETTERS), offset === 0);
  });
  assert.deepEqual(
    table.groups().map((
      { reason, topic, letters, replayed, example },
    ) => [reason, topic, letters, replayed, example.offset]),
    [["late", "packets", 2, 1, 1], ["others", "?", 2, 0, 4], ["not-json", "packets", 1, 0, 2]],
  );
});
