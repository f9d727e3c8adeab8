/** A record as it is shown: bytes as text where they are text, cut where they are long. */
import type { IncomingRecord } from "../../../kafka/port.ts";
import { HEADERS_MAX, HEX_BYTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../limits.ts";

/** How bytes are shown: `json` is text that holds an object or a list; `none` stands for no bytes at all (null). */
export type ShownKind = "none" | "json" | "text" | "hex" | "base64";

/** Bytes as text. */
export interface ShownBytes {
  readonly kind: ShownKind;
  readonly text: string | null;
  /** More bytes follow that are not shown. */
  readonly cut: boolean;
}

/** A record. */
export interface ShownRecord {
  readonly partition: number;
  readonly offset: number;
  /** Unix ms; `null`: it has none. */
  readonly timeMs: number | null;
  readonly key: ShownBytes;
  readonly value: ShownBytes;
  readonly headers: readonly ({ readonly key: string } & ShownBytes)[];
  /** Bytes as they are on the topic. */
  readonly sizes: { readonly key: number; readonly value: number; readonly headers: number };
  /** Something of it is not shown. */
  readonly cut: boolean;
  /** Why the log's bytes could not be read; `value` has them then. `null`: they could. */
  readonly undecodable: string | null;
}

/** Shows a record of a partition. */
export function shownRecord(record: IncomingRecord, partition: number): ShownRecord {
  const { offset, timestampMs, undecodable } = record;
  const key = shownBytes(record.key, KEY_BYTES_MAX);
  const value = undecodable
    ? binary(undecodable.bytes, VALUE_BYTES_MAX)
    : shownBytes(record.value, VALUE_BYTES_MAX);
  const headers = record.headers.slice(0, HEADERS_MAX).map((header) => ({
    key: header.key.slice(0, KEY_BYTES_MAX),
    ...shownBytes(header.value, KEY_BYTES_MAX),
  }));
  const shown = [key, value, ...headers];
  return {
    ...{ partition, offset, timeMs: timestampMs < 0 ? null : timestampMs, key, value, headers },
    sizes: {
      key: record.key?.length ?? 0,
      value: (undecodable?.bytes ?? record.value)?.length ?? 0,
      headers: record.headers.reduce((sum, one) => sum + one.key.length + one.value.length, 0),
    },
    cut: shown.some(({ cut }) => cut) || record.headers.length > HEADERS_MAX,
    undecodable: undecodable?.reason ?? null,
  };
}

/** Bytes, the first `bytesMax` of them. */
export function shownBytes(bytes: Uint8Array | null, bytesMax: number): ShownBytes {
  if (bytes === null) return { kind: "none", text: null, cut: false };
  const cut = bytes.length > bytesMax;
  const text = decoded(bytes.subarray(0, bytesMax), cut);
  if (text === null) return binary(bytes, bytesMax);
  return { kind: !cut && isJson(text) ? "json" : "text", text, cut };
}

function binary(bytes: Uint8Array, bytesMax: number): ShownBytes {
  const shown = bytes.subarray(0, bytesMax);
  const isShort = bytes.length <= HEX_BYTES_MAX;
  return {
    kind: isShort ? "hex" : "base64",
    text: isShort ? shown.toHex() : shown.toBase64(),
    cut: bytes.length > bytesMax,
  };
}

/** `null` where the bytes are no text. Where they were cut the last character may be. */
function decoded(bytes: Uint8Array, stream: boolean): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream });
    // deno-lint-ignore no-control-regex
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
