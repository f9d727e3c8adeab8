/** States of a topic that was deleted and made again: none of them is taken for the new one's. */
import assert from "node:assert/strict";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { ChangelogReader, SnapshotWriter } from "../../src/jobs/restore/changelog.ts";
import { commitOffsets } from "../../src/jobs/commit/offsets.ts";
import type { Job } from "../../src/jobs/job.ts";
import { rewind, wholeLog } from "../../src/jobs/restore/log.ts";
import type { Restore } from "../../src/jobs/restore/restore.ts";
import { JobRunner } from "../../src/jobs/runner.ts";
import { systemClock } from "../../src/jobs/clock.ts";
import { TotalsJobs } from "../../src/youtube/totals_job.ts";
import { videoEvent } from "../youtube/events.ts";

const HERE = { topic: "t", partition: 0 };
const [OLD, NOW] = ["a".repeat(32), "b".repeat(32)];
const assigned = (topicId: string | null, startOffset: number) => ({
  ...{ ...HERE, topicId, startOffset, logStartOffset: 0, highWatermark: startOffset },
});

Deno.test("ChangelogReader.find() gives no snapshot of a topic that had the name before", () => {
  const reader = new ChangelogReader();
  const state = { signature: "s", topicId: OLD!, offset: 0, committed: 0, advanceTo: 5, state: { open: 3 } };
  const { parts, mark } = new SnapshotWriter(HERE, "tenure").write(state);
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

function runnerOf<J extends Job>(restore: Restore<J>): JobRunner<J> {
  return new JobRunner<J>({
    ...{ restore, commits: commitOffsets, clock: systemClock, signal: new AbortController().signal },
    send: () => Promise.resolve(),
    commit: () => Promise.resolve(true),
  });
}

Deno.test("wholeLog() forgets the totals of a topic that had the name before", () => {
  const runner = runnerOf(wholeLog(new TotalsJobs({ output: "o", deadLetter: "d" })));
  const take = (topicId: string, likes: number) => {
    assert.equal(runner.startAt(assigned(topicId, 0)), 0);
    const value = new TextEncoder().encode(JSON.stringify(videoEvent(`v-${likes}`, { likes, poll: 0 })));
    runner.jobs()[0]!.replay([{ offset: 0, timestampMs: 0, key: null, value, headers: [] }]);
    runner.onRevoked([HERE]);
  };
  take(OLD!, 7);
  take(NOW!, 2);
  runner.startAt(assigned(NOW!, 0));
  const totals = runner.jobs().flatMap((job) => job.totals.ranking());
  assert.deepEqual(totals.map(({ videoId }) => videoId), ["v-2"]);
});

Deno.test("rewind() goes on with a state of the same topic alone", () => {
  let made = 0;
  const runner = runnerOf(rewind({
    rewindFrom: (offset) => offset,
    make: () => {
      made++;
      return { take: () => {} };
    },
  }));
  const again = (topicId: string) => {
    runner.startAt(assigned(topicId, 4));
    runner.onRevoked([HERE]);
    return made;
  };
  assert.deepEqual([again(OLD!), again(OLD!), again(NOW!), again(NOW!)], [1, 1, 2, 2]);
});
