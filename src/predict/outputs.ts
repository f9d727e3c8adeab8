/** What comes out of a partition's records, and the dead letter of one that has no answer. */
import type { Header, IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import type { DeadLetterReason } from "../stream/records.ts";
import { DEAD_LETTER_BYTES_MAX, DETAIL_CHARS_MAX } from "./limits.ts";
import type { Tally } from "./tally.ts";

/** What comes out of a piece of a partition. */
export interface Outputs {
  readonly predictions: OutgoingRecord[];
  readonly deadLetters: OutgoingRecord[];
  /** Size of all keys, values and headers. */
  bytes: number;
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
  return { predictions: [], deadLetters: [], bytes: 0 };
}

const encoder = new TextEncoder();

/** Adds a record to the dead letters, with the reason. */
export function bury(
  record: IncomingRecord,
  { reason, detail, from, taking: { nowMs, tally, outputs } }: {
    readonly reason: DeadLetterReason;
    readonly detail: string;
    readonly from: TopicPartition;
    readonly taking: Taking;
  },
): void {
  const letter = deadLetter(record, { reason, detail, from, nowMs });
  tally.deadLetters[reason]++;
  outputs.deadLetters.push(letter);
  outputs.bytes += sizeOf(letter);
}

function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + sizeOfHeaders(headers);
}

function sizeOfHeaders(headers: readonly Header[]): number {
  return headers.reduce((sum, { key, value }) => sum + key.length + value.length + 4, 0);
}

/**
 * The record as it came, with its own headers and those that say why it is here. Where that would be larger than
 * {@linkcode DEAD_LETTER_BYTES_MAX}, its value is cut and `streamflow.truncated` names the size that it had.
 */
function deadLetter(
  record: IncomingRecord,
  { reason, detail, from: { topic, partition }, nowMs }: {
    reason: DeadLetterReason;
    detail: string;
    from: TopicPartition;
    nowMs: number;
  },
): OutgoingRecord {
  const header = (key: string, text: string): Header => ({ key, value: encoder.encode(text) });
  const headers = [
    ...record.headers,
    header("streamflow.reason", reason),
    header("streamflow.detail", detail.slice(0, DETAIL_CHARS_MAX)),
    header("streamflow.topic", topic),
    header("streamflow.partition", String(partition)),
    header("streamflow.offset", String(record.offset)),
    header("streamflow.time", new Date(nowMs).toISOString()),
  ];
  const { key, value } = record;
  const room = Math.max(0, DEAD_LETTER_BYTES_MAX - (key?.length ?? 0) - sizeOfHeaders(headers));
  if (value === null || value.length <= room) return { key, value, headers };
  headers.push(header("streamflow.truncated", String(value.length)));
  return { key, value: value.subarray(0, room), headers };
}
