/** States of a topic that was deleted and made again: none of them is taken for the new one's. */
import assert from "node:assert/strict";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { ChangelogReader, CheckpointWriter } from "../../src/jobs/restore/changelog.ts";
import { PredictionWorker } from "../../src/predict/worker.ts";
import type { PipelineMaker, RecordPipeline } from "../../src/predict/pipeline.ts";
import { systemClock } from "../../src/jobs/clock.ts";
import { TotalsPublisher } from "../../src/youtube/publisher.ts";
import { videoEvent } from "../youtube/events.ts";

const HERE = { topic: "t", partition: 0 };
const [OLD, NOW] = ["a".repeat(32), "b".repeat(32)];
const assigned = (topicId: string | null, startOffset: number) => ({
  ...{ ...HERE, topicId, startOffset, logStartOffset: 0 },
});

Deno.test("ChangelogReader.find() gives no checkpoint of a topic that had the name before", () => {
  const reader = new ChangelogReader();
  const state = { signature: "s", topicId: OLD!, offset: 0, committed: 0, advanceTo: 5, state: { open: 3 } };
  const { parts, mark } = new CheckpointWriter(HERE, "tenure").write(state);
  [...parts, mark].forEach((record: OutgoingRecord, offset) =>
    reader.take({
      ...{ offset, timestampMs: 0, value: record.value, headers: record.headers ?? [] },
      key: new TextEncoder().encode(record.key as string),
    })
  );
  assert.deepEqual(reader.find({ ...HERE, topicId: OLD!, startOffset: 0 })?.state, { open: 3 });
  assert.deepEqual(reader.find({ ...HERE, topicId: null, startOffset: 0 })?.state, { open: 3 });
  assert.equal(reader.find({ ...HERE, topicId: NOW!, startOffset: 0 }), null);
});

Deno.test("TotalsPublisher forgets the totals of a topic that had the name before", () => {
  const publisher = new TotalsPublisher({
    ...{ output: "o", deadLetter: "d", nowMs: () => 0 },
    send: () => Promise.resolve(),
    commit: () => Promise.resolve(true),
  });
  const take = (topicId: string, likes: number) => {
    const from = publisher.startAt(assigned(topicId, 0));
    assert.equal(from, 0);
    const value = new TextEncoder().encode(JSON.stringify(videoEvent(`v-${likes}`, { likes, poll: 0 })));
    const records = [{ offset: 0, timestampMs: 0, key: null, value, headers: [] }];
    publisher.take({ ...HERE, records, nextOffset: 1, highWatermark: 1 });
    publisher.onRevoked([HERE]);
  };
  take(OLD!, 7);
  take(NOW!, 2);
  publisher.startAt(assigned(NOW!, 1));
  assert.deepEqual(publisher.ranking().map(({ videoId }) => videoId), ["v-2"]);
});

Deno.test("PredictionWorker goes on with a pipeline of the same topic alone", () => {
  let made = 0;
  const pipelines: PipelineMaker = {
    ...{ name: "m", wanted: [], rewindFrom: (offset: number) => offset, swap: () => null },
    make: ({ outputFrom }) => {
      made++;
      return { outputFrom, position: outputFrom, fits: true, skipTo: () => {} } as unknown as RecordPipeline;
    },
  };
  const worker = new PredictionWorker({
    ...{ pipelines, output: "o", deadLetter: "d", clock: systemClock },
    send: () => Promise.resolve(),
    commit: () => Promise.resolve(true),
  });
  const again = (topicId: string) => {
    worker.startAt(assigned(topicId, 4));
    worker.onRevoked([HERE]);
    return made;
  };
  assert.deepEqual([again(OLD!), again(OLD!), again(NOW!), again(NOW!)], [1, 1, 2, 2]);
});
