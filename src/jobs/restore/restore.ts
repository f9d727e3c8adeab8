/** How the state of a partition comes to be whole at the offset where the group goes on. */
import type { AssignedPartition } from "../../kafka/port.ts";
import type { Job } from "../job.ts";
import type { Tenure } from "../tenure.ts";

/** Where a tenure begins. */
export interface Beginning<J extends Job> {
  /** `null`: {@linkcode Restore.restore} makes it. */
  readonly job: J | null;
  /** Offset to read from: what is before the group's own offset rebuilds the state, and nothing is put out for it. */
  readonly from: number;
}

/** A job with the state of a snapshot, or with none. */
export interface Restored<J extends Job> {
  readonly tenure: Tenure<J>;
  readonly job: J;
  /** The offset that the state is of. */
  readonly position: number;
  /** The clock moved the job on to here, right after this state; `null` = it did not. */
  readonly advanceTo: number | null;
  /** Whether the state is of a snapshot. */
  readonly isFound: boolean;
  /** Keys of earlier tenures' snapshots. */
  readonly leftovers: readonly string[];
}

/** A strategy of restoring. */
export interface Restore<J extends Job> {
  /** Whether the state of a partition that was taken away may be of use when it comes back: also after a commit was refused? */
  readonly keepsState: "always" | "if-committed" | "never";
  /** At an assignment. Synchronous; `kept` is what the partition, of the same topic, was when it was taken away. */
  begin(assigned: AssignedPartition, kept: Tenure<J> | null): Beginning<J>;
  /** Before the first record: makes the jobs that `begin` did not. */
  restore?(tenures: readonly Tenure<J>[]): Promise<readonly Restored<J>[]>;
}
