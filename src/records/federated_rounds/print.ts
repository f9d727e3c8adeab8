/** Values → records of `federated-rounds`. */
import type { OutgoingRecord } from "../../kafka/port.ts";
import { jsonRecord } from "../formats/json.ts";
import { printRoundsKey, type RoundsKey } from "./keys.ts";
import type { DeviceRecord, RefusalRecord, RoundRecord, ServerRecord } from "./schema.ts";

const encoder = new TextEncoder();

/** A round, a device, a refusal or a server, under its key. */
export function printRoundsJson(
  value: RoundRecord | DeviceRecord | RefusalRecord | ServerRecord,
): OutgoingRecord {
  switch (value.type) {
    case "round":
      return jsonRecord(printRoundsKey({ kind: "round", round: value.round }), value);
    case "server":
      return jsonRecord(printRoundsKey({ kind: "server", run: value.run }), value);
    default:
      return jsonRecord(printRoundsKey({ kind: value.type, device: value.device }), value);
  }
}

/** A model file, a strategy's state or an update, under its key. @param headers by name */
export function printRoundsBytes(
  key: Extract<RoundsKey, { round: number }>,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): OutgoingRecord {
  return withHeaders({ key: printRoundsKey(key), value: bytes }, { type: key.kind, ...headers });
}

/** Deletes what the key is of, at the next compaction. */
export function printRoundsTombstone(key: RoundsKey): OutgoingRecord {
  return { key: printRoundsKey(key), value: null };
}

/** The record with these headers beside its own. */
export function withHeaders(
  record: OutgoingRecord,
  headers: Readonly<Record<string, string>>,
): OutgoingRecord {
  const more = Object.entries(headers).map(([key, text]) => ({ key, value: encoder.encode(text) }));
  return { ...record, headers: [...record.headers ?? [], ...more] };
}
