/** Which records are shown: by their key, by a text in them, by what stands at a path of a JSON value. */
import type { IncomingRecord } from "../../../kafka/port.ts";
import { parseJsonPath, valueAt } from "./json_path.ts";

/** What is asked for; what is not given lets everything through. */
export interface WantedRecords {
  /** The key; one that ends with `*` stands for all that begin so. */
  readonly key?: string | undefined;
  /** Stands somewhere in the key or the value, in capitals or not. */
  readonly text?: string | undefined;
  /** A path into the value ({@linkcode parseJsonPath}): by itself, something stands there. @default $, all of it */
  readonly path?: string | undefined;
  /** What stands at the path, as text. */
  readonly equals?: string | undefined;
  /** Stands in the text at the path, or is an element of the list there. */
  readonly contains?: string | undefined;
}

/** Whether a record is shown. */
export type RecordFilter = (record: IncomingRecord) => boolean;

/**
 * The filter.
 * @returns `null` where all records are wanted, a sentence where what is asked for cannot be.
 */
export function recordFilter(wanted: WantedRecords): RecordFilter | null | string {
  const { key, text, path, equals, contains } = wanted;
  const filters: RecordFilter[] = [];
  if (key !== undefined) filters.push(keyFilter(key));
  if (text !== undefined) filters.push(textFilter(text));
  if (path !== undefined || equals !== undefined || contains !== undefined) {
    const steps = parseJsonPath(path ?? "$");
    if (typeof steps === "string") return steps;
    filters.push((record) => {
      const found = valueAt(jsonOf(record.value), steps);
      if (found === undefined) return false;
      return (equals === undefined || isEqual(found, equals)) &&
        (contains === undefined || hasInside(found, contains));
    });
  }
  return filters.length === 0 ? null : (record) => filters.every((one) => one(record));
}

function keyFilter(key: string): RecordFilter {
  const prefix = key.endsWith("*") ? key.slice(0, -1) : null;
  return (record) => {
    const found = textOf(record.key);
    return found !== null && (prefix === null ? found === key : found.startsWith(prefix));
  };
}

function textFilter(text: string): RecordFilter {
  const wanted = text.toLowerCase();
  const hasText = (bytes: Uint8Array | null) => textOf(bytes)?.toLowerCase().includes(wanted) ?? false;
  return (record) => hasText(record.key) || hasText(record.value);
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : decoder.decode(bytes);
}

function jsonOf(value: Uint8Array | null): unknown {
  if (value === null) return undefined;
  try {
    return JSON.parse(decoder.decode(value));
  } catch {
    return undefined;
  }
}

/** Numbers are compared as numbers: `20` equals 20.0. */
function isEqual(found: unknown, wanted: string): boolean {
  if (typeof found === "number") return wanted.trim() !== "" && found === Number(wanted);
  return typeof found === "object" && found !== null
    ? JSON.stringify(found) === wanted
    : String(found) === wanted;
}

function hasInside(found: unknown, wanted: string): boolean {
  if (Array.isArray(found)) return found.some((one) => isEqual(one, wanted));
  return (typeof found === "object" ? JSON.stringify(found) : String(found)).includes(wanted);
}
