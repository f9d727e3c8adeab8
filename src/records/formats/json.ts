/** JSON of records that are few enough for `JSON.parse()`: bytes → values and values → bytes. */
import type { z } from "zod";
import type { OutgoingRecord } from "../../kafka/port.ts";
import type { Rejection } from "../dead_letters/reason.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads a record's value as JSON. @param bytesMax larger ones are refused */
export function readJson(
  value: Uint8Array | null,
  bytesMax = Infinity,
): { readonly json: unknown } | Rejection {
  if (value === null) return { reason: "tombstone", detail: "the record has no value" };
  if (value.length > bytesMax) {
    return { reason: "too-large", detail: `${value.length} bytes, ${bytesMax} are allowed` };
  }
  try {
    return { json: JSON.parse(decoder.decode(value)) };
  } catch (error) {
    return { reason: "not-json", detail: (error as Error).message };
  }
}

/** Reads a record's value as its schema has it; `null` where it is not. @param bytesMax larger ones are not read */
export function readAs<T>(schema: z.ZodType<T>, value: Uint8Array | null, bytesMax = Infinity): T | null {
  const found = readJson(value, bytesMax);
  return "json" in found ? schema.safeParse(found.json).data ?? null : null;
}

/** A value as a record of its topic. */
export function jsonRecord(key: string, value: object): OutgoingRecord {
  return { key, value: encoder.encode(JSON.stringify(value)) };
}
