import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { commitOffsets } from "../../src/jobs/commit/offsets.ts";
import { wholeLog } from "../../src/jobs/restore/log.ts";
import { JobRunner } from "../../src/jobs/runner.ts";
import type {
  IncomingRecord,
  OutgoingRecord,
  RecordChunk,
  TopicPartitionOffset,
} from "../../src/kafka/port.ts";
import type { YoutubeEvent } from "../../src/records/youtube_events.ts";
import type { Total } from "../../src/records/youtube_totals.ts";
import { rank, Totals } from "../../src/youtube/totals.ts";
import { type TotalsJob, TotalsJobs } from "../../src/youtube/totals_job.ts";
import { FakeClock } from "../jobs/clock.ts";
import { commentEvent, videoEvent } from "./events.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HERE = { topic: "topic_yt", partition: 0 };

/** One partition's log, what was published, and what the group has committed. */
class FakeCluster {
  readonly log: IncomingRecord[] = [];
  readonly totals: Total[] = [];
  readonly letters: OutgoingRecord[] = [];
  committed = 0;
  ours = true;
  readonly steps: string[] = [];

  append(...values: (YoutubeEvent | string | null)[]): void {
    for (const value of values) {
      const text = value === null || typeof value === "string" ? value : JSON.stringify(value);
      this.log.push({
        offset: this.log.length,
        timestampMs: 0,
        key: null,
        value: text === null ? null : encoder.encode(text),
        headers: [],
      });
    }
  }

  /** A member of the group, which has not read anything yet. */
  member(): Member {
    return new Member(this);
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await null;
    this.steps.push(`acknowledged ${topic}`);
    if (topic === "dead-letters") this.letters.push(...records);
    else this.totals.push(...records.map(({ value }) => JSON.parse(decoder.decode(value as Uint8Array))));
  }

  commit(offsets: readonly TopicPartitionOffset[]): Promise<boolean> {
    this.steps.push(`committed ${offsets[0]!.offset}`);
    if (this.ours) this.committed = offsets[0]!.offset;
    return Promise.resolve(this.ours);
  }
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A runner of totals that reads what the test lets it read. */
class Member {
  readonly jobs = new TotalsJobs({ output: "youtube-totals", deadLetter: "dead-letters" });
  readonly runner: JobRunner<TotalsJob>;
  readonly #cluster: FakeCluster;
  readonly #clock = new FakeClock();
  readonly #ended = new AbortController();
  readonly #chunks: RecordChunk[] = [];
  readonly #done: Promise<void>;
  #wake = () => {};

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster;
    this.runner = new JobRunner<TotalsJob>({
      restore: wholeLog(this.jobs),
      commits: commitOffsets,
      send: (topic, records) => cluster.send(topic, records),
      commit: (offsets) => cluster.commit(offsets),
      clock: this.#clock,
      signal: this.#ended.signal,
      publishEveryMs: 1_000,
    });
    this.#done = this.runner.run(this.#read());
  }

  /** The partition is given to the member. @returns where it wants to begin */
  assign(): number {
    const { committed, log } = this.#cluster;
    return this.runner.startAt({
      ...HERE,
      startOffset: committed,
      logStartOffset: 0,
      highWatermark: log.length,
    });
  }

  /** Reads some records; what has changed is published only where it is time to. */
  async read(from: number, to = this.#cluster.log.length): Promise<void> {
    const { log } = this.#cluster;
    this.#chunks.push({ ...HERE, records: log.slice(from, to), nextOffset: to, highWatermark: log.length });
    this.#wake();
    await settle();
  }

  /** Lets a second pass: time to publish, then to commit. */
  async pass(): Promise<void> {
    for (const ms of [1_000, 100]) {
      this.#clock.advance(ms);
      await settle();
    }
  }

  ranking(): Total[] {
    return rank(this.runner.jobs().flatMap(({ totals }) => totals.ranking()));
  }

  /** Ends as at a signal. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#done;
  }

  async *#read(): AsyncGenerator<RecordChunk> {
    while (!this.#ended.signal.aborted) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

Deno.test("TotalsJob.publish() commits after the totals are acknowledged", async () => {
  const cluster = new FakeCluster();
  cluster.append(videoEvent("v", { likes: 5, poll: 0 }), "no json");
  const member = cluster.member();
  await member.read(member.assign());
  await member.pass();
  // Letters are sent as they are found, totals at intervals.
  assert.deepEqual(cluster.steps.slice(0, 2).sort(), [
    "acknowledged dead-letters",
    "acknowledged youtube-totals",
  ]);
  assert.deepEqual(cluster.steps.slice(2), ["committed 2"]);
  await member.pass();
  assert.equal(cluster.steps.length, 3, "nothing new, nothing published");
});

Deno.test("TotalsJob publishes what has changed last, and the runner commits it, before it ends", async () => {
  const cluster = new FakeCluster();
  const member = cluster.member();
  cluster.append(videoEvent("v", { likes: 5, poll: 0 }));
  await member.read(member.assign());
  cluster.append(videoEvent("v", { likes: 6, poll: 1 }));
  await member.read(1);
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [5], "the next one is due in a second");
  await member.end();
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [5, 6]);
  assert.equal(cluster.committed, 2);
});

Deno.test("TotalsJob publishes a total once however many events change it", async () => {
  const cluster = new FakeCluster();
  for (let comment = 0; comment < 100; comment++) {
    cluster.append(commentEvent("v", { commentId: `c${comment}`, likes: 1, poll: 0 }));
  }
  const member = cluster.member();
  await member.read(member.assign());
  await member.pass();
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [100]);
});

Deno.test("TotalsJob rebuilds the state before the first output, and puts nothing out of it again", async () => {
  const cluster = new FakeCluster();
  cluster.append(
    videoEvent("v", { likes: 5, poll: 0 }),
    "no json",
    commentEvent("v", { commentId: "c", likes: 2, poll: 0 }),
  );
  cluster.committed = 3;
  const member = cluster.member();
  const from = member.assign();
  assert.equal(from, 0);
  await member.read(0, 1);
  assert.deepEqual(member.ranking(), [], "half a state is not shown");
  await member.pass();
  await member.read(1);
  await member.pass();
  assert.deepEqual(cluster.steps, []);
  assert.equal(member.ranking()[0]!.likes, 7);
  cluster.append(commentEvent("v", { commentId: "c", likes: 3, poll: 1 }));
  await member.read(3);
  await member.pass();
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [8]);
  const { counts: { read, replayed }, sent } = member.runner;
  assert.deepEqual([read, member.jobs.changes, replayed], [1, 1, 3]);
  assert.deepEqual(sent, { "youtube-totals": 1 });
  assert.deepEqual(member.jobs.deadLetters, {});
});

Deno.test("TotalsJob comes to the same totals however often it is killed, and whoever has the partition", async () => {
  const random = new Random(5);
  const cluster = new FakeCluster();
  const wanted = new Totals();
  for (let poll = 0; poll < 20; poll++) {
    for (let comment = 0; comment < 10; comment++) {
      const event = commentEvent("v", { commentId: `c${comment}`, likes: random.integer(9), poll });
      cluster.append(event);
      if (random.integer(3) === 0) cluster.append(event);
      wanted.take(event);
    }
  }
  const members = [cluster.member(), cluster.member()];
  let last: Total | undefined;
  while (cluster.committed < cluster.log.length) {
    const at = random.integer(2);
    if (random.integer(3) === 0) members[at] = cluster.member(); // killed, and started again
    const member = members[at]!;
    const from = member.assign();
    const to = Math.min(cluster.log.length, Math.max(from, cluster.committed) + random.integer(30));
    cluster.ours = random.integer(4) > 0;
    await member.read(from, to);
    await member.pass();
    last = cluster.totals.at(-1) ?? last;
    member.runner.onRevoked([HERE]);
  }
  const { likesPerMinute: _rate, ...total } = wanted.total("v")!;
  const { likesPerMinute: _lastRate, ...published } = last!;
  assert.deepEqual(published, total);
});

Deno.test("TotalsJob sends records that are no events to the dead letters, with the reason", async () => {
  const cluster = new FakeCluster();
  const { observedAt: _none, ...timeless } = videoEvent("v", { likes: 1, poll: 0 });
  cluster.append(
    "{",
    null,
    "1234",
    JSON.stringify({ ...videoEvent("v", { likes: 1, poll: 0 }), likeCount: -1 }),
    JSON.stringify(timeless),
    `"${"x".repeat(70_000)}"`,
    videoEvent("v", { likes: 4, poll: 0 }),
  );
  const member = cluster.member();
  await member.read(member.assign());
  await member.pass();
  const header = (letter: OutgoingRecord, name: string) =>
    decoder.decode(letter.headers!.find(({ key }) => key === `streamflow.${name}`)!.value);
  assert.deepEqual(cluster.letters.map((letter) => header(letter, "reason")), [
    "not-json",
    "tombstone",
    "not-an-event",
    "not-an-event",
    "not-an-event",
    "too-large",
  ]);
  assert.match(header(cluster.letters[2]!, "detail"), /--format text/);
  assert.match(header(cluster.letters[3]!, "detail"), /likeCount/);
  assert.match(header(cluster.letters[4]!, "detail"), /observedAt/);
  assert.equal(header(cluster.letters[5]!, "offset"), "5");
  assert.deepEqual(cluster.totals.map(({ likes }) => likes), [4], "the others go on");
});
