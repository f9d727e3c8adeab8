/** A record's bytes → its fields, by its template. */
import { type FlowRecord, NOT_READ } from "./flow.ts";
import { type Template, VARIABLE } from "./templates.ts";

/** From this first byte on, the length of a field is in the two bytes that follow. */
const LONG = 255;

/** @returns where the next record begins; −1 where a field does not end */
export function readRecordAt(
  start: number,
  { template: { fields }, bytes, record }: {
    readonly template: Template;
    /** The set's body. */
    readonly bytes: Uint8Array;
    /** Takes the fields. */
    readonly record: FlowRecord;
  },
): number {
  record.clear(bytes);
  let at = start;
  for (let field = 0; field < fields.length; field += 2) {
    let length = fields[field + 1]!;
    if (length === VARIABLE) {
      length = bytes[at++] ?? bytes.length;
      if (length === LONG) {
        length = bytes.length - at < 2 ? bytes.length : bytes[at]! << 8 | bytes[at + 1]!;
        at += 2;
      }
    }
    if (length > bytes.length - at) return -1;
    const element = fields[field]!;
    if (element !== NOT_READ) record.take(element, { at, length });
    at += length;
  }
  return at;
}
