/** A record that cannot be used, with the reason: what `dead-letters` carries. */
import type { Header, IncomingRecord, OutgoingRecord, TopicPartition } from "../../kafka/port.ts";
import type { Rejection } from "./reason.ts";
import { DEAD_LETTER_BYTES_MAX, DEAD_LETTER_HEADERS_MAX, DETAIL_CHARS_MAX } from "../limits.ts";

/** Why a record is here, and whence. */
export interface Burial extends Rejection {
  readonly from: TopicPartition;
  /** Left out where no clock may be asked: Kafka's own timestamp says when then. */
  readonly nowMs?: number;
}

const encoder = new TextEncoder();

function ownHeader(name: string, text: string): Header {
  return { key: `streamflow.${name}`, value: encoder.encode(text) };
}

/**
 * The record as it came, with its own headers and those that say why it is here. Where that would be larger than
 * {@linkcode DEAD_LETTER_BYTES_MAX}, the longest of key, value and headers are cut, see {@linkcode cutToFit}.
 */
export function deadLetter(
  record: IncomingRecord,
  { reason, detail, from: { topic, partition }, nowMs, more = {} }: Burial,
): OutgoingRecord {
  const own = [
    ownHeader("reason", reason),
    ownHeader("detail", detail.slice(0, DETAIL_CHARS_MAX)),
    ownHeader("topic", topic),
    ownHeader("partition", String(partition)),
    ownHeader("offset", String(record.offset)),
    ...(nowMs === undefined ? [] : [ownHeader("time", new Date(nowMs).toISOString())]),
    ...Object.entries(more).map(([name, text]) => ownHeader(name, text)),
  ];
  const { key, value, headers, undecodable } = record;
  const letter = { key, value: undecodable?.bytes ?? value, headers: [...headers, ...own] };
  return cutToFit(letter, DEAD_LETTER_BYTES_MAX);
}

/** Why something that the log holds and no record could be made of is a dead letter; `null` for a record. */
export function undecodableBurial({ undecodable }: IncomingRecord): Rejection<"undecodable"> | null {
  if (undecodable === undefined) return null;
  const { lastOffset, reason: detail } = undecodable;
  return { reason: "undecodable", detail, more: { "last-offset": String(lastOffset) } };
}

/** Where the log goes on behind a record, or behind what stands in its place. */
export function offsetBehind({ offset, undecodable }: IncomingRecord): number {
  return (undecodable?.lastOffset ?? offset) + 1;
}

/** Where a record's own headers end and those of its last burial begin. */
export function burialOf(headers: readonly Header[]): number {
  const found = headers.findLastIndex(({ key }) => key === "streamflow.reason");
  return found < 0 ? headers.length : found;
}

/**
 * A dead letter of at most `maxBytes`: of what the record brought, the longest parts are cut to one length, and of very
 * many headers the last ones are left out. Headers of ours say the sizes in bytes that there were: `truncated` of the
 * value, `truncated-key`, and `truncated-headers` as number and size of all.
 */
export function cutToFit(letter: OutgoingRecord, maxBytes: number): OutgoingRecord {
  if (sizeOf(letter) <= maxBytes) return letter;
  const { value, headers: all = [] } = letter;
  const key = typeof letter.key === "string" ? encoder.encode(letter.key) : letter.key;
  const burial = burialOf(all);
  const before = all.slice(0, burial);
  const own = all.slice(burial);
  const said = new Set(own.map((header) => header.key));
  // What was cut before was said then.
  const say = (name: string, text: string) => {
    if (!said.has(`streamflow.${name}`)) own.push(ownHeader(name, text));
  };
  const kept = before.slice(0, DEAD_LETTER_HEADERS_MAX)
    .map((header) => ({ key: encoder.encode(header.key), value: header.value }));
  const headersSize = `${before.length} headers of ${sizeOfHeaders(before)} bytes`;
  const sure = sizeOfHeaders([...own, ...SIZE_HEADERS, ownHeader("truncated-headers", headersSize)]);
  const parts = [key, value, ...kept.flatMap((header) => [header.key, header.value])];
  const room = Math.max(0, maxBytes - RECORD_OVERHEAD_BYTES - sure - HEADER_OVERHEAD_BYTES * kept.length);
  const length = commonLength(parts.map((part) => part?.length ?? 0), room);
  const cut = <T extends Uint8Array | null>(part: T) => part === null ? part : part.subarray(0, length);
  if (value !== null && value.length > length) say("truncated", String(value.length));
  if (key !== null && key.length > length) say("truncated-key", String(key.length));
  const isCut = kept.length < before.length ||
    kept.some((header) => header.key.length > length || header.value.length > length);
  if (isCut) say("truncated-headers", headersSize);
  const headers = kept.map((header) => ({
    key: decoder.decode(cut(header.key)),
    value: cut(header.value),
  }));
  return { ...letter, key: cut(key), value: cut(value), headers: [...headers, ...own] };
}

/** Drops a character that was cut in two, rather than put a longer sign in its place. */
const decoder = { decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes, { stream: true }) };
/** The headers that name sizes, at their longest. */
const SIZE_HEADERS = ["truncated", "truncated-key"].map((name) => ownHeader(name, "9".repeat(16)));

/** The length to which parts are cut so that they have `room` bytes together; the shorter ones stay whole. */
function commonLength(lengths: readonly number[], room: number): number {
  const sorted = lengths.toSorted((a, b) => a - b);
  let left = room;
  for (let i = 0; i < sorted.length; i++) {
    const share = Math.floor(left / (sorted.length - i));
    if (sorted[i]! > share) return share;
    left -= sorted[i]!;
  }
  return Infinity;
}

/** Of a record in a request: lengths, offset, time. */
const RECORD_OVERHEAD_BYTES = 32;
/** Lengths of a header's key and value. */
const HEADER_OVERHEAD_BYTES = 10;

/** Bytes of a record's key, value and headers; never less than it has in a request. */
export function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  const keyBytes = typeof key === "string" ? sizeOfText(key) : key?.length ?? 0;
  return RECORD_OVERHEAD_BYTES + keyBytes + (value?.length ?? 0) + sizeOfHeaders(headers);
}

function sizeOfHeaders(headers: readonly Header[]): number {
  let bytes = 0;
  for (const { key, value } of headers) bytes += HEADER_OVERHEAD_BYTES + sizeOfText(key) + value.length;
  return bytes;
}

/** Bytes of a text in UTF-8; of a short one at most: three for each of its units. */
function sizeOfText(text: string): number {
  return text.length < 100 ? 3 * text.length : encoder.encode(text).length;
}
