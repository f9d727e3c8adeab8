/** When and how a group's offsets are committed. */
import type { OutgoingRecord, TopicPartitionOffset } from "../../kafka/port.ts";
import type { JobClock } from "../clock.ts";
import type { Emit, Job } from "../job.ts";
import type { Restored } from "../restore/restore.ts";
import type { Tenure } from "../tenure.ts";

/** What a strategy of committing sees of the runner. */
export interface Shell<J extends Job> {
  readonly clock: JobClock;
  /** Partitions that are ours now. */
  readonly tenures: ReadonlyMap<string, Tenure<J>>;
  /** Resolves when all in-sync replicas have the records; order is the order of the calls. */
  readonly send: (topic: string, records: readonly OutgoingRecord[]) => Promise<void>;
  /** Resolves `false` when the partitions are no longer ours. */
  readonly commit: (offsets: readonly TopicPartitionOffset[]) => Promise<boolean>;
  /** Sends what `work` emits. */
  emit(tenure: Tenure<J>, work: (emit: Emit) => void): void;
  /** The group has refused a commit: the partition is no longer ours. */
  refused(tenure: Tenure<J>): void;
  /** Lets the strategy's {@linkcode Commit.tick} come at once. */
  wake(): void;
  /** Ends the run. */
  fail(error: unknown): void;
  /** Whether the run ends. */
  isOver(): boolean;
}

/** A strategy of committing: nothing is committed before everything that comes of it is acknowledged. */
export interface Commit<J extends Job> {
  /** A tenure's state was restored. */
  restored?(found: Restored<J>): void;
  /** Everything up to {@linkcode Tenure.emitted} was taken and sent. */
  sent(tenure: Tenure<J>): void;
  /** A tenure is over. */
  ended?(tenure: Tenure<J>): void;
  /** Between two chunks, and several times a second. */
  tick?(nowMs: number): Promise<void>;
  /** Whether something is due by the clock and has not happened yet. */
  isDue?(nowMs: number): boolean;
  /** The last commit; of a run that has failed, of what is known to be acknowledged. */
  finish(hasFailed: boolean): Promise<void>;
  /** No more commits, no timers. */
  close(): void;
}
