/**
 * What is done with one partition of a topic: a state machine whose outputs depend on its records, in the order of
 * the log, and on nothing else but the moments at which the clock moved it on. No I/O, no clock, no chance: what runs
 * in a {@linkcode JobRunner}.
 */
import type { IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import type { Json } from "../stream/json.ts";

/** Hands a record on to a topic. */
export type Emit = (topic: string, record: OutgoingRecord) => void;

/** The state machine of one partition. */
export interface Job {
  /** Takes the next records of the log; `nowMs` is for what says when it was made, and for nothing else. */
  take(records: readonly IncomingRecord[], emit: Emit, at: { readonly nowMs: number }): void;
  /** Takes records that the group has done with: they rebuild the state, and nothing is emitted. */
  replay?(records: readonly IncomingRecord[]): void;
  /** Emits, at intervals, what has changed since the last time. An offset is committed when that is acknowledged. */
  publish?(emit: Emit): void;
}

/** A job whose windows close by the event time of its records, and by the clock where none come. */
export interface WindowedJob extends Job {
  take(records: readonly IncomingRecord[], emit: Emit): void;
  /**
   * The clock says that everything before `watermark` has come, though no record does: closes what ends by then.
   * Never goes back: a lower one does nothing. What comes for a closed window after that is late.
   */
  advance(watermark: number, emit: Emit): void;
  /** Everything before it has come, as far as records and clock say; `-Infinity` before the first. */
  readonly watermark: number;
  /** The watermark that would close every window that has records and is open; `-Infinity` where none is. */
  readonly openUntil: number;
  /** Windows that have records and are not closed. Asks every one: not for each record. */
  readonly open: number;
  /** Whether the state has changed since the last snapshot by something that no record and no clock brought. */
  readonly isChanged?: boolean;
  /** The whole state; what {@linkcode WindowedJobMaker.make} goes on from. */
  snapshot(): Json;
}

/** Makes the job of a partition from its log. */
export interface JobMaker<J extends Job = Job> {
  make(partition: TopicPartition): J;
}

/** Makes the job of a partition from a snapshot. */
export interface WindowedJobMaker {
  /** What the state depends on beside the records (windows, features …): another text cannot go on from it. */
  readonly signature: string;
  /** `state` is a snapshot of a job with the same signature; `null` = from nothing. `topicId`: `null` = not known. */
  make(partition: TopicPartition & { readonly topicId?: string | null }, state: Json | null): WindowedJob;
}
