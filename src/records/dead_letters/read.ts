/** A record of `dead-letters` read back: why it is there, and the record that it was. Pure. */
import type { Header, IncomingRecord, TopicPartitionOffset } from "../../kafka/port.ts";
import { burialOf } from "./print.ts";

/** Which dead letter a record was before it was replayed: `dead-letters/0/17`. Against loops. */
export const REPLAYED_HEADER = "streamflow.replayed";

const OWN_PREFIX = "streamflow.";

/** A record of a topic of dead letters. */
export interface DeadLetter {
  /** Where it is, on the topic of dead letters. */
  readonly place: TopicPartitionOffset;
  /** When it became a dead letter, Unix ms. */
  readonly timestampMs: number;
  /** `?` where the record names none. */
  readonly reason: string;
  readonly detail: string;
  /** Where the record was before; `null` where the letter does not say so. */
  readonly from: TopicPartitionOffset | null;
  /** More that is known of it by name: time, lateness … */
  readonly more: Readonly<Record<string, string>>;
  /** Size of the value before it was cut, in bytes; `null` where it is whole. */
  readonly truncatedBytes: number | null;
  /** Value, key or headers are not what the record had. */
  readonly isCut: boolean;
  /** The letter that the record had been replayed from before it died again; `null` where it had not. */
  readonly replayed: string | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The record's own headers. */
  readonly headers: readonly Header[];
}

const decoder = new TextDecoder();

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** What a record says of itself; any record is read, whoever wrote it. */
export function readDeadLetter(
  record: IncomingRecord,
  at: { readonly topic: string; readonly partition: number },
): DeadLetter {
  // A record that was dead before brings headers of that time with it: the last burial counts.
  const burial = burialOf(record.headers);
  const said = new Map(
    record.headers.slice(burial).filter(({ key }) => key.startsWith(OWN_PREFIX))
      .map(({ key, value }) => [key.slice(OWN_PREFIX.length), decoder.decode(value)]),
  );
  const { reason = "?", detail = "", topic, partition, offset, truncated, ...more } = Object.fromEntries(
    said,
  );
  const [fromPartition, fromOffset] = [wholeNumber(partition), wholeNumber(offset)];
  const marker = record.headers.findLast(({ key }) => key === REPLAYED_HEADER);
  return {
    place: { ...at, offset: record.offset },
    timestampMs: record.timestampMs,
    reason,
    detail,
    from: topic === undefined || topic === "" || fromPartition === null || fromOffset === null
      ? null
      : { topic, partition: fromPartition, offset: fromOffset },
    more,
    truncatedBytes: wholeNumber(truncated),
    isCut: truncated !== undefined || "truncated-key" in more || "truncated-headers" in more,
    replayed: marker === undefined ? null : decoder.decode(marker.value),
    key: record.key,
    value: record.value,
    headers: record.headers.slice(0, burial).filter(({ key }) => !key.startsWith(OWN_PREFIX)),
  };
}
