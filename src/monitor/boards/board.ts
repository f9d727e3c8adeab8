/** What every board is: records of topics in, plain numbers out. It knows no terminal, no page and no clock. Pure. */
import type { IncomingRecord, RecordChunk, TopicPartition } from "../../kafka/port.ts";
import type { PartitionLag } from "./snapshot.ts";

/** Records of one partition, as they were read. */
export type TopicRecords = Pick<RecordChunk, "topic" | "partition" | "records">;

/**
 * Counts what goes by about one subject, in bounded memory. A snapshot is plain values that JSON holds (`NaN` in curves
 * becomes `null`); a choice says what of the subject is asked for: a model, a link, points of a curve.
 */
export interface Board<Snapshot, Choice = undefined> {
  /** The topics whose records it counts, each once. */
  readonly topics: readonly string[];
  /** Counts records of one of its topics; `nowMs` is Unix time, as everywhere here. */
  take(records: TopicRecords, nowMs: number): void;
  /** Takes the lags of all partitions of a job's input at one moment. */
  takeLag?(lags: readonly PartitionLag[], at: { readonly nowMs: number; readonly job: string }): void;
  /** Counts from nothing; ids that were seen stay known. */
  reset?(nowMs: number): void;
  /** Everything as it is now. */
  snapshot(nowMs: number, choice?: Choice): Snapshot;
}

/** What counts the records of each topic; a topic may be there twice. */
export type Counters = readonly (readonly [
  topic: string,
  count: (record: IncomingRecord, at: TopicPartition & { readonly nowMs: number }) => void,
])[];

/** The topics of the counters, each once. */
export function topicsOf(counters: Counters): string[] {
  return [...new Set(counters.map(([topic]) => topic))];
}

/** Gives the records to the counters of their topic. */
export function countRecords(counters: Counters, { topic, partition, records }: TopicRecords, nowMs: number) {
  for (const [counted, count] of counters) {
    if (counted !== topic) continue;
    for (const record of records) count(record, { topic, partition, nowMs });
  }
}
