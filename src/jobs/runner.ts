/**
 * The shell around jobs: gives each partition's job its records, sends what comes out, writes checkpoints, commits.
 * It sees no client library: `send`, `commit`, `readChangelog` are arguments.
 *
 * - Offsets are committed only with a checkpoint: outputs acknowledged, then its parts, then its mark, then the offset.
 *   Whoever begins there has the state of that very offset, and gives the outputs that follow once more with the same
 *   ids and values.
 * - What the clock does to a job is written down before it takes effect: a checkpoint that says so.
 * - A send or commit that fails ends the run; nothing past it is committed.
 */
import type {
  AssignedPartition,
  OutgoingRecord,
  RecordChunk,
  TopicPartition,
  TopicPartitionOffset,
} from "../kafka/port.ts";
import type { JobClock } from "./clock.ts";
import { type ChangelogReader, CheckpointWriter, type WrittenCheckpoint } from "./restore/changelog.ts";
import { offsetBehind, sizeOf } from "../records/dead_letters/print.ts";
import type { Job, JobMaker } from "./job.ts";
import {
  CHECKPOINT_EVERY_MS,
  CHECKPOINT_REST,
  PIECE_RECORDS_MAX,
  SHUTDOWN_MAX_MS,
  TICK_MS,
  UNACKED_BYTES_MAX,
  UNACKED_PIECES_MAX,
} from "./limits.ts";
import { Watermarks } from "../stream/watermark.ts";

/** What a runner is made of. */
export interface RunnerOptions {
  readonly maker: JobMaker;
  /** Topic of the checkpoints, with this many partitions. */
  readonly changelog: { readonly topic: string; readonly partitions: number };
  /** Everything that the changelog holds now. */
  readonly readChangelog: () => Promise<ChangelogReader>;
  /** Where the log of a topic's partitions ends now: nothing is quiet before that was read. */
  readonly logEnds: (topic: string) => Promise<readonly TopicPartitionOffset[]>;
  /** Resolves when all in-sync replicas have the records; order is the order of the calls. */
  readonly send: (topic: string, records: readonly OutgoingRecord[]) => Promise<void>;
  /** Resolves `false` when the partitions are no longer ours. */
  readonly commit: (offsets: readonly TopicPartitionOffset[]) => Promise<boolean>;
  readonly clock: JobClock;
  /** A partition without records for so long follows the others' watermark. */
  readonly idleTimeoutMs: number;
  /** Windows of a partition without records for so long are closed. */
  readonly closeAfterMs: number;
  /** Unique text for every tenure of a partition. */
  readonly newTenure: () => string;
  /** Ends the run: the piece in hand is finished, acknowledged and committed. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
  /** New records came, or partitions. */
  readonly onActivity?: () => void;
  /** @default {@linkcode CHECKPOINT_EVERY_MS} */
  readonly checkpointEveryMs?: number | undefined;
  /** @default {@linkcode PIECE_RECORDS_MAX} */
  readonly pieceRecordsMax?: number;
}

/** Counts of a run. */
export interface RunnerCounts {
  /** Records taken, those again that were taken before a crash included. */
  read: number;
  /** Records passed over because the state has them already. */
  skipped: number;
  readonly sent: Record<string, number>;
  checkpoints: number;
}

/** The time during which a partition is ours without a break. */
interface Tenure extends TopicPartition {
  /** See {@linkcode AssignedPartition}. */
  readonly topicId: string | null;
  readonly startOffset: number;
  job: Job | null;
  writer: CheckpointWriter;
  /** Keys of earlier tenures, until they are deleted. */
  leftovers: readonly string[];
  /** Of the next record to take. */
  position: number;
  /** Up to where we were given the log: before that reaches the position of a checkpoint, nothing can be committed. */
  given: number;
  /** Whether there is something to write down that no record brought: the beginning, or a move by the clock. */
  unsaved: boolean;
  committed: number;
  highWatermark: number;
  lastRecordMs: number;
  checkpointFromMs: number;
  /** Resolves when everything sent so far is acknowledged. */
  acknowledged: Promise<unknown>;
  checkpointing: Promise<void> | null;
  ended: boolean;
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Runs the jobs of its partitions; {@linkcode JobRunner.run} once. */
export class JobRunner {
  readonly counts: RunnerCounts = { read: 0, skipped: 0, sent: {}, checkpoints: 0 };
  readonly #options: RunnerOptions;
  readonly #tenures = new Map<string, Tenure>();
  /** Of our partitions; a job's own watermark has its lateness in it. */
  readonly #watermarks: Watermarks;
  #unackedPieces = 0;
  #unackedBytes = 0;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};
  #atCheckpoint: (() => void)[] = [];
  #asked = false;
  #arrived: { readonly result: IteratorResult<RecordChunk>; readonly tenure: Tenure | undefined } | null =
    null;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#watermarks = new Watermarks({ lateness: 0, idleTimeoutMs: options.idleTimeoutMs });
  }

  /** For the group consumer: a partition is ours. */
  readonly startAt = ({ topic, topicId = null, partition, startOffset }: AssignedPartition): number => {
    const key = keyOf({ topic, partition });
    this.#end(this.#tenures.get(key));
    const nowMs = this.#options.clock.nowMs();
    this.#watermarks.join(key, nowMs);
    this.#tenures.set(key, {
      ...{
        topic,
        topicId,
        partition,
        startOffset,
        job: null,
        leftovers: [],
        ended: false,
        checkpointing: null,
      },
      writer: new CheckpointWriter({ topic, partition }, this.#options.newTenure()),
      position: startOffset,
      given: startOffset,
      unsaved: false,
      committed: startOffset,
      highWatermark: startOffset,
      lastRecordMs: nowMs,
      checkpointFromMs: nowMs + this.#checkpointEveryMs(),
      acknowledged: Promise.resolve(),
    });
    this.#options.onActivity?.();
    return startOffset;
  };

  /** For the group consumer: partitions were taken away. */
  readonly onRevoked = (partitions: readonly TopicPartition[]): void => {
    for (const partition of partitions) this.#end(this.#tenures.get(keyOf(partition)));
  };

  /** Records behind the high watermark, of all partitions. */
  get lag(): number {
    let lag = 0;
    for (const { highWatermark, position } of this.#tenures.values()) {
      lag += Math.max(0, highWatermark - position);
    }
    return lag;
  }

  /** Partitions held now. */
  get partitions(): number {
    return this.#tenures.size;
  }

  /**
   * Calls back between two records, right after all partitions have a checkpoint: nothing that was sent before will be
   * made again after.
   */
  atCheckpoint(callback: () => void): void {
    this.#atCheckpoint.push(callback);
    this.#wake();
  }

  /**
   * Works until the chunks end or the signal aborts; then waits for the acknowledgements and writes last checkpoints.
   *
   * @throws what `send`, `commit`, `readChangelog`, a job or `chunks` threw.
   */
  async run(chunks: AsyncIterable<RecordChunk>): Promise<void> {
    const { signal } = this.#options;
    const iterator = chunks[Symbol.asyncIterator]();
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    let ended = false;
    try {
      while (!this.#isOver()) {
        if (!this.#asked) this.#ask(iterator);
        if (this.#arrived === null) await this.#wakeOrTick();
        const arrived = this.#arrived;
        if (arrived !== null) {
          this.#asked = false;
          this.#arrived = null;
          const { result, tenure } = arrived;
          ended = result.done === true;
          if (result.done === true) break;
          if (tenure !== undefined) await this.#takeChunk(tenure, result.value);
        }
        await this.#lookAround();
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    await this.#finish();
    signal.removeEventListener("abort", wake);
    // Not awaited: a generator that waits for records would not answer before the next one.
    if (!ended) iterator.return?.().then(undefined, () => {});
    if (this.#failure !== null) throw this.#failure.error;
  }

  #isOver(): boolean {
    return this.#failure !== null || this.#options.signal.aborted;
  }

  #ask(iterator: AsyncIterator<RecordChunk>): void {
    this.#asked = true;
    iterator.next().then((result) => {
      // Of the tenure of now: the next one of the partition begins elsewhere. None: it was taken away meanwhile.
      this.#arrived = { result, tenure: result.done ? undefined : this.#tenures.get(keyOf(result.value)) };
      this.#wake();
    }, (error) => this.#fail(error));
  }

  /** Resolves when something has happened, or the clock ticks. */
  #wakeOrTick(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(TICK_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async #takeChunk(tenure: Tenure, chunk: RecordChunk): Promise<void> {
    const { clock, pieceRecordsMax = PIECE_RECORDS_MAX, onActivity } = this.#options;
    tenure.highWatermark = chunk.highWatermark;
    tenure.given = chunk.nextOffset;
    await this.#restoreAll();
    const { job } = tenure;
    if (job === null || tenure.ended) return;
    const records = chunk.records.filter((record) => offsetBehind(record) > tenure.position);
    this.counts.skipped += chunk.records.length - records.length;
    for (let from = 0; from < records.length; from += pieceRecordsMax) {
      if (tenure.ended || this.#isOver()) return;
      const piece = records.slice(from, from + pieceRecordsMax);
      this.counts.read += piece.length;
      onActivity?.();
      tenure.lastRecordMs = clock.nowMs();
      this.#emitting(tenure, (emit) => job.take(piece, emit));
      tenure.position = offsetBehind(piece.at(-1)!);
      this.#watermarks.observe(keyOf(tenure), job.watermark, tenure.lastRecordMs);
      if (from + pieceRecordsMax < records.length) await this.#waitForRoom();
    }
    tenure.position = Math.max(tenure.position, chunk.nextOffset);
    await this.#waitForRoom();
  }

  /** Sends what `work` emits. */
  #emitting(tenure: Tenure, work: (emit: (topic: string, record: OutgoingRecord) => void) => void): void {
    const byTopic = new Map<string, OutgoingRecord[]>();
    let bytes = 0;
    work((topic, record) => {
      const records = byTopic.get(topic);
      if (records === undefined) byTopic.set(topic, [record]);
      else records.push(record);
      bytes += sizeOf(record);
    });
    if (byTopic.size === 0) return;
    this.#unackedPieces++;
    this.#unackedBytes += bytes;
    const sent = Promise.all([...byTopic].map(async ([topic, records]) => {
      await this.#options.send(topic, records);
      this.counts.sent[topic] = (this.counts.sent[topic] ?? 0) + records.length;
    })).then(() => {
      this.#unackedPieces--;
      this.#unackedBytes -= bytes;
      this.#wake();
    });
    sent.catch((error) => this.#fail(error));
    tenure.acknowledged = Promise.all([tenure.acknowledged, sent]);
    tenure.acknowledged.catch(() => {}); // said by #fail
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  async #waitForRoom(): Promise<void> {
    while (
      !this.#isOver() &&
      (this.#unackedPieces >= UNACKED_PIECES_MAX || this.#unackedBytes >= UNACKED_BYTES_MAX)
    ) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /** Makes the jobs of partitions that are new here, from their checkpoints. */
  async #restoreAll(): Promise<void> {
    const fresh = [...this.#tenures.values()].filter(({ job }) => job === null);
    if (fresh.length === 0) return;
    const { readChangelog, logEnds, maker, onWarning, clock } = this.#options;
    const [changelog, ...ends] = await Promise.all([
      readChangelog(),
      ...[...new Set(fresh.map(({ topic }) => topic))].map(logEnds),
    ]);
    if (this.#isOver()) return; // perhaps not all of it was read
    for (const tenure of fresh.filter(({ ended }) => !ended)) {
      const { topic, partition, startOffset } = tenure;
      const checkpoint = changelog.find(tenure);
      tenure.leftovers = changelog.keys(tenure);
      tenure.lastRecordMs = clock.nowMs();
      const end = ends.flat().find((one) => one.topic === topic && one.partition === partition);
      tenure.highWatermark = Math.max(tenure.highWatermark, end?.offset ?? 0);
      if (checkpoint === null || checkpoint.signature !== maker.signature) {
        if (tenure.leftovers.some((key) => key.endsWith("/mark"))) {
          const why = checkpoint === null ? "other offsets" : "other settings";
          onWarning(
            `${topic}-${partition}: the state on the changelog is of ${why}; beginning anew at ${startOffset}`,
          );
        }
        tenure.job = maker.make({ topic, partition }, null);
        tenure.unsaved = true; // or a group that began at the end would begin at a later one next time
        continue;
      }
      const job = tenure.job = maker.make({ topic, partition }, checkpoint.state);
      tenure.position = checkpoint.offset;
      const { advanceTo } = checkpoint;
      if (advanceTo !== null) this.#move(tenure, { job, watermark: advanceTo });
      this.#watermarks.observe(keyOf(tenure), job.watermark, tenure.lastRecordMs);
    }
  }

  /** What is due by the clock. */
  async #lookAround(): Promise<void> {
    if (this.#isOver()) return;
    await this.#restoreAll();
    const nowMs = this.#options.clock.nowMs();
    for (const tenure of [...this.#tenures.values()]) {
      const watermark = this.#dueWatermark(tenure, nowMs);
      if (watermark !== null) await this.#advance(tenure, watermark);
      else if (nowMs >= tenure.checkpointFromMs && this.#hasNews(tenure)) void this.#checkpoint(tenure);
    }
    if (this.#atCheckpoint.length > 0) await this.#callBack();
  }

  #hasNews({ position, given, committed, unsaved, checkpointing }: Tenure): boolean {
    return (position > committed || unsaved) && given >= position && checkpointing === null;
  }

  /** Where the clock moves a partition to; `null` = nowhere. */
  #dueWatermark(tenure: Tenure, nowMs: number): number | null {
    const { job, lastRecordMs, position, given, highWatermark } = tenure;
    if (job === null || job.openUntil === -Infinity) return null;
    if (position < highWatermark || given < position) return null;
    const { idleTimeoutMs, closeAfterMs } = this.#options;
    const silentMs = nowMs - lastRecordMs;
    if (silentMs >= closeAfterMs) return job.openUntil;
    if (silentMs < idleTimeoutMs) return null;
    const watermark = this.#watermarks.at(nowMs);
    return watermark > job.watermark ? watermark : null;
  }

  /** Moves a job on, after it was written down that it will be. */
  async #advance(tenure: Tenure, watermark: number): Promise<void> {
    await tenure.checkpointing;
    await this.#checkpoint(tenure, watermark);
    const { job, ended } = tenure;
    if (job !== null && !ended && !this.#isOver()) this.#move(tenure, { job, watermark });
  }

  #move(tenure: Tenure, { job, watermark }: { readonly job: Job; readonly watermark: number }): void {
    this.#emitting(tenure, (emit) => job.advance(watermark, emit));
    tenure.unsaved = true; // the next checkpoint says it, so that a later start does not tell it again
  }

  async #callBack(): Promise<void> {
    const callbacks = this.#atCheckpoint.splice(0);
    for (const tenure of [...this.#tenures.values()]) {
      await tenure.checkpointing;
      if (this.#hasNews(tenure)) await this.#checkpoint(tenure);
    }
    for (const callback of callbacks) callback();
  }

  #checkpointEveryMs(): number {
    return this.#options.checkpointEveryMs ?? CHECKPOINT_EVERY_MS;
  }

  /** Writes down the state as it is now; resolves when its offset is committed, or a failure is known. */
  #checkpoint(tenure: Tenure, advanceTo: number | null = null): Promise<void> {
    const { clock, maker } = this.#options;
    const { job, position, committed, acknowledged } = tenure;
    if (job === null || tenure.ended) return Promise.resolve();
    const beginMs = clock.nowMs();
    const written = tenure.writer.write({
      ...{ signature: maker.signature, topicId: tenure.topicId, offset: position, committed, advanceTo },
      state: job.snapshot(),
    });
    tenure.unsaved = false;
    const tookMs = clock.nowMs() - beginMs;
    tenure.checkpointFromMs = beginMs + Math.max(this.#checkpointEveryMs(), CHECKPOINT_REST * tookMs);
    tenure.checkpointing = this.#store(tenure, { ...written, position, acknowledged })
      .catch((error) => this.#fail(error))
      .finally(() => tenure.checkpointing = null);
    return tenure.checkpointing;
  }

  async #store(
    tenure: Tenure,
    { parts, mark, settled, position, acknowledged }: WrittenCheckpoint & {
      position: number;
      acknowledged: Promise<unknown>;
    },
  ): Promise<void> {
    const { send, commit, changelog } = this.#options;
    await acknowledged;
    const partition = tenure.partition % changelog.partitions;
    const write = (records: readonly OutgoingRecord[]) =>
      send(changelog.topic, records.map((record) => ({ ...record, partition })));
    // One by one: together they may be more than a request can hold.
    for (const part of parts) if (!tenure.ended) await write([part]);
    if (tenure.ended) return;
    await write([mark]);
    if (tenure.ended) return;
    if (!await commit([{ topic: tenure.topic, partition: tenure.partition, offset: position }])) {
      return this.#end(tenure);
    }
    tenure.committed = position;
    this.counts.checkpoints++;
    const leftovers = tenure.leftovers;
    tenure.leftovers = [];
    await write([settled, ...leftovers.map((key) => ({ key, value: null }))]);
  }

  #end(tenure: Tenure | undefined): void {
    if (tenure === undefined || tenure.ended) return;
    tenure.ended = true;
    const key = keyOf(tenure);
    if (this.#tenures.get(key) !== tenure) return;
    this.#tenures.delete(key);
    this.#watermarks.leave(key);
  }

  /** Last checkpoints, within their time. */
  async #finish(): Promise<void> {
    if (this.#failure !== null) return;
    const tenures = [...this.#tenures.values()];
    const last = Promise.all(tenures.map(async (tenure) => {
      await tenure.checkpointing;
      if (this.#hasNews(tenure)) await this.#checkpoint(tenure);
      await tenure.acknowledged;
    }));
    const { clock, onWarning } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(SHUTDOWN_MAX_MS, () => {
        onWarning(
          `the cluster has not acknowledged everything within ${SHUTDOWN_MAX_MS / 1_000} s: ` +
            "what came after the last checkpoint is read again at the next start",
        );
        resolve();
      });
      last.then(() => {
        cancel();
        resolve();
      }, (error) => {
        cancel();
        this.#fail(error);
        resolve();
      });
    });
  }
}
