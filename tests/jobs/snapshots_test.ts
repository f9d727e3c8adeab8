import assert from "node:assert/strict";
import type {
  IncomingRecord,
  OutgoingRecord,
  RecordChunk,
  TopicPartitionOffset,
} from "../../src/kafka/port.ts";
import { ChangelogReader } from "../../src/jobs/restore/changelog.ts";
import { SnapshotCommit, type SnapshotOptions } from "../../src/jobs/commit/snapshots.ts";
import type { Emit, WindowedJob, WindowedJobMaker } from "../../src/jobs/job.ts";
import { fromSnapshots, type FromSnapshotsOptions } from "../../src/jobs/restore/snapshots.ts";
import type { Json } from "../../src/stream/json.ts";
import { JobRunner, type RunnerOptions } from "../../src/jobs/runner.ts";
import { Random } from "../../nn/random.ts";
import { FakeClock } from "./clock.ts";

const SIZE = 10, text = (value: string) => new TextEncoder().encode(value);
const show = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes!);

/** Counts records per window of ten; the value of a record is its event time. */
class Counter implements WindowedJob {
  readonly open = 0;
  watermark = -Infinity;
  readonly #open: Map<number, number>;

  constructor(state: Json | null) {
    const [watermark, open] = (state ?? [null, []]) as [number | null, [number, number][]];
    this.watermark = watermark ?? -Infinity;
    this.#open = new Map(open);
  }

  get openUntil(): number {
    return this.#open.size === 0 ? -Infinity : Math.max(...this.#open.keys()) + SIZE;
  }

  take(records: readonly IncomingRecord[], emit: Emit): void {
    for (const { value } of records) {
      const time = Number(show(value));
      const start = Math.floor(time / SIZE) * SIZE;
      if (start + SIZE <= this.watermark) emit("late", { key: `${time}`, value: text(`late ${time}`) });
      else this.#open.set(start, (this.#open.get(start) ?? 0) + 1);
      this.advance(time, emit);
    }
  }

  advance(watermark: number, emit: Emit): void {
    if (watermark <= this.watermark) return;
    this.watermark = watermark;
    for (const [start, count] of this.#open) {
      if (start + SIZE > watermark) continue;
      this.#open.delete(start);
      emit("windows", { key: `${start}`, value: text(`${count}`) });
    }
  }

  snapshot(): Json {
    return [this.watermark === -Infinity ? null : this.watermark, [...this.#open]];
  }
}

const maker: WindowedJobMaker = { signature: "counter", make: (_, state) => new Counter(state) };

/** A runner whose commits come with snapshots. */
function snapshotRunner(
  { maker: jobs = maker, readChangelog, logEnds, onWarning, clock, snapshots, ...options }:
    & Omit<RunnerOptions<WindowedJob>, "restore" | "commits" | "onWarning">
    & Pick<FromSnapshotsOptions, "readChangelog" | "logEnds" | "onWarning">
    & { readonly maker?: WindowedJobMaker; readonly snapshots?: Partial<SnapshotOptions> },
): JobRunner<WindowedJob> & { atSnapshot(callback: () => void): void } {
  let commit: SnapshotCommit;
  const runner = new JobRunner<WindowedJob>({
    restore: fromSnapshots({ maker: jobs, readChangelog, logEnds, clock, onWarning }),
    commits: (shell) =>
      commit = new SnapshotCommit(shell, {
        changelog: { topic: "changelog", partitions: 1 },
        signature: jobs.signature,
        idleTimeoutMs: 1_000,
        closeAfterMs: 2_000,
        newTenure: () => crypto.randomUUID(),
        ...snapshots,
      }),
    clock,
    onWarning,
    ...options,
  });
  return Object.assign(runner, { atSnapshot: (callback: () => void) => commit.atSnapshot(callback) });
}

type SnapshotRunner = ReturnType<typeof snapshotRunner>;

/** One partition of a topic, what a cluster keeps beside it, and members that come and go. */
class Cluster {
  readonly log: IncomingRecord[] = [];
  readonly changelog: IncomingRecord[] = [];
  readonly outputs: { topic: string; key: string; value: string }[] = [];
  readonly warnings: string[] = [];
  committed: number | null = null;
  readonly clock = new FakeClock();

  append(...times: number[]): void {
    for (const time of times) {
      this.log.push({
        offset: this.log.length,
        timestampMs: 0,
        key: null,
        value: text(`${time}`),
        headers: [],
      });
    }
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await Promise.resolve();
    for (const { key, value, headers = [] } of records) {
      if (topic === "changelog") {
        const offset = this.changelog.length;
        this.changelog.push({ offset, timestampMs: 0, key: text(key as string), value, headers });
      } else this.outputs.push({ topic, key: key as string, value: show(value) });
    }
  }

  /** Runs a member over what is on the log; it dies before the send or commit that `lifetime` counts down to. */
  member(
    { lifetime = Infinity, chunk = 7, quietMs = 0, jobs = maker, latest = false }: {
      lifetime?: number;
      chunk?: number;
      /** The clock goes on by so much when everything was read. */
      quietMs?: number;
      jobs?: WindowedJobMaker;
      /** Where nothing was committed, begin at the end. */
      latest?: boolean;
    } = {},
  ): { runner: SnapshotRunner; done: Promise<boolean> } {
    const ended = new AbortController();
    let left = lifetime;
    const live = () => {
      if (left-- <= 0) throw new Error("killed");
    };
    const runner: SnapshotRunner = snapshotRunner({
      maker: jobs,
      readChangelog: async () => {
        const reader = new ChangelogReader();
        for (const record of this.changelog) reader.take(record);
        return await Promise.resolve(reader);
      },
      logEnds: async (topic) => await Promise.resolve([{ topic, partition: 0, offset: this.log.length }]),
      send: async (topic, records) => {
        live();
        await this.send(topic, records);
      },
      commit: async ([one]: readonly TopicPartitionOffset[]) => {
        live();
        if (one!.offset > given) return await Promise.resolve(false); // as after a rebalance
        this.committed = one!.offset;
        return await Promise.resolve(true);
      },
      clock: this.clock,
      signal: ended.signal,
      onWarning: (message) => this.warnings.push(message),
      limits: { pieceRecordsMax: 3 },
      snapshots: { snapshotEveryMs: 0 },
    });
    const from = runner.startAt({
      ...{ topic: "in", partition: 0, logStartOffset: 0, highWatermark: this.log.length },
      startOffset: this.committed ?? (latest ? this.log.length : 0),
    });
    let given = from;
    const { log, clock } = this;
    async function* chunks(): AsyncGenerator<RecordChunk> {
      for (let at = from; at < log.length; at += chunk) {
        const records = log.slice(at, at + chunk);
        given = at + records.length;
        yield {
          ...{ topic: "in", partition: 0, records },
          ...{ nextOffset: at + records.length, highWatermark: log.length },
        };
      }
      // The runner ticks while it waits; then the run is over.
      for (let ms = 0; ms < quietMs; ms += 100) {
        clock.advance(100);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    const done = runner.run(chunks()).then(() => true, (error: Error) => {
      assert.equal(error.message, "killed");
      return false;
    });
    return { runner, done };
  }

  /** By key, what was said of it: one text, however often. */
  said(): Record<string, string> {
    const said: Record<string, string> = {};
    for (const { topic, key, value } of this.outputs) {
      const id = `${topic} ${key}`;
      assert.equal(said[id] ?? value, value, `${id} was emitted twice, differently`);
      said[id] = value;
    }
    return said;
  }
}

function someTimes(random: Random, count: number): number[] {
  let time = 100;
  return Array.from({ length: count }, () => {
    time += random.uniform() * 6;
    return Math.floor(time - random.uniform() * 12);
  });
}

function distinct(times: readonly number[]): number[] {
  return [...new Set(times)];
}

Deno.test("JobRunner emits the same as an uninterrupted run, wherever members die", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const times = distinct(someTimes(random, 120));
    const whole = new Cluster();
    whole.append(...times);
    assert.equal(await whole.member().done, true);
    const broken = new Cluster();
    broken.append(...times);
    let deaths = 0;
    while (!await broken.member({ lifetime: 3 + Math.floor(random.uniform() * 25), chunk: 5 }).done) deaths++;
    assert.ok(deaths > 0, "nobody died");
    assert.deepEqual(broken.said(), whole.said());
    assert.equal(broken.committed, times.length);
    assert.deepEqual(broken.warnings, []);
  }
});

Deno.test("JobRunner closes what a quiet stream leaves open, and a replay closes it at the same place", async () => {
  for (let lifetime = 1; lifetime < 40; lifetime++) {
    const cluster = new Cluster();
    cluster.append(101, 105, 111);
    if (await cluster.member({ lifetime, quietMs: 4_000 }).done) break;
    // What comes next would have been part of the window, had the clock not closed it.
    const closed = new ChangelogReader();
    for (const record of cluster.changelog) closed.take(record);
    const written = "windows 110" in cluster.said() ||
      closed.find({ topic: "in", partition: 0, startOffset: cluster.committed ?? 0 })?.advanceTo === 120;
    cluster.append(112, 131);
    assert.equal(await cluster.member({ quietMs: 4_000 }).done, true);
    const said = cluster.said();
    assert.equal(said["windows 100"], "2");
    assert.equal(said["windows 110"], written ? "1" : "2", `killed after ${lifetime} calls`);
    assert.equal(said["late 112"], written ? "late 112" : undefined);
    assert.equal(said["windows 130"], "1");
  }
});

Deno.test("JobRunner closes what an earlier member has left open, and emits it once", async () => {
  const cluster = new Cluster();
  cluster.append(101, 105, 111);
  await cluster.member().done;
  assert.deepEqual(cluster.said(), { "windows 100": "2" });
  for (let restart = 0; restart < 3; restart++) await cluster.member({ quietMs: 4_000 }).done;
  assert.deepEqual(cluster.outputs.map(({ key, value }) => `${key}: ${value}`), ["100: 2", "110: 1"]);
});

Deno.test("JobRunner passes over what was fetched before its partition was taken away and given back", async () => {
  const cluster = new Cluster();
  cluster.append(101, 102, 103, 104, 115);
  const given = Promise.withResolvers<void>();
  const partition = { topic: "in", partition: 0, logStartOffset: 0, highWatermark: 5 };
  const runner: SnapshotRunner = snapshotRunner({
    readChangelog: () => Promise.resolve(new ChangelogReader()),
    logEnds: (topic) => Promise.resolve([{ topic, partition: 0, offset: 5 }]),
    send: (topic, records) => cluster.send(topic, records),
    commit: async () => {
      if (runner.counts.read > 2) return true;
      given.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
      runner.onRevoked([partition]);
      runner.startAt({ ...partition, startOffset: 0 });
      return false;
    },
    clock: cluster.clock,
    ...{ signal: new AbortController().signal, onWarning: (message) => assert.fail(message) },
  });
  const chunkOf = (from: number, to: number): RecordChunk => ({
    ...{ topic: "in", partition: 0, records: cluster.log.slice(from, to), nextOffset: to, highWatermark: 5 },
  });
  runner.startAt({ ...partition, startOffset: 0 });
  await runner.run((async function* () {
    yield chunkOf(0, 2);
    setTimeout(() => runner.atSnapshot(() => {}), 0); // while the next chunk is waited for
    await given.promise;
    yield chunkOf(2, 5);
    yield chunkOf(0, 5);
  })());
  assert.deepEqual(cluster.said(), { "windows 100": "4" });
  assert.equal(runner.counts.read, 7);
});

Deno.test("JobRunner is behind while state is restored, and until a partition whose commit was refused is back", async () => {
  const cluster = new Cluster();
  cluster.append(101, 102, 103);
  const refused = Promise.withResolvers<void>();
  let isRefused = true;
  const runner = snapshotRunner({
    readChangelog: () => Promise.resolve(new ChangelogReader()),
    logEnds: (topic) => Promise.resolve([{ topic, partition: 0, offset: 0 }]),
    send: (topic, records) => cluster.send(topic, records),
    commit: () => {
      if (isRefused) refused.resolve();
      return Promise.resolve(!isRefused);
    },
    clock: cluster.clock,
    ...{ signal: new AbortController().signal, onWarning: (message) => assert.fail(message) },
  });
  const begin = { topic: "in", partition: 0, startOffset: 0, logStartOffset: 0, highWatermark: 0 };
  runner.startAt(begin);
  assert.equal(runner.isBehind(), true, "there is no state yet");
  const all: RecordChunk = {
    ...{ topic: "in", partition: 0, records: cluster.log.slice(0, 3), nextOffset: 3, highWatermark: 3 },
  };
  await runner.run((async function* () {
    yield all;
    setTimeout(() => runner.atSnapshot(() => {}), 0); // while the next chunk is waited for
    await refused.promise;
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(runner.isBehind(), true, "others may have it, or it comes back");
    isRefused = false;
    runner.startAt(begin);
    yield all;
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(runner.isBehind(), false);
  })());
});

Deno.test("JobRunner begins with an empty state, and says so, when offsets were reset or settings are others", async () => {
  const cluster = new Cluster();
  cluster.append(101, 105, 111, 125);
  await cluster.member().done;
  cluster.committed = 0;
  cluster.outputs.length = 0;
  await cluster.member().done;
  assert.deepEqual(cluster.said(), { "windows 100": "2", "windows 110": "1" });
  assert.match(cluster.warnings.join(), /of other offsets; beginning with an empty state at offset 0/);
  cluster.append(141);
  await cluster.member({ jobs: { ...maker, signature: "another" } }).done;
  assert.match(cluster.warnings.join(), /of other settings; beginning with an empty state at offset 4/);
});

Deno.test("JobRunner.atSnapshot() calls back when everything before is stored", async () => {
  const cluster = new Cluster();
  cluster.append(101, 105, 111, 125);
  const committed: (number | null)[] = [];
  const asking: WindowedJobMaker = {
    ...maker,
    make: (_, state) => {
      const job = new Counter(state);
      const take = job.take.bind(job);
      job.take = (records, emit) => {
        take(records, emit);
        if (records[0]!.offset === 0) runner.atSnapshot(() => committed.push(cluster.committed));
      };
      return job;
    },
  };
  const { runner, done } = cluster.member({ chunk: 2, jobs: asking });
  await done;
  assert.deepEqual(committed, [2]);
});

Deno.test("JobRunner deletes what earlier members left on the changelog", async () => {
  const cluster = new Cluster();
  for (let round = 0; round < 5; round++) {
    cluster.append(200 + round * 20);
    await cluster.member().done;
  }
  const reader = new ChangelogReader();
  for (const record of cluster.changelog) reader.take(record);
  const keys = reader.keys({ topic: "in", partition: 0 });
  assert.ok(keys.length > 0 && keys.length <= 6, keys.join());
  const other = { topic: "other", partition: 0 };
  assert.deepEqual(reader.keys(other), []);
  assert.equal(reader.find({ ...other, startOffset: cluster.committed! }), null);
});

Deno.test("JobRunner lets an idle partition follow the others' time", async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const runner = snapshotRunner({
    maker: { ...maker, make: ({ partition }, state) => new Tagged(partition, state) },
    readChangelog: () => Promise.resolve(new ChangelogReader()),
    logEnds: (topic) => Promise.resolve([0, 1].map((partition) => ({ topic, partition, offset: 0 }))),
    send: (topic, records) => {
      if (topic === "windows") told.push(...records.map(({ key, value }) => `${key}: ${show(value)}`));
      return Promise.resolve();
    },
    commit: () => Promise.resolve(true),
    clock,
    snapshots: { changelog: { topic: "changelog", partitions: 2 }, closeAfterMs: 1_000_000 },
    signal: new AbortController().signal,
    onWarning: (message) => assert.fail(message),
  });
  const chunkOf = (partition: number, offset: number, ...times: number[]): RecordChunk => ({
    ...{ topic: "in", partition, nextOffset: offset + times.length, highWatermark: offset + times.length },
    records: times.map((time, at) => ({
      ...{ offset: offset + at, timestampMs: 0, key: null, value: text(`${time}`), headers: [] },
    })),
  });
  const begin = { topic: "in", startOffset: 0, logStartOffset: 0, highWatermark: 0 };
  for (const partition of [0, 1]) runner.startAt({ ...begin, partition });
  await runner.run((async function* () {
    yield chunkOf(0, 0, 101, 103);
    yield chunkOf(1, 0, 104, 115);
    await Promise.resolve();
    assert.deepEqual(told, ["1/100: 1"]);
    clock.advance(900);
    yield chunkOf(1, 2, 121);
    assert.deepEqual([told, runner.isBehind()], [["1/100: 1", "1/110: 1"], false], "not idle yet");
    clock.advance(200);
    assert.equal(runner.isBehind(), true, "a window is due: the run is not idle");
    yield chunkOf(1, 3, 122);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.deepEqual(told, ["1/100: 1", "1/110: 1", "0/100: 2"]);
  })());
});

/** A counter that says of which partition its windows are. */
class Tagged extends Counter {
  readonly #partition: number;
  constructor(partition: number, state: Json | null) {
    super(state);
    this.#partition = partition;
  }
  override advance(watermark: number, emit: Emit): void {
    super.advance(
      watermark,
      (topic, record) => emit(topic, { ...record, key: `${this.#partition}/${record.key}` }),
    );
  }
}

Deno.test("JobRunner commits where it begins, before any record comes", async () => {
  const cluster = new Cluster();
  cluster.append(101, 102, 103);
  assert.equal(await cluster.member({ latest: true, quietMs: 300 }).done, true);
  assert.equal(cluster.committed, 3);
  cluster.append(112, 121); // while nobody is there
  await cluster.member({ latest: true }).done;
  assert.deepEqual(cluster.said(), { "windows 110": "1" });
});

Deno.test("JobRunner warns once of a snapshot that is not what it says, and goes on with an empty state", async () => {
  type Records = Cluster["changelog"];
  const partOf = (records: Records) => records.findLast(({ key }) => !show(key).endsWith("/mark"))!;
  const damages: Readonly<Record<string, (records: Records) => void>> = {
    "is damaged": (records) => Object.assign(partOf(records), { value: text("[115,[[11") }),
    "is damaged: its parts": (records) => records.splice(records.indexOf(partOf(records)), 1),
    "is no state of this job": (records) => Object.assign(partOf(records), { value: text('{"open":1}') }),
  };
  for (const [warning, damage] of Object.entries(damages)) {
    const cluster = new Cluster();
    cluster.append(101, 105, 111, 115);
    assert.equal(await cluster.member({ chunk: 4 }).done, true);
    const ofSnapshots = cluster.changelog.filter(({ value }) => value !== null);
    cluster.changelog.splice(0, Infinity, ...ofSnapshots);
    damage(cluster.changelog);
    cluster.append(121);
    assert.equal(await cluster.member().done, true);
    assert.equal(cluster.warnings.length, 1, warning);
    assert.match(cluster.warnings[0]!, /^in-0: the snapshot on the changelog .*empty state at offset 4$/);
    assert.ok(cluster.warnings[0]!.includes(warning), cluster.warnings[0]!);
    assert.equal(cluster.committed, 5);
    cluster.append(131);
    assert.equal(await cluster.member().done, true);
    assert.equal(cluster.warnings.length, 1, "the next start has a snapshot again");
    assert.equal(cluster.said()["windows 120"], "1");
  }
});
