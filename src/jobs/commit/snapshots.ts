/**
 * Offsets with snapshots: outputs acknowledged, then the snapshot's parts, then its mark, then the offset. Whoever
 * begins there has the state of that very offset, and emits the outputs that follow again with the same ids and
 * values.
 *
 * What the clock does to a job is logged before it takes effect: in a snapshot that says so.
 */
import type { OutgoingRecord } from "../../kafka/port.ts";
import { Watermarks } from "../../stream/watermark.ts";
import type { WindowedJob } from "../job.ts";
import { SNAPSHOT_EVERY_MS, SNAPSHOT_REST } from "../limits.ts";
import { SnapshotWriter, type WrittenSnapshot } from "../restore/changelog.ts";
import type { Restored } from "../restore/restore.ts";
import { keyOf, type Tenure as TenureOf } from "../tenure.ts";
import type { Commit, Shell } from "./commit.ts";

type Tenure = TenureOf<WindowedJob>;

/** How snapshots are taken. */
export interface SnapshotOptions {
  /** Topic of the snapshots, with this many partitions. */
  readonly changelog: { readonly topic: string; readonly partitions: number };
  /** See {@linkcode WindowedJobMaker.signature}. */
  readonly signature: string;
  /** A partition without records for so long follows the others' watermark. */
  readonly idleTimeoutMs: number;
  /** Windows of a partition without records for so long are closed. */
  readonly closeAfterMs: number;
  /** Unique text for every tenure of a partition. */
  readonly newTenure: () => string;
  /** @default {@linkcode SNAPSHOT_EVERY_MS} */
  readonly snapshotEveryMs?: number | undefined;
}

/** What is known of a tenure's snapshots. */
interface Saving {
  readonly job: WindowedJob;
  readonly writer: SnapshotWriter;
  /** Keys of earlier tenures, until they are deleted. */
  leftovers: readonly string[];
  /** Whether there is something to save that no record brought: the beginning, or a move by the clock. */
  hasUnsaved: boolean;
  dueMs: number;
  inFlight: Promise<void> | null;
}

/** Commits offsets, each with a snapshot of the state there. */
export class SnapshotCommit implements Commit<WindowedJob> {
  /** Snapshots whose offset was committed. */
  snapshots = 0;
  readonly #shell: Shell<WindowedJob>;
  readonly #options: SnapshotOptions;
  readonly #savings = new Map<Tenure, Saving>();
  /** Of our partitions; a job's own watermark has its lateness in it. */
  readonly #watermarks: Watermarks;
  readonly #callbacks: (() => void)[] = [];

  constructor(shell: Shell<WindowedJob>, options: SnapshotOptions) {
    this.#shell = shell;
    this.#options = options;
    this.#watermarks = new Watermarks({ lateness: 0, idleTimeoutMs: options.idleTimeoutMs });
  }

  /**
   * Calls back between two records, right after all partitions have a snapshot: nothing that was sent before will be
   * made again after.
   */
  atSnapshot(callback: () => void): void {
    this.#callbacks.push(callback);
    this.#shell.wake();
  }

  restored({ tenure, job, advanceTo, isFound, leftovers }: Restored<WindowedJob>): void {
    const key = keyOf(tenure);
    this.#watermarks.join(key, tenure.lastRecordMs);
    this.#savings.set(tenure, {
      job,
      writer: new SnapshotWriter(tenure, this.#options.newTenure()),
      leftovers,
      // Without one, a group that began at the end would begin at a later one next time.
      hasUnsaved: !isFound,
      dueMs: tenure.lastRecordMs + this.#everyMs(),
      inFlight: null,
    });
    if (advanceTo !== null) this.#move(tenure, advanceTo);
    if (isFound) this.#watermarks.observe(key, job.watermark, tenure.lastRecordMs);
  }

  sent(tenure: Tenure): void {
    const saving = this.#savings.get(tenure);
    if (saving !== undefined) {
      this.#watermarks.observe(keyOf(tenure), saving.job.watermark, tenure.lastRecordMs);
    }
  }

  ended(tenure: Tenure): void {
    if (this.#savings.delete(tenure)) this.#watermarks.leave(keyOf(tenure));
  }

  /** What is due by the clock. */
  async tick(nowMs: number): Promise<void> {
    for (const [tenure, saving] of [...this.#savings]) {
      const watermark = this.#dueWatermark(tenure, nowMs);
      if (watermark !== null) await this.#advance(tenure, watermark);
      else if (nowMs >= saving.dueMs && this.#hasNews(tenure)) void this.#save(tenure);
    }
    if (this.#callbacks.length === 0) return;
    const callbacks = this.#callbacks.splice(0);
    for (const tenure of [...this.#savings.keys()]) await this.#saveNews(tenure);
    for (const callback of callbacks) callback();
  }

  isDue(nowMs: number): boolean {
    return this.#savings.keys().some((tenure) => this.#dueWatermark(tenure, nowMs) !== null);
  }

  async finish(hasFailed: boolean): Promise<void> {
    if (hasFailed) return;
    await Promise.all([...this.#savings.keys()].map(async (tenure) => {
      await this.#saveNews(tenure);
      await tenure.acknowledged;
    }));
  }

  close(): void {}

  #everyMs(): number {
    return this.#options.snapshotEveryMs ?? SNAPSHOT_EVERY_MS;
  }

  #hasNews(tenure: Tenure): boolean {
    const saving = this.#savings.get(tenure);
    if (saving === undefined || saving.inFlight !== null) return false;
    const { position, given, committed } = tenure;
    return (position > committed || saving.hasUnsaved || saving.job.isChanged === true) && given >= position;
  }

  async #saveNews(tenure: Tenure): Promise<void> {
    await this.#savings.get(tenure)?.inFlight;
    if (this.#hasNews(tenure)) await this.#save(tenure);
  }

  /** Where the clock moves a partition to; `null` = nowhere. */
  #dueWatermark({ job, lastRecordMs, position, given, highWatermark }: Tenure, nowMs: number): number | null {
    if (job === null || job.openUntil === -Infinity) return null;
    if (position < highWatermark || given < position) return null;
    const { idleTimeoutMs, closeAfterMs } = this.#options;
    const silentMs = nowMs - lastRecordMs;
    if (silentMs >= closeAfterMs) return job.openUntil;
    if (silentMs < idleTimeoutMs) return null;
    const watermark = this.#watermarks.at(nowMs);
    return watermark > job.watermark ? watermark : null;
  }

  /** Moves a job on, after it was logged that it will be. */
  async #advance(tenure: Tenure, watermark: number): Promise<void> {
    await this.#savings.get(tenure)?.inFlight;
    await this.#save(tenure, watermark);
    if (!tenure.ended && !this.#shell.isOver()) this.#move(tenure, watermark);
  }

  #move(tenure: Tenure, watermark: number): void {
    const saving = this.#savings.get(tenure);
    if (saving === undefined) return;
    this.#shell.emit(tenure, (emit) => saving.job.advance(watermark, emit));
    saving.hasUnsaved = true; // the next snapshot says it, so that a later start does not emit it again
  }

  /** Saves the state as it is now; resolves when its offset is committed, or a failure is known. */
  #save(tenure: Tenure, advanceTo: number | null = null): Promise<void> {
    const saving = this.#savings.get(tenure);
    if (saving === undefined) return Promise.resolve();
    const { clock } = this.#shell;
    const { position, committed, acknowledged, topicId } = tenure;
    const beginMs = clock.nowMs();
    const written = saving.writer.write({
      ...{ signature: this.#options.signature, topicId, offset: position, committed, advanceTo },
      state: saving.job.snapshot(),
    });
    saving.hasUnsaved = false;
    const tookMs = clock.nowMs() - beginMs;
    saving.dueMs = beginMs + Math.max(this.#everyMs(), SNAPSHOT_REST * tookMs);
    saving.inFlight = this.#store(tenure, { ...written, position, acknowledged })
      .catch((error) => this.#shell.fail(error))
      .finally(() => saving.inFlight = null);
    return saving.inFlight;
  }

  async #store(
    tenure: Tenure,
    { parts, mark, settled, position, acknowledged }: WrittenSnapshot & {
      position: number;
      acknowledged: Promise<void>;
    },
  ): Promise<void> {
    const { send, commit, refused } = this.#shell;
    const { topic, partitions } = this.#options.changelog;
    await acknowledged;
    const partition = tenure.partition % partitions;
    const write = (records: readonly OutgoingRecord[]) =>
      send(topic, records.map((record) => ({ ...record, partition })));
    // One by one: together they may be more than a request can hold.
    for (const part of parts) if (!tenure.ended) await write([part]);
    if (tenure.ended) return;
    await write([mark]);
    if (tenure.ended) return;
    if (!await commit([{ topic: tenure.topic, partition: tenure.partition, offset: position }])) {
      return refused(tenure);
    }
    tenure.committed = position;
    this.snapshots++;
    const saving = this.#savings.get(tenure);
    const leftovers = saving?.leftovers ?? [];
    if (saving !== undefined) saving.leftovers = [];
    await write([settled, ...leftovers.map((key) => ({ key, value: null }))]);
  }
}
