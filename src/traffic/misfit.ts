/** Packets that cannot be counted in a window: why, as their dead letters say it. */
import type { IncomingRecord } from "../kafka/port.ts";
import type { Rejection } from "../records/dead_letters/reason.ts";
import { type ReadPacket, readPacket } from "../records/packets/read.ts";
import type { Packet } from "../records/packets/schema.ts";
import type { Missed } from "../stream/windows.ts";
import { isoOf } from "../records/formats/utc_time.ts";

/** Reads a record as a packet; one that is too far ahead of its record is refused, {@linkcode futureMisfit}. */
export function admitPacket(record: IncomingRecord, futureMaxUs: number): ReadPacket {
  const read = readPacket(record);
  if ("reason" in read) return read;
  return futureMisfit(read.packet, { record, futureMaxUs }) ?? read;
}

/**
 * Whether a packet's time is so far ahead of its record's that it would close windows of others for nothing; `null` =
 * it is not, or the record has no time.
 */
function futureMisfit(
  { timestamp }: Packet,
  { record: { timestampMs }, futureMaxUs }: { readonly record: IncomingRecord; readonly futureMaxUs: number },
): Rejection | null {
  const ahead = timestamp - timestampMs * 1_000;
  if (timestampMs < 0 || ahead <= futureMaxUs) return null;
  return {
    reason: "future",
    detail: `${isoOf(timestamp)} is ${ahead / 1e6} s after the record was sent, ${
      futureMaxUs / 1e6
    } s are allowed`,
    more: { ahead: String(ahead) },
  };
}

/** Why a packet is not in its window. */
export function missedMisfit({ timestamp }: Packet, missed: Missed): Rejection {
  const window = `${isoOf(missed.start)}/${isoOf(missed.end)}`;
  if (missed.reason === "full") {
    const detail = `there is no room for one more window: ${missed.bound}, ${missed.max} at most`;
    return { reason: "full", detail, more: { window } };
  }
  const { lateness } = missed;
  return {
    reason: "late",
    detail: `${isoOf(timestamp)} is ${lateness / 1e6} s behind the watermark, its window is closed`,
    more: { lateness: String(lateness), window },
  };
}
