/** The time during which a partition is ours without a break. */
import type { TopicPartition } from "../kafka/port.ts";
import type { Job } from "./job.ts";

/** A partition that is ours, and how far it is. */
export interface Tenure<J extends Job = Job> extends TopicPartition {
  /** See {@linkcode AssignedPartition}. */
  readonly topicId: string | null;
  /** The group has done with what is before: read again, it rebuilds the state. */
  readonly outputFrom: number;
  /** `null` while its state is not restored. */
  job: J | null;
  /** Of the next record to take. */
  position: number;
  /** Up to where we were given the log: the group commits nothing behind it. */
  given: number;
  /** Everything before was emitted: {@linkcode Tenure.position}, or where it was when the job last published. */
  emitted: number;
  /** Committed, or where the tenure began. */
  committed: number;
  highWatermark: number;
  lastRecordMs: number;
  /** Something was published and is not acknowledged yet. */
  publishing: boolean;
  /** Resolves when everything sent so far is acknowledged; never rejects unhandled. */
  acknowledged: Promise<void>;
  ended: boolean;
}

/** `topic/partition`. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Whether its state is not restored yet, or records are there, where the log ended when it was last given. */
export function hasMore({ job, position, highWatermark }: Tenure): boolean {
  return job === null || position < highWatermark;
}

/** Records of the log that the group has not committed. */
export function lagOf({ committed, highWatermark }: Tenure): number {
  return Math.max(0, highWatermark - committed);
}

/** Whether everything that the group has done with is in the state. */
export function isWhole({ job, position, outputFrom }: Tenure): boolean {
  return job !== null && position >= outputFrom;
}
