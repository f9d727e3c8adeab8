/** Predictions, whose state is rebuilt by a rewind, on a cluster in memory: order, failures, limits, rebalances. */
import assert from "node:assert/strict";
import { forecastPipelines, type PipelineMaker } from "../../src/predict/pipeline.ts";
import type {
  IncomingRecord,
  OutgoingRecord,
  RecordChunk,
  TopicPartitionOffset,
} from "../../src/kafka/port.ts";
import { commitOffsets } from "../../src/jobs/commit/offsets.ts";
import type { Job } from "../../src/jobs/job.ts";
import { rewind } from "../../src/jobs/restore/log.ts";
import { JobRunner, type RunnerOptions } from "../../src/jobs/runner.ts";
import { PredictionJobs } from "../../src/predict/jobs.ts";
import type { Tally } from "../../src/predict/tally.ts";
import { Random } from "../../nn/mod.ts";
import { fakeForecaster, randomLog, readingRecord, recordOf } from "../predict/fakes.ts";
import { FakeClock } from "./clock.ts";

const decoder = new TextDecoder();

interface Sent {
  readonly topic: string;
  readonly records: readonly OutgoingRecord[];
  readonly acknowledge: () => void;
  readonly fail: (error: unknown) => void;
}

/** Chunks, sends and commits that the test decides on. */
class FakeCluster {
  readonly clock = new FakeClock(5_000);
  readonly sent: Sent[] = [];
  readonly commits: (readonly TopicPartitionOffset[])[] = [];
  readonly aborter = new AbortController();
  /** What `commit` answers. */
  stores: boolean | Error = true;
  /** Acknowledge every send at once. */
  acknowledges = true;
  #chunks: RecordChunk[] = [];
  #ended = false;
  #wake = () => {};

  worker(
    { pipelines = forecastPipelines(fakeForecaster()), ...options }:
      & Partial<RunnerOptions<Job>>
      & { readonly pipelines?: PipelineMaker } = {},
  ): JobRunner<Job> & { readonly tally: Tally } {
    const jobs = new PredictionJobs({ pipelines, output: "out", deadLetter: "dead" });
    const runner = new JobRunner<Job>({
      restore: rewind(jobs),
      commits: commitOffsets,
      send: (topic, records) =>
        new Promise((acknowledge, fail) => {
          this.sent.push({ topic, records, acknowledge, fail });
          if (this.acknowledges) acknowledge();
        }),
      commit: (offsets) => {
        this.commits.push(offsets);
        return this.stores instanceof Error ? Promise.reject(this.stores) : Promise.resolve(this.stores);
      },
      clock: this.clock,
      signal: this.aborter.signal,
      ...options,
    });
    return Object.assign(runner, { tally: jobs.tally });
  }

  push(
    records: readonly IncomingRecord[],
    { partition = 0, nextOffset = (records.at(-1)?.offset ?? -1) + 1 } = {},
  ) {
    this.#chunks.push({ topic: "in", partition, records, nextOffset, highWatermark: nextOffset + 10 });
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *chunks(): AsyncGenerator<RecordChunk> {
    while (true) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Ids of all predictions sent. */
  predicted(): string[] {
    return this.sent.filter(({ topic }) => topic === "out").flatMap(({ records }) =>
      records.map(({ value }) => JSON.parse(decoder.decode(value!)).id)
    );
  }

  /** Committed offset of a partition. */
  committed(partition = 0): number | undefined {
    return this.commits.flat().findLast((offset) => offset.partition === partition)?.offset;
  }
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

function assigned(startOffset: number, { logStartOffset = 0, partition = 0 } = {}) {
  return { topic: "in", partition, startOffset, logStartOffset, highWatermark: startOffset };
}

function readings(from: number, to: number): IncomingRecord[] {
  return Array.from({ length: to - from }, (_, index) => readingRecord(from + index));
}

function ids(from: number, to: number): string[] {
  return readings(from, to).map(({ offset }) => `id-${offset}`);
}

Deno.test("JobRunner.run() sends everything in order, commits at the end, and leaves no timer", async () => {
  const cluster = new FakeCluster();
  const worker = cluster.worker();
  assert.equal(worker.startAt(assigned(0)), 0);
  cluster.push([...readings(0, 2_500), recordOf(2_500, "junk")]);
  cluster.push([], { nextOffset: 2_510 }); // control records only
  cluster.end();
  await worker.run(cluster.chunks());
  assert.deepEqual(cluster.predicted(), ids(0, 2_500));
  assert.ok(cluster.sent.every(({ records }) => records.length <= 1_000));
  assert.equal(cluster.sent.filter(({ topic }) => topic === "dead").length, 1);
  assert.equal(cluster.committed(), 2_510);
  assert.equal(cluster.clock.pending, 0);
  assert.deepEqual(worker.lag(), { "in/0": 10 });
});

Deno.test("JobRunner passes over records that it has taken", async () => {
  const cluster = new FakeCluster();
  const worker = cluster.worker();
  worker.startAt(assigned(0));
  cluster.push(readings(0, 3));
  cluster.push(readings(0, 4));
  cluster.end();
  await worker.run(cluster.chunks());
  assert.deepEqual(cluster.predicted(), ids(0, 4));
  assert.equal(worker.tally.duplicates, 0);
  assert.deepEqual([worker.counts.read, worker.counts.skipped], [4, 3]);
  assert.equal(cluster.committed(), 4);
});

Deno.test("JobRunner commits no further than everything before it is acknowledged", async () => {
  const cluster = new FakeCluster();
  cluster.acknowledges = false;
  const worker = cluster.worker({ limits: { pieceRecordsMax: 10 } });
  worker.startAt(assigned(0));
  cluster.push(readings(0, 40));
  const run = worker.run(cluster.chunks());
  await settle();
  assert.equal(cluster.sent.length, 4);
  const step = async (piece: number) => {
    cluster.sent[piece]!.acknowledge();
    await settle();
    cluster.clock.advance(100);
    await settle();
    return cluster.committed();
  };
  assert.equal(await step(1), undefined);
  assert.equal(await step(3), undefined);
  assert.equal(await step(0), 20);
  assert.equal(await step(2), 40);
  cluster.end();
  await run;
});

Deno.test("JobRunner commits once per interval, however many pieces are acknowledged", async () => {
  const cluster = new FakeCluster();
  const worker = cluster.worker({ limits: { pieceRecordsMax: 1 } });
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 50));
  await settle();
  assert.equal(cluster.commits.length, 0);
  cluster.clock.advance(100);
  await settle();
  assert.equal(cluster.commits.length, 1);
  cluster.clock.advance(1_000);
  await settle();
  assert.equal(cluster.commits.length, 1); // nothing new
  cluster.end();
  await run;
});

Deno.test("JobRunner sends no more than its share before an acknowledgement", async () => {
  const cluster = new FakeCluster();
  cluster.acknowledges = false;
  const worker = cluster.worker({ limits: { pieceRecordsMax: 10, unackedPiecesMax: 3 } });
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 100));
  cluster.end();
  await settle();
  assert.equal(cluster.sent.length, 3);
  cluster.sent[2]!.acknowledge();
  await settle();
  assert.equal(cluster.sent.length, 4);
  for (let piece = 0; piece < 10; piece++) {
    cluster.sent[piece]!.acknowledge();
    await settle();
  }
  await run;
  assert.deepEqual(cluster.predicted(), ids(0, 100));
  assert.equal(cluster.committed(), 100);
});

Deno.test("JobRunner.run() ends with the error of a failed send, nothing committed past it", async () => {
  const cluster = new FakeCluster();
  cluster.acknowledges = false;
  const worker = cluster.worker({ limits: { pieceRecordsMax: 10 } });
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 40));
  await settle();
  cluster.sent[0]!.acknowledge();
  cluster.sent[2]!.acknowledge();
  await settle();
  cluster.sent[1]!.fail(new Error("not stored"));
  await assert.rejects(run, /not stored/);
  assert.equal(cluster.committed(), 10);
  assert.equal(cluster.clock.pending, 0);
});

Deno.test("JobRunner.run() ends with the error of a failed commit, and of chunks that fail", async () => {
  const cluster = new FakeCluster();
  cluster.stores = new Error("no commit");
  const worker = cluster.worker();
  worker.startAt(assigned(0));
  cluster.push(readings(0, 10));
  const run = worker.run(cluster.chunks());
  await settle();
  cluster.clock.advance(100);
  await assert.rejects(run, /no commit/);
  // deno-lint-ignore require-yield
  async function* broken(): AsyncGenerator<RecordChunk> {
    await settle();
    throw new Error("no cluster");
  }
  await assert.rejects(new FakeCluster().worker().run(broken()), /no cluster/);
});

Deno.test("JobRunner.run() finishes the piece in hand at an abort, awaits it and commits it", async () => {
  const cluster = new FakeCluster();
  cluster.acknowledges = false;
  const worker = cluster.worker({ limits: { pieceRecordsMax: 10, unackedPiecesMax: 2 } });
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 100));
  await settle();
  cluster.aborter.abort();
  await settle();
  assert.equal(cluster.sent.length, 2);
  for (const { acknowledge } of cluster.sent) acknowledge();
  await run;
  assert.equal(cluster.committed(), 20);
  assert.equal(cluster.clock.pending, 0);
});

Deno.test("JobRunner.run() returns in time after an abort though nothing is acknowledged", async () => {
  const cluster = new FakeCluster();
  cluster.acknowledges = false;
  const worker = cluster.worker();
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 10));
  await settle();
  cluster.aborter.abort();
  await settle();
  cluster.clock.advance(4_500);
  await settle();
  await run;
  assert.equal(cluster.commits.length, 0);
});

Deno.test("JobRunner.run() stops after exactly limit records, replayed ones not counted", async () => {
  const cluster = new FakeCluster();
  const worker = cluster.worker({ limit: 7, limits: { pieceRecordsMax: 5 } });
  assert.equal(worker.startAt(assigned(6)), 0);
  cluster.push(readings(0, 30));
  await worker.run(cluster.chunks());
  assert.deepEqual(cluster.predicted(), ids(6, 13));
  assert.equal(worker.counts.replayed, 6);
  assert.equal(cluster.committed(), 13);
});

Deno.test("JobRunner.startAt() goes back to rebuild state, no further than the log's start", () => {
  const worker = new FakeCluster().worker({
    pipelines: forecastPipelines(fakeForecaster(), { rewindRecordsMax: 100 }),
  });
  assert.equal(worker.startAt(assigned(0)), 0);
  assert.equal(worker.startAt(assigned(275)), 200);
  assert.equal(worker.startAt(assigned(275, { logStartOffset: 220 })), 220);
  assert.equal(worker.startAt(assigned(275, { logStartOffset: 275 })), 275);
});

Deno.test("JobRunner keeps the state of a partition that comes back where it stands", async () => {
  const cluster = new FakeCluster();
  const worker = cluster.worker();
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 5));
  await settle();
  worker.onRevoked([{ topic: "in", partition: 0 }]);
  assert.deepEqual(worker.lag(), {});
  assert.equal(worker.startAt(assigned(5)), 5);
  cluster.push(readings(5, 6));
  await settle();
  worker.onRevoked([{ topic: "in", partition: 0 }]);
  assert.equal(worker.startAt(assigned(3)), 0); // stands at 6: rebuilt
  cluster.push(readings(0, 8));
  cluster.end();
  await run;
  assert.deepEqual(cluster.predicted(), [...ids(0, 6), ...ids(3, 8)]);
  assert.equal(worker.counts.replayed, 3);
  assert.equal(cluster.committed(), 8);
});

Deno.test("JobRunner ignores what comes of partitions that were taken away, and late acknowledgements", async () => {
  const cluster = new FakeCluster();
  cluster.acknowledges = false;
  const worker = cluster.worker({ limits: { pieceRecordsMax: 10 } });
  worker.startAt(assigned(0));
  worker.startAt(assigned(0, { partition: 1 }));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 10));
  cluster.push(readings(0, 10), { partition: 1 });
  await settle();
  worker.onRevoked([{ topic: "in", partition: 0 }]);
  cluster.push(readings(10, 20)); // was on its way
  await settle();
  for (const { acknowledge } of cluster.sent) acknowledge();
  await settle();
  cluster.clock.advance(100);
  cluster.end();
  await run;
  assert.equal(cluster.sent.length, 2);
  assert.equal(cluster.committed(0), undefined);
  assert.equal(cluster.committed(1), 10);
});

Deno.test("JobRunner drops the state of partitions whose commit was refused", async () => {
  const cluster = new FakeCluster();
  cluster.stores = false;
  const worker = cluster.worker();
  worker.startAt(assigned(0));
  const run = worker.run(cluster.chunks());
  cluster.push(readings(0, 10));
  await settle();
  cluster.clock.advance(100);
  await settle();
  assert.deepEqual(worker.lag(), {});
  cluster.stores = true;
  assert.equal(worker.startAt(assigned(10)), 0); // stood at 10, and is rebuilt all the same
  cluster.push(readings(0, 12));
  cluster.end();
  await run;
  assert.deepEqual(cluster.predicted(), ids(0, 12));
  assert.equal(cluster.committed(), 12);
});

Deno.test("PredictionJobs refuse a model for other features than the topic's, before it sends anything", async () => {
  const cluster = new FakeCluster();
  const forecaster = fakeForecaster({ features: [{ name: "humidity", unit: "%" }, { name: "b", unit: "" }] });
  const worker = cluster.worker({ pipelines: forecastPipelines(forecaster) });
  worker.startAt(assigned(0));
  cluster.push([recordOf(0, "junk"), ...readings(1, 500)]);
  await assert.rejects(worker.run(cluster.chunks()), {
    name: "UserError",
    message:
      /fake does not fit the topic in: it needs humidity, b, and each of the first 499 .*"humidity" is missing/,
  });
  assert.equal(cluster.sent.length, 0);
  assert.equal(cluster.commits.length, 0);
});

Deno.test("PredictionJobs count the features that a topic lacks where they are many", async () => {
  const cluster = new FakeCluster();
  const features = Array.from({ length: 41 }, (_, f) => ({ name: `f${f}`, unit: "" }));
  const worker = cluster.worker({ pipelines: forecastPipelines(fakeForecaster({ features })) });
  worker.startAt(assigned(0));
  cluster.push(readings(0, 100));
  await assert.rejects(worker.run(cluster.chunks()), {
    message: /: it needs f0, f1, f2, … \(41 features\), and each of the first 100 readings lacks one/,
    hint: /^name another topic with --input, or another model with --model; /,
  });
});

Deno.test("PredictionJobs go on where a few readings lack a feature", async () => {
  const cluster = new FakeCluster();
  const worker = cluster.worker();
  worker.startAt(assigned(0));
  const lacking = (offset: number) =>
    recordOf(
      offset,
      JSON.parse(
        decoder.decode(readingRecord(offset).value!),
        (key, value) => key === "b" ? undefined : value,
      ),
    );
  cluster.push([
    lacking(0),
    readingRecord(1),
    ...Array.from({ length: 40 }, (_, index) => lacking(2 + index)),
  ]);
  cluster.end();
  await worker.run(cluster.chunks());
  assert.equal(worker.tally.deadLetters["missing-feature"], 41);
  assert.equal(cluster.committed(), 42);
});

/** Runs a log through workers that stop at random moments, acknowledging in random order. */
async function runWithCrashes(seed: number, log: readonly IncomingRecord[]): Promise<Map<string, string>> {
  const random = new Random(seed);
  const answers = new Map<string, string>();
  const stored = new Set<number>();
  let committed = 0;
  const last = log.at(-1)!.offset + 1;
  while (committed < last) {
    const cluster = new FakeCluster();
    cluster.acknowledges = false;
    const limits = { pieceRecordsMax: 1 + random.integer(9), unackedPiecesMax: 3 };
    const pipelines = forecastPipelines(fakeForecaster(), { rewindRecordsMax: 100 });
    const worker = cluster.worker({ limits, pipelines });
    const from = worker.startAt(assigned(committed));
    const run = worker.run(cluster.chunks());
    cluster.push(log.filter(({ offset }) => offset >= from));
    const acknowledged = new Set<Sent>();
    for (let step = 0; step < 1 + random.integer(25); step++) {
      await settle();
      const waiting = cluster.sent.filter((sent) => !acknowledged.has(sent));
      if (waiting.length > 0) {
        const sent = waiting[random.integer(waiting.length)]!;
        acknowledged.add(sent);
        sent.acknowledge();
        for (const { value, headers } of sent.records) {
          const offset = headers?.find(({ key }) => key === "streamflow.offset")?.value;
          if (offset !== undefined) {
            stored.add(Number(decoder.decode(offset)));
            continue;
          }
          const prediction = JSON.parse(decoder.decode(value!));
          const text = JSON.stringify({ ...prediction, predictedAt: "", latencyMs: 0 });
          const key = `${prediction.id} ${prediction.input.timestamp}`;
          assert.equal(answers.get(key) ?? text, text, "answered again, and otherwise");
          answers.set(key, text);
        }
      }
      cluster.clock.advance(60);
    }
    cluster.aborter.abort();
    await settle();
    cluster.clock.advance(10_000); // it dies: what is not acknowledged never is
    await run;
    committed = Math.max(committed, cluster.committed() ?? 0);
  }
  return answers;
}

Deno.test("JobRunner answers every reading with the same value, however often it is stopped", async () => {
  const log = randomLog(11, 150);
  const cluster = new FakeCluster();
  const worker = cluster.worker({
    pipelines: forecastPipelines(fakeForecaster(), { rewindRecordsMax: 100 }),
  });
  worker.startAt(assigned(0));
  cluster.push(log);
  cluster.end();
  await worker.run(cluster.chunks());
  const expected = new Map<string, string>();
  for (const { topic, records } of cluster.sent) {
    if (topic !== "out") continue;
    for (const { value } of records) {
      const prediction = JSON.parse(decoder.decode(value!));
      expected.set(
        `${prediction.id} ${prediction.input.timestamp}`,
        JSON.stringify({ ...prediction, predictedAt: "", latencyMs: 0 }),
      );
    }
  }
  for (let seed = 1; seed <= 3; seed++) {
    assert.deepEqual(await runWithCrashes(seed, log), expected);
  }
});
