/** Records of `federated-rounds` → values. What is none of them is `null`, whoever wrote it. */
import type { Header, IncomingRecord } from "../../kafka/port.ts";
import { readAs } from "../formats/json.ts";
import { FEDERATED_JSON_BYTES_MAX, FEDERATED_RECORD_BYTES_MAX } from "../limits.ts";
import { readRoundsKey, type RoundsKey } from "./keys.ts";
import {
  type DeviceRecord,
  deviceSchema,
  type RefusalRecord,
  refusalSchema,
  type RoundRecord,
  roundSchema,
  type ServerRecord,
  serverSchema,
} from "./schema.ts";

/** A record as it was read. */
export type ReadRounds =
  | { readonly kind: "round"; readonly value: RoundRecord }
  | { readonly kind: "device"; readonly value: DeviceRecord }
  | { readonly kind: "refusal"; readonly value: RefusalRecord }
  | { readonly kind: "server"; readonly value: ServerRecord }
  /** `bytes`: a model file. */
  | { readonly kind: "global"; readonly round: number; readonly bytes: Uint8Array }
  /** `bytes`: safetensors, of the strategy of that name. */
  | {
    readonly kind: "strategy";
    readonly round: number;
    readonly strategy: string;
    readonly bytes: Uint8Array;
  }
  /** `round`: that it learned from; `countedIn`: that averages it; `bytes`: safetensors with the weights. */
  | {
    readonly kind: "update";
    readonly round: number;
    readonly device: string;
    readonly countedIn: number;
    readonly digest: string;
    readonly bytes: Uint8Array;
  }
  | { readonly kind: "tombstone"; readonly of: RoundsKey };

const decoder = new TextDecoder();
const keyDecoder = new TextDecoder("utf-8", { fatal: true });

/** The text of a header; `null` where there is none of that name. */
export function headerOf(headers: readonly Header[], name: string): string | null {
  const found = headers.find(({ key }) => key === name);
  return found === undefined ? null : decoder.decode(found.value);
}

/** Reads one; `null` where it is none. Bytes are not copied. */
export function readRounds(
  { key, value, headers }: Pick<IncomingRecord, "key" | "value" | "headers">,
): ReadRounds | null {
  const of = key === null ? null : readKey(key);
  if (of === null) return null;
  if (value === null) return { kind: "tombstone", of };
  switch (of.kind) {
    case "round":
      return namedAs("round", readJson(roundSchema, value), ({ round }) => round === of.round);
    case "device":
      return namedAs("device", readJson(deviceSchema, value), ({ device }) => device === of.device);
    case "refusal":
      return namedAs("refusal", readJson(refusalSchema, value), ({ device }) => device === of.device);
    case "server":
      return namedAs("server", readJson(serverSchema, value), ({ run }) => run === of.run);
    default:
      return value.length > FEDERATED_RECORD_BYTES_MAX ? null : readBytes(of, value, headers);
  }
}

type BytesKey = Extract<RoundsKey, { kind: "update" } | { round: number }>;

function readBytes(of: BytesKey, bytes: Uint8Array, headers: readonly Header[]): ReadRounds | null {
  if (of.kind === "update") {
    const countedIn = Number(headerOf(headers, "counted-in") ?? of.round);
    const digest = headerOf(headers, "digest") ?? "";
    return Number.isSafeInteger(countedIn) && countedIn >= of.round
      ? { ...of, kind: "update", countedIn, digest, bytes }
      : null;
  }
  if (of.kind === "strategy") {
    return { kind: "strategy", round: of.round, strategy: headerOf(headers, "strategy") ?? "", bytes };
  }
  return of.kind === "global" ? { kind: "global", round: of.round, bytes } : null;
}

function readJson<T>(schema: Parameters<typeof readAs<T>>[0], value: Uint8Array): T | null {
  return readAs(schema, value, FEDERATED_JSON_BYTES_MAX);
}

function namedAs<K extends string, T>(
  kind: K,
  value: T | null,
  fits: (value: T) => boolean,
): { readonly kind: K; readonly value: T } | null {
  return value !== null && fits(value) ? { kind, value } : null;
}

function readKey(key: Uint8Array): RoundsKey | null {
  try {
    return readRoundsKey(keyDecoder.decode(key));
  } catch {
    return null; // no UTF-8
  }
}
