/** A record of `topic_yt` → an event, or the reason why it is none. */
import { type YoutubeEvent, youtubeEventSchema } from "./records.ts";
import { EVENT_BYTES_MAX } from "./totals_limits.ts";

/** Why a record is no event: the value of the dead letter's `streamflow.reason` header. */
export type Unreadable = "not-json" | "tombstone" | "too-large" | "not-an-event" | "undecodable";

/** An event, or why there is none. */
export type ReadEvent =
  | { readonly event: YoutubeEvent }
  | { readonly reason: Unreadable; readonly detail: string };

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads the value of a record. */
export function readEvent(value: Uint8Array | null): ReadEvent {
  if (value === null) return { reason: "tombstone", detail: "the record has no value" };
  if (value.length > EVENT_BYTES_MAX) {
    return { reason: "too-large", detail: `${value.length} bytes, ${EVENT_BYTES_MAX} are allowed` };
  }
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(value));
  } catch (error) {
    return { reason: "not-json", detail: (error as Error).message };
  }
  if (typeof json === "number") {
    return { reason: "not-an-event", detail: "a bare number, as 'youtube produce --format text' writes it" };
  }
  const parsed = youtubeEventSchema.safeParse(json);
  if (parsed.success) return { event: parsed.data };
  const { path, message } = parsed.error.issues[0]!;
  return { reason: "not-an-event", detail: `${path.join(".") || "value"}: ${message}` };
}
