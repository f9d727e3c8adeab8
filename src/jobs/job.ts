/**
 * What is done with one partition of a topic: a state machine whose outputs depend on its records, in the order of
 * the log, and on nothing else but the moments at which the clock moved it on. Those are written down by the runner,
 * so that a job that begins again from a checkpoint gives the same outputs with the same values.
 */
import type { IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import type { Json } from "../stream/json.ts";

/** Hands a record on to a topic. */
export type Emit = (topic: string, record: OutgoingRecord) => void;

/** The state machine of one partition. No I/O, no clock, no chance. */
export interface Job {
  /** Takes the next records of the log. */
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
  /** The whole state; what {@linkcode JobMaker.make} goes on from. */
  snapshot(): Json;
}

/** Makes the job of a partition. */
export interface JobMaker {
  /** What the state depends on beside the records (windows, features …): another text cannot go on from it. */
  readonly signature: string;
  /** `state` is a snapshot of a job with the same signature; `null` = from nothing. */
  make(partition: TopicPartition, state: Json | null): Job;
}
