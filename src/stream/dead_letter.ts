/** A record that cannot be used, with the reason: what `dead-letters` carries. */
import type { Header, IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import { DEAD_LETTER_BYTES_MAX, DETAIL_CHARS_MAX } from "./limits.ts";

/** Why a record is here, and whence. */
export interface Burial {
  /** One word: the value of `streamflow.reason`. */
  readonly reason: string;
  /** What was found, in a few words. */
  readonly detail: string;
  readonly from: TopicPartition;
  /** Left out where no clock may be asked: Kafka's own timestamp tells then. */
  readonly nowMs?: number;
  /** More headers, each as `streamflow.<name>`. */
  readonly more?: Readonly<Record<string, string>>;
}

const encoder = new TextEncoder();

/**
 * The record as it came, with its own headers and those that say why it is here. Where that would be larger than
 * {@linkcode DEAD_LETTER_BYTES_MAX}, its value is cut and `streamflow.truncated` names the size that it had.
 */
export function deadLetter(
  record: IncomingRecord,
  { reason, detail, from: { topic, partition }, nowMs, more = {} }: Burial,
): OutgoingRecord {
  const header = (name: string, text: string): Header => ({
    key: `streamflow.${name}`,
    value: encoder.encode(text),
  });
  const headers = [
    ...record.headers,
    header("reason", reason),
    header("detail", detail.slice(0, DETAIL_CHARS_MAX)),
    header("topic", topic),
    header("partition", String(partition)),
    header("offset", String(record.offset)),
    ...(nowMs === undefined ? [] : [header("time", new Date(nowMs).toISOString())]),
    ...Object.entries(more).map(([name, text]) => header(name, text)),
  ];
  const { key, value } = record;
  const room = Math.max(0, DEAD_LETTER_BYTES_MAX - (key?.length ?? 0) - sizeOfHeaders(headers));
  if (value === null || value.length <= room) return { key, value, headers };
  headers.push(header("truncated", String(value.length)));
  return { key, value: value.subarray(0, room), headers };
}

/** Bytes of a record's key, value and headers. */
export function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + sizeOfHeaders(headers);
}

function sizeOfHeaders(headers: readonly Header[]): number {
  return headers.reduce((sum, { key, value }) => sum + key.length + value.length + 4, 0);
}
