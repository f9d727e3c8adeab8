/**
 * Records of `federated-rounds` → rows. What a server writes that has been superseded and does not know it yet is
 * passed over, as everybody does who reads the topic. Pure.
 */
import { createHash } from "node:crypto";
import { readUpdateFile } from "../../federated/update_file.ts";
import type { IncomingRecord } from "../../kafka/port.ts";
import { headerOf, type ReadRounds, readRounds } from "../../records/federated_rounds/read.ts";
import type { DeviceRecord, RefusalRecord, RoundRecord } from "../../records/federated_rounds/schema.ts";
import { MODEL_BYTES_MAX } from "../limits.ts";
import { notARow, type Origin, type TableRow, type ToRow } from "./rows.ts";

/** Digits of a model's version. */
const VERSION_DIGITS = 12;

/** Makes rows of the records that count. */
export class RoundsRows {
  /** The run whose records count; `null`: any. */
  #owner: string | null;

  constructor(owner: string | null) {
    this.#owner = owner;
  }

  /** The topic is another one by now. */
  begin(): void {
    this.#owner = null;
  }

  readonly rowOf: ToRow = (record, origin) => {
    const found = readRounds(record);
    if (found === null) return notARow("its key or its value is none of this topic's");
    const run = headerOf(record.headers, "run");
    if (found.kind === "server") {
      this.#owner = found.value.run;
      return { table: "servers", row: { ...origin, run: this.#owner, started_ms: found.value.startedMs } };
    }
    if (this.#owner !== null && run !== this.#owner) return null;
    return rowOfRead(found, record, origin);
  };
}

function rowOfRead(
  found: Exclude<ReadRounds, { readonly kind: "server" }>,
  { timestampMs }: IncomingRecord,
  origin: Origin,
): ReturnType<ToRow> {
  const storedMs = timestampMs >= 0 ? timestampMs : null;
  switch (found.kind) {
    case "round":
      return roundRow(found.value, origin);
    case "device":
      return deviceRow(found.value, origin);
    case "refusal":
      return refusalRow(found.value, origin);
    case "update":
      return updateRow(found, origin, storedMs);
    case "global": {
      const { round, bytes } = found;
      const version = createHash("sha256").update(bytes).digest("hex").slice(0, VERSION_DIGITS);
      const kept = bytes.length > MODEL_BYTES_MAX ? null : bytes;
      const row = {
        ...origin,
        round,
        version,
        size_bytes: bytes.length,
        bytes: kept,
        published_ms: storedMs,
      };
      return { table: "global_models", row };
    }
    default:
      return null; // what the strategy needs, and what was deleted
  }
}

function roundRow(round: RoundRecord, origin: Origin): TableRow {
  const { state, strategy, devices, participants, updates, refused, late, dropped, metrics } = round;
  const row = {
    ...origin,
    round: round.round,
    ...{ state, strategy },
    opened_ms: round.openedMs,
    deadline_ms: round.deadlineMs,
    closed_ms: round.closedMs,
    closed_by: round.closedBy,
    ...{ devices, participants, updates, refused, late, dropped },
    num_examples: round.numExamples,
    version: round.version,
    loss: round.loss,
    ...{ metrics, doubt: round.doubt, epsilon: round.epsilon },
  };
  return { table: "rounds", row };
}

function deviceRow(found: DeviceRecord, origin: Origin): TableRow {
  const { device, participant, updates, refused, metrics, anomalies } = found;
  const row = {
    ...origin,
    ...{ device, participant },
    first_seen_ms: found.firstSeenMs,
    last_seen_ms: found.lastSeenMs,
    last_round: found.lastRound,
    ...{ updates, refused },
    num_examples: found.numExamples,
    ...{ metrics, anomalies },
  };
  return { table: "devices", row };
}

function refusalRow(found: RefusalRecord, origin: Origin): TableRow {
  const { device, participant, round, timeMs, reason, detail } = found;
  return {
    table: "refusals",
    row: { ...origin, device, participant, round, time_ms: timeMs, reason, detail },
  };
}

function updateRow(
  { bytes, round, countedIn, device }: Extract<ReadRounds, { readonly kind: "update" }>,
  origin: Origin,
  storedMs: number | null,
): ReturnType<ToRow> {
  try {
    const { participant, numExamples, metrics = {} } = readUpdateFile(bytes);
    const row = {
      ...{ ...origin, device, participant, round },
      counted_in: countedIn,
      num_examples: numExamples,
      ...{ metrics, size_bytes: bytes.length, received_ms: storedMs },
    };
    return { table: "local_models", row };
  } catch (error) {
    return notARow(error instanceof Error ? error.message : String(error));
  }
}
