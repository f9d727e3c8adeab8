/** Server-sent events as they go over the wire: bytes, each made by whoever sends them. */
import { RETRY_MS } from "./limits.ts";

const encoder = new TextEncoder();

/** The beginning of a stream: when a client whose connection broke comes again. */
export const SSE_RETRY = encoder.encode(`retry: ${RETRY_MS}\n\n`);

/** One event; `data` is JSON, which has no line breaks of its own, and `id` is left out where it is `null`. */
export function sseEvent(
  event: string,
  { id, data }: { readonly id: string | null; readonly data: string },
): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${id === null ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
}

/** A line that keeps a connection alive and is no event. */
export function sseComment(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`: ${text}\n\n`);
}
