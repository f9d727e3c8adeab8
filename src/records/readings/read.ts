/**
 * A record's value → a reading, or why it is none. Pure, and without zod: this runs for every record.
 *
 * What is accepted here is what satisfies `readingSchema`; beyond it a reading must have the features that the model
 * needs.
 */
import type { DeadLetterReason, Rejection } from "../dead_letters/reason.ts";
import type { Reading } from "./schema.ts";
import { parseUtcTime } from "../formats/utc_time.ts";
import { READING_BYTES_MAX } from "../limits.ts";

/** A reading as it was found. */
export interface ParsedReading {
  readonly reason: null;
  readonly reading: Reading;
  /** The reading's own time, Unix ms. */
  readonly timestampMs: number;
}

/** Why a reading becomes a dead letter, as it is read or later. */
export type ReadingReason = Exclude<
  DeadLetterReason,
  "not-a-packet" | "future" | "full" | "not-an-event" | "not-a-row" | "bad-row"
>;

/** Why a record is no reading. */
export type ReadingRejection = Rejection<ReadingReason>;

// The strict decoder takes four times as long: it is asked only where the other one had to replace something.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** @throws {TypeError} where the bytes are not UTF-8. */
function decode(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  return text.includes("\uFFFD") ? strictDecoder.decode(bytes) : text;
}

/**
 * Reads a record's value as `readingSchema` has it.
 *
 * @param value UTF-8 JSON; `null` for a tombstone
 */
export function parseJsonReading(value: Uint8Array | null): ParsedReading | ReadingRejection {
  if (value === null) return { reason: "tombstone", detail: "the record has no value" };
  if (value.length > READING_BYTES_MAX) {
    const detail = `${value.length} bytes, and a reading has at most ${READING_BYTES_MAX} bytes`;
    return { reason: "too-large", detail };
  }
  let text = "";
  let json: unknown;
  try {
    text = decode(value);
    json = JSON.parse(text);
  } catch (error) {
    return rejectText(text, error);
  }
  return checkReading(json);
}

/**
 * Reads a record's value, and takes out the numbers that the model needs.
 *
 * @param value UTF-8 JSON; `null` for a tombstone
 * @param features names that the model needs
 * @param values (F) receives their values, in the order of `features`
 */
export function parseReading(
  value: Uint8Array | null,
  features: readonly string[],
  values: Float64Array,
): ParsedReading | ReadingRejection {
  const parsed = parseJsonReading(value);
  if (parsed.reason !== null) return parsed;
  const measured = parsed.reading.features;
  for (let index = 0; index < features.length; index++) {
    const name = features[index]!;
    if (!Object.hasOwn(measured, name)) return rejectMissing(name);
    const number = measured[name]!;
    if (typeof number !== "number") return rejectType(name, number, "not-a-number");
    values[index] = number;
  }
  return parsed;
}

/** A feature that the model needs is not there. */
export function rejectMissing(name: string): ReadingRejection {
  return { reason: "missing-feature", detail: `feature ${JSON.stringify(name)} is missing` };
}

/** A feature is a text where a number is wanted, or the other way round. */
export function rejectType(
  name: string,
  found: unknown,
  reason: "not-a-number" | "not-a-text",
): ReadingRejection {
  const shown = typeof found === "number" ? String(found) : JSON.stringify(found).slice(0, 40);
  return { reason, detail: `feature ${JSON.stringify(name)} is ${shown}` };
}

/** Distinguishes JSON with the word `NaN` or `Infinity` in it, as Python writes it, from text that is no JSON. */
function rejectText(text: string, error: unknown): ReadingRejection {
  const tamed = text.replace(/:\s*[+-]?(?:NaN|nan|Infinity|inf)\b/g, ":null");
  if (tamed !== text) {
    try {
      const found = checkReading(JSON.parse(tamed));
      if (found.reason === "not-a-number") {
        return {
          reason: "not-a-number",
          detail: "a feature is NaN or infinite, which JSON has no number for",
        };
      }
    } catch {
      // Not JSON in any reading of it: said below.
    }
  }
  const detail = text === "" ? "the value is empty or not UTF-8" : (error as Error).message;
  return { reason: "not-json", detail };
}

function checkReading(json: unknown): ParsedReading | ReadingRejection {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return { reason: "not-a-reading", detail: "the value is no JSON object" };
  }
  const { id, timestamp, source, features: measured, label } = json as Record<string, unknown>;
  if (typeof id !== "string" || id === "") return rejectField(json, "id", "a text that is not empty");
  if (typeof source !== "string" || source === "") {
    return rejectField(json, "source", "a text that is not empty");
  }
  if (typeof timestamp !== "string") return rejectField(json, "timestamp", "a text");
  if (typeof measured !== "object" || measured === null || Array.isArray(measured)) {
    return rejectField(json, "features", "an object of numbers and texts");
  }
  if (label !== undefined && (typeof label !== "string" || label === "")) {
    return rejectField(json, "label", "a text that is not empty");
  }
  const timestampMs = parseUtcTime(timestamp);
  if (Number.isNaN(timestampMs)) {
    const found = JSON.stringify(timestamp.slice(0, 40));
    return { reason: "bad-timestamp", detail: `${found} is no time like 2026-01-31T23:59:59.999Z` };
  }
  for (const name in measured) {
    const found = (measured as Record<string, unknown>)[name];
    if (typeof found !== "string" && !Number.isFinite(found)) return rejectType(name, found, "not-a-number");
  }
  return { reason: null, reading: json as Reading, timestampMs };
}

function rejectField(json: object, name: string, wanted: string): ReadingRejection {
  const found = Object.hasOwn(json, name) ? `is not ${wanted}` : "is missing";
  return { reason: "not-a-reading", detail: `field "${name}" ${found}` };
}
