/** Where copying goes on, and when a topic is another one. */
import assert from "node:assert/strict";
import type { StoredOffset } from "../../src/store/store.ts";
import { TopicProgress } from "../../src/store/sink/progress.ts";

const stored: readonly StoredOffset[] = [
  { topic: "t", topicId: "old", incarnation: 1, partition: 0, offset: 7 },
  { topic: "t", topicId: "older", incarnation: 0, partition: 1, offset: 9 },
  { topic: "other", topicId: "x", incarnation: 5, partition: 0, offset: 3 },
];
const log = { topic: "t", partition: 0, startOffset: 2, logStartOffset: 2, highWatermark: 10 };
const chunk = { topic: "t", partition: 0, nextOffset: 3, highWatermark: 10 };

Deno.test("a partition goes on where the store says, and one without offset begins with the log", () => {
  const progress = new TopicProgress("t", stored);
  assert.equal(progress.incarnation, 1);
  assert.equal(progress.startAt({ ...log, topicId: "old" }), 7);
  assert.equal(progress.startAt({ ...log, partition: 1, topicId: "old" }), 2);
  assert.equal(progress.lag, 3 + 10);
  progress.begin({ ...chunk, topicId: "old" });
  progress.written(0, 10);
  assert.equal(progress.lag, 10);
  assert.deepEqual(progress.noteOf(0, 10), { ...stored[0], offset: 10 });
});

Deno.test("another id is another topic: it begins with the log, one incarnation later", () => {
  const progress = new TopicProgress("t", stored);
  assert.equal(progress.startAt({ ...log, topicId: "new" }), 2);
  progress.begin({ ...chunk, topicId: "new" });
  assert.equal(progress.incarnation, 2);
  assert.deepEqual(progress.noteOf(0, 3), { ...stored[0], topicId: "new", incarnation: 2, offset: 3 });
  progress.begin({ ...chunk, topicId: "new" });
  assert.equal(progress.incarnation, 2);
});

Deno.test("without ids a log that is shorter than what was copied of it is another topic", () => {
  for (const [highWatermark, wanted] of [[7, 1], [6, 2]] as const) {
    const progress = new TopicProgress("t", stored);
    assert.equal(progress.startAt({ ...log, topicId: null, highWatermark }), wanted === 1 ? 7 : 2);
    progress.begin({ ...chunk, topicId: null, highWatermark });
    assert.equal(progress.incarnation, wanted);
  }
});
