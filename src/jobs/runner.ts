/**
 * The shell around jobs: gives each partition's job its records, sends what comes out, commits what is acknowledged.
 * It sees no client library: `chunks`, `send` and `commit` are arguments. How state is restored and offsets are
 * committed is a strategy's: `restore/`, `commit/`.
 *
 * - Pieces of a chunk are sent while earlier ones are not acknowledged yet, up to a limit; a commit goes only as far as
 *   everything before it, in its partition, is acknowledged.
 * - A send or commit that fails ends the run with that error; nothing past it is committed.
 * - What was fetched of a partition that was taken away is dropped: whoever has it now reads those records again and
 *   emits the same values.
 */
import type {
  AssignedPartition,
  IncomingRecord,
  RecordChunk,
  TopicPartition,
  TopicPartitionOffset,
} from "../kafka/port.ts";
import { offsetBehind } from "../records/dead_letters/print.ts";
import type { JobClock } from "./clock.ts";
import type { Commit, Shell } from "./commit/commit.ts";
import type { Job } from "./job.ts";
import { PIECE_RECORDS_MAX, SHUTDOWN_MAX_MS, TICK_MS } from "./limits.ts";
import { endOfPiece } from "./pieces.ts";
import type { Restore } from "./restore/restore.ts";
import { Sender, type SenderOptions } from "./sender.ts";
import { hasMore, isWhole, keyOf, lagOf, type Tenure } from "./tenure.ts";

/** What a runner is made of. */
export interface RunnerOptions<J extends Job> extends Pick<SenderOptions, "send" | "tracing"> {
  readonly restore: Restore<J>;
  /** Opens the strategy of committing. */
  readonly commits: (shell: Shell<J>) => Commit<J>;
  /** Resolves `false` when the partitions are no longer ours. */
  readonly commit: (offsets: readonly TopicPartitionOffset[]) => Promise<boolean>;
  readonly clock: JobClock;
  /** Ends the run: the piece in hand is finished, acknowledged and committed. */
  readonly signal: AbortSignal;
  /** End after so many records, those read again to rebuild state not counted. */
  readonly limit?: number | undefined;
  /** How often jobs publish what has changed, see {@linkcode Job.publish}. */
  readonly publishEveryMs?: number | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** New records came. */
  readonly onActivity?: () => void;
  readonly limits?: { readonly pieceRecordsMax?: number; readonly unackedPiecesMax?: number } | undefined;
}

/** Counts of a run. */
export interface RunnerCounts {
  /** Records taken that were new to the group; those that were taken before a crash count again. */
  read: number;
  /** Records read again to rebuild state. */
  replayed: number;
  /** Records passed over because the state has them already. */
  skipped: number;
}

/** Runs the jobs of its partitions; {@linkcode JobRunner.run} once. */
export class JobRunner<J extends Job> {
  readonly counts: RunnerCounts = { read: 0, replayed: 0, skipped: 0 };
  readonly #options: RunnerOptions<J>;
  readonly #sender: Sender;
  readonly #commit: Commit<J>;
  readonly #tenures = new Map<string, Tenure<J>>();
  /** Tenures of partitions that we had, in case they come back. */
  readonly #retired = new Map<string, Tenure<J>>();
  /** Partitions whose commit was refused, until they are given or taken away. */
  readonly #refused = new Set<string>();
  #publishFromMs = 0;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};
  #asked = false;
  #arrived: { readonly result: IteratorResult<RecordChunk>; readonly tenure: Tenure<J> | undefined } | null =
    null;

  constructor(options: RunnerOptions<J>) {
    this.#options = options;
    this.#sender = new Sender({
      send: options.send,
      tracing: options.tracing,
      unackedPiecesMax: options.limits?.unackedPiecesMax,
      onAcknowledged: () => this.#wake(),
      onFailure: (error) => this.#fail(error),
    });
    this.#commit = options.commits({
      clock: options.clock,
      tenures: this.#tenures,
      send: options.send,
      commit: options.commit,
      emit: (tenure, work) => this.#sender.emit(tenure, work),
      refused: (tenure) => this.#end(tenure, { isRefused: true }),
      wake: () => this.#wake(),
      fail: (error) => this.#fail(error),
      isOver: () => this.#isOver(),
    });
  }

  /** For the group consumer: a partition is ours. @returns where to begin to read it */
  readonly startAt = (assigned: AssignedPartition): number => {
    const { topic, topicId = null, partition, startOffset, highWatermark } = assigned;
    const key = keyOf(assigned);
    this.#end(this.#tenures.get(key));
    this.#refused.delete(key);
    const retired = this.#retired.get(key);
    this.#retired.delete(key);
    const kept = retired?.topicId === topicId ? retired : null;
    const { job, from } = this.#options.restore.begin(assigned, kept);
    this.#tenures.set(key, {
      topic,
      topicId,
      partition,
      outputFrom: startOffset,
      job,
      position: from,
      given: from,
      emitted: startOffset,
      committed: startOffset,
      highWatermark,
      lastRecordMs: this.#options.clock.nowMs(),
      publishing: false,
      acknowledged: Promise.resolve(),
      ended: false,
    });
    return from;
  };

  /** For the group consumer: partitions were taken away. */
  readonly onRevoked = (partitions: readonly TopicPartition[]): void => {
    for (const partition of partitions) {
      this.#refused.delete(keyOf(partition));
      this.#end(this.#tenures.get(keyOf(partition)));
    }
  };

  /** Records sent and acknowledged, by topic. */
  get sent(): Readonly<Record<string, number>> {
    return this.#sender.sent;
  }

  /** Records that the group has not committed, by `topic/partition`, up to where the log ended when it was last given. */
  lag(): Record<string, number> {
    return Object.fromEntries(this.#tenures.entries().map(([key, tenure]) => [key, lagOf(tenure)]));
  }

  /** Whether records are there that were not taken yet, a window is due, or the group is being put together again. */
  readonly isBehind = (): boolean =>
    this.#refused.size > 0 || this.#tenures.values().some(hasMore) ||
    this.#commit.isDue?.(this.#options.clock.nowMs()) === true;

  /** Jobs of the partitions that are ours and whose state is whole. */
  jobs(): J[] {
    return [...this.#tenures.values()].filter(isWhole).map(({ job }) => job!);
  }

  /**
   * Works until the chunks end, the signal aborts or the limit is reached; then waits for the acknowledgements and
   * commits, at most {@linkcode SHUTDOWN_MAX_MS}.
   *
   * @throws what `send`, `commit`, a strategy, a job or `chunks` threw.
   */
  async run(chunks: AsyncIterable<RecordChunk>): Promise<void> {
    const { signal } = this.#options;
    const iterator = chunks[Symbol.asyncIterator]();
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    let ended = false;
    try {
      while (!this.#isOver() && !ended) {
        if (!this.#asked) this.#ask(iterator);
        if (this.#arrived === null) await this.#wakeOrTick();
        const arrived = this.#arrived;
        if (arrived !== null) {
          this.#asked = false;
          this.#arrived = null;
          const { result, tenure } = arrived;
          if (result.done === true) ended = true;
          else if (tenure !== undefined) await this.#takeChunk(tenure, result.value);
        }
        if (!ended) await this.#lookAround();
      }
    } catch (error) {
      this.#fail(error);
    }
    await this.#finish();
    signal.removeEventListener("abort", wake);
    // Not awaited: a generator that waits for records would not answer before the next one.
    if (!ended) iterator.return?.().then(undefined, () => {});
    if (this.#failure !== null) throw this.#failure.error;
  }

  #isOver(): boolean {
    const { signal, limit } = this.#options;
    return this.#failure !== null || signal.aborted || (limit !== undefined && this.counts.read >= limit);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #ask(iterator: AsyncIterator<RecordChunk>): void {
    this.#asked = true;
    iterator.next().then((result) => {
      // Of the tenure of now: the next one of the partition begins elsewhere. None: it was taken away meanwhile.
      const tenure = result.done ? undefined : this.#tenures.get(keyOf(result.value));
      // Known at once, also while what came before is not acknowledged.
      if (tenure !== undefined) tenure.highWatermark = result.value.highWatermark;
      this.#arrived = { result, tenure };
      this.#wake();
    }, (error) => this.#fail(error));
  }

  #awaken(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  /** Resolves when something has happened, or the clock ticks. */
  #wakeOrTick(): Promise<void> {
    const { clock, publishEveryMs } = this.#options;
    if (this.#commit.tick === undefined && publishEveryMs === undefined) return this.#awaken();
    return new Promise((resolve) => {
      const cancel = clock.after(TICK_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async #takeChunk(tenure: Tenure<J>, { records, nextOffset }: RecordChunk): Promise<void> {
    this.#retired.clear(); // the assignment is made: what has not come back will not
    tenure.given = nextOffset;
    await this.#restoreAll();
    const { job } = tenure;
    if (job === null) return;
    const { limit = Infinity, limits } = this.#options;
    let start = records.findIndex((record) => offsetBehind(record) > tenure.position);
    if (start < 0) start = records.length;
    this.counts.skipped += start;
    while (!tenure.ended && !this.#isOver()) {
      const end = endOfPiece(records, {
        start,
        outputFrom: tenure.outputFrom,
        recordsMax: limits?.pieceRecordsMax ?? PIECE_RECORDS_MAX,
        newMax: limit - this.counts.read,
      });
      const piece = start === 0 && end === records.length ? records : records.slice(start, end);
      const isLast = end === records.length;
      const behind = isLast ? nextOffset : offsetBehind(records[end - 1]!);
      this.#takePiece(tenure, { job, piece, behind });
      await this.#waitForRoom();
      if (isLast) return;
      start = end;
    }
  }

  #takePiece(
    tenure: Tenure<J>,
    { job, piece, behind }: { job: J; piece: readonly IncomingRecord[]; behind: number },
  ): void {
    const { clock, onActivity } = this.#options;
    tenure.position = Math.max(tenure.position, behind);
    if (piece.length > 0) {
      const nowMs = tenure.lastRecordMs = clock.nowMs();
      onActivity?.();
      if (offsetBehind(piece[0]!) <= tenure.outputFrom) {
        this.counts.replayed += piece.length;
        job.replay?.(piece);
      } else {
        this.counts.read += piece.length;
        this.#sender.emit(tenure, (emit) => job.take(piece, emit, { nowMs }), piece);
      }
    }
    if (job.publish === undefined) tenure.emitted = Math.max(tenure.emitted, tenure.position);
    this.#commit.sent(tenure);
  }

  async #waitForRoom(): Promise<void> {
    while (!this.#isOver() && !this.#sender.hasRoom) await this.#awaken();
  }

  /** Restores the state of partitions that are new here. */
  async #restoreAll(): Promise<void> {
    const { restore } = this.#options;
    if (restore.restore === undefined) return;
    const fresh = [...this.#tenures.values()].filter(({ job }) => job === null);
    if (fresh.length === 0) return;
    const all = await restore.restore(fresh);
    if (this.#isOver()) return; // perhaps not all of it was read
    for (const found of all) {
      const { tenure, job, position } = found;
      if (tenure.ended) continue;
      tenure.job = job;
      tenure.position = position;
      this.#commit.restored?.(found);
    }
  }

  /** What is due by the clock. */
  async #lookAround(): Promise<void> {
    if (this.#isOver()) return;
    await this.#restoreAll();
    const { clock, publishEveryMs } = this.#options;
    const nowMs = clock.nowMs();
    if (publishEveryMs !== undefined && nowMs >= this.#publishFromMs) {
      this.#publishFromMs = nowMs + publishEveryMs;
      this.#publish();
    }
    await this.#commit.tick?.(nowMs);
  }

  /** Lets jobs publish what has changed, each when what it published before is acknowledged. */
  #publish(): void {
    for (const tenure of this.#tenures.values()) {
      const { job, position, emitted, publishing } = tenure;
      if (job?.publish === undefined || publishing || position <= emitted || !isWhole(tenure)) continue;
      this.#sender.emit(tenure, (emit) => job.publish!(emit));
      tenure.emitted = position;
      this.#commit.sent(tenure);
      tenure.publishing = true;
      tenure.acknowledged.then(() => tenure.publishing = false, () => {});
    }
  }

  #end(tenure: Tenure<J> | undefined, { isRefused = false } = {}): void {
    if (tenure === undefined || tenure.ended) return;
    tenure.ended = true;
    this.#commit.ended?.(tenure);
    const key = keyOf(tenure);
    if (this.#tenures.get(key) === tenure) this.#tenures.delete(key);
    if (isRefused) this.#refused.add(key);
    const { keepsState } = this.#options.restore;
    if (keepsState === "always" || (keepsState === "if-committed" && !isRefused)) {
      this.#retired.set(key, tenure);
    }
  }

  /** Waits for acknowledgements and the last commit, within their time. */
  async #finish(): Promise<void> {
    const { clock, onWarning } = this.#options;
    const last = this.#finishAll().catch((error) => this.#fail(error));
    await new Promise<void>((resolve) => {
      const cancel = clock.after(SHUTDOWN_MAX_MS, () => {
        onWarning?.(
          `stopped after ${SHUTDOWN_MAX_MS / 1_000} s: the cluster has not confirmed everything; ` +
            "what is not confirmed is read again at the next start",
        );
        resolve();
      });
      last.then(cancel).then(resolve);
    });
    this.#commit.close();
  }

  async #finishAll(): Promise<void> {
    const acknowledged = async () => {
      while (!this.#sender.isIdle && this.#failure === null) await this.#awaken();
      if (this.#failure !== null) return;
      await Promise.all([...this.#tenures.values()].map((tenure) => tenure.acknowledged));
    };
    await acknowledged();
    if (this.#failure === null) this.#publish();
    await acknowledged();
    await this.#commit.finish(this.#failure !== null);
  }
}
