/** The context of a trace in a record's headers, as W3C's Trace Context names and writes them. */
import { type Context, type Link, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { SPAN_LINKS_MAX, TRACE_HEADER_BYTES_MAX } from "../limits.ts";
import type { Header, IncomingRecord, OutgoingRecord } from "../port.ts";

const TRACE_PARENT = "traceparent";
const TRACE_STATE = "tracestate";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The record with the context of what sends it: behind its other headers, since the last one of a name counts. */
export function withContext(records: readonly OutgoingRecord[], context: Context): readonly OutgoingRecord[] {
  const carrier: Record<string, string> = {};
  propagation.inject(context, carrier);
  const own: readonly Header[] = Object.entries(carrier)
    .map(([key, text]) => ({ key, value: encoder.encode(text) }));
  if (own.length === 0) return records;
  return records.map((record) => ({ ...record, headers: [...record.headers ?? [], ...own] }));
}

/** Links to where the records come from, each once; a header that is malformed or too long is as good as none. */
export function linksOf(records: readonly IncomingRecord[]): Link[] {
  const links = new Map<string, Link>();
  for (const { headers } of records) {
    const traceparent = textOf(headers, TRACE_PARENT);
    if (traceparent === null || links.has(traceparent)) continue;
    const tracestate = textOf(headers, TRACE_STATE);
    const carrier = tracestate === null ? { traceparent } : { traceparent, tracestate };
    const context = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
    if (context === undefined) continue;
    links.set(traceparent, { context });
    if (links.size === SPAN_LINKS_MAX) break;
  }
  return [...links.values()];
}

function textOf(headers: readonly Header[], name: string): string | null {
  // Most records have no headers at all.
  if (headers.length === 0) return null;
  const value = headers.findLast(({ key }) => key === name)?.value;
  return value === undefined || value.length > TRACE_HEADER_BYTES_MAX ? null : decoder.decode(value);
}
