/** What comes out of a partition's records, and the dead letter of one that has no answer. */
import type { IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import { deadLetter } from "../records/dead_letters/print.ts";
import type { ReadingRejection } from "../records/readings/read.ts";
import type { Tally } from "./tally.ts";

/** What comes out of a piece of a partition. */
export interface Outputs {
  readonly predictions: OutgoingRecord[];
  readonly deadLetters: OutgoingRecord[];
}

/** Where and when a piece is taken, and what it adds to. */
export interface Taking {
  readonly nowMs: number;
  /** Receives the counts. */
  readonly tally: Tally;
  readonly outputs: Outputs;
}

/** Nothing yet. */
export function noOutputs(): Outputs {
  return { predictions: [], deadLetters: [] };
}

/** Adds a record to the dead letters, with the reason. */
export function bury(
  record: IncomingRecord,
  { from, taking: { nowMs, tally, outputs }, ...rejection }: ReadingRejection & {
    readonly from: TopicPartition;
    readonly taking: Taking;
  },
): void {
  tally.deadLetters[rejection.reason]++;
  outputs.deadLetters.push(deadLetter(record, { ...rejection, from, nowMs }));
}

/** When a reading was sent until now, ms; `null` where its record does not say when that was. */
export function latencyOf({ timestampMs }: IncomingRecord, nowMs: number): number | null {
  return timestampMs < 0 ? null : Math.max(0, nowMs - timestampMs);
}
