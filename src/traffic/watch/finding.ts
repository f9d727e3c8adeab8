/** What a detector has found, and the record that it becomes. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { TopicPartition } from "../../kafka/port.ts";
import type { Anomaly } from "../../records/anomalies.ts";
import { countState } from "../../stream/state.ts";
import { isoOf } from "../../records/formats/utc_time.ts";

/** Something unusual, with times in µs. */
export interface Finding {
  readonly kind: Anomaly["kind"];
  readonly subject: Anomaly["subject"];
  readonly link: string;
  readonly score: number;
  readonly detector: string;
  readonly evidence: string;
  readonly values: Readonly<Record<string, number>>;
  readonly start: number;
  readonly end: number;
  /** Offsets of the first and the last record that are part of it, and how many are. */
  readonly records: Span;
}

/** Records of one partition: offsets of the first and the last, and how many. */
export interface Span extends ShapeOf<typeof spanState> {}

/** A {@linkcode Span} in a snapshot. */
export const spanState = shape.object({ first: countState, last: countState, count: countState });

/** Takes findings as they come. */
export type Report = (finding: Finding) => void;

/** The record of a finding. The id is the same whenever the log is read again. */
export function anomalyOf(finding: Finding, { topic, partition }: TopicPartition): Anomaly {
  const { kind, subject, link, score, detector, evidence, values, start, end, records } = finding;
  return {
    id: `${link}/${kind}/${subject.name}/${Math.floor(start / 1_000)}`,
    kind,
    subject: { ...subject },
    link,
    score: rounded(Math.min(Math.max(score, 0), 1)),
    detector,
    evidence,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)])),
    // The end is not part of it: rounded up, so that the last record is.
    window: { start: isoOf(start), end: isoOf(Math.ceil(end / 1_000) * 1_000) },
    offsets: { topic, partition, ...records },
  };
}

/** To four places: what is read need not be longer. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** Widens a span by a record, or by several that another span holds. */
export function widen(span: Span, { first, last, count }: Span): void {
  span.first = span.count === 0 ? first : Math.min(span.first, first);
  span.last = span.count === 0 ? last : Math.max(span.last, last);
  span.count += count;
}
