/** A record of a topic → the row that it becomes, or why it becomes none. Pure. */
import type { IncomingRecord } from "../../kafka/port.ts";
import { readAnomaly } from "../../records/anomalies.ts";
import type { Rejection } from "../../records/dead_letters/reason.ts";
import { parseUtcTime } from "../../records/formats/utc_time.ts";
import { readPrediction } from "../../records/predictions/read.ts";
import { parseJsonReading } from "../../records/readings/read.ts";
import { RECORD_BYTES_MAX } from "../limits.ts";
import type { ORIGIN, Row, TableName } from "../tables.ts";

/** What a topic holds. */
export type TopicKind = "readings" | "predictions" | "anomalies" | "rounds";

/** Where a record stands. */
export type Origin = Pick<Row<"device_data">, (typeof ORIGIN)[number]>;

/** A row and its table. */
export type TableRow = { readonly [T in TableName]: { readonly table: T; readonly row: Row<T> } }[TableName];

/** @returns `null` for a record that is no row and should be none */
export type ToRow = (record: IncomingRecord, origin: Origin) => TableRow | Rejection | null;

/** Why a record is none. */
export function notARow(detail: string): Rejection<"not-a-row"> {
  return { reason: "not-a-row", detail };
}

/** Unix ms, `null` where it is none. */
function msOrNull(ms: number): number | null {
  return Number.isInteger(ms) && ms >= 0 ? ms : null;
}

function readingRow({ value }: IncomingRecord, origin: Origin): TableRow | Rejection {
  const parsed = parseJsonReading(value);
  if (parsed.reason !== null) return parsed;
  const { reading: { id, source, features, label }, timestampMs } = parsed;
  const row = { ...origin, device: source, id, time_ms: timestampMs, features, label: label ?? null };
  return { table: "device_data", row };
}

function predictionRow({ value }: IncomingRecord, origin: Origin): TableRow | Rejection {
  const found = readPrediction(value);
  if (found === null) return notARow("it is no prediction");
  const { outcome, classification, model } = found;
  const place = classification?.classes.indexOf(classification.predicted) ?? -1;
  const probability = classification?.probabilities[place] ?? NaN;
  const row: Row<"predictions"> = {
    ...origin,
    device: found.source,
    id: found.id,
    time_ms: msOrNull(found.readingMs),
    predicted_at_ms: found.predictedAtMs,
    target: found.target,
    horizon: found.horizon,
    answered_by: found.by,
    value: found.value,
    class: classification?.predicted ?? null,
    probability: Number.isFinite(probability) ? probability : null,
    due_predicted: outcome?.predicted ?? null,
    due_baseline: outcome?.baseline ?? null,
    due_actual: outcome?.actual ?? null,
    actual_class: classification?.outcome?.actual ?? null,
    baseline_class: classification?.outcome?.baseline ?? null,
    model: model.name,
    model_version: model.version,
    latency_ms: found.latencyMs,
  };
  return { table: "predictions", row };
}

function anomalyRow({ value }: IncomingRecord, origin: Origin): TableRow | Rejection {
  const found = readAnomaly(value);
  if (found === null) return notARow("it is no anomaly");
  const { id, kind, subject: { dimension, name }, link, score, detector, evidence, values, window } = found;
  const row: Row<"anomalies"> = {
    ...origin,
    ...{ id, kind, dimension, name, link, score, detector, evidence, values },
    start_ms: parseUtcTime(window.start),
    end_ms: parseUtcTime(window.end),
  };
  return { table: "anomalies", row };
}

const MAKERS: Readonly<Record<Exclude<TopicKind, "rounds">, ToRow>> = {
  readings: readingRow,
  predictions: predictionRow,
  anomalies: anomalyRow,
};

/** What makes rows of the records on a topic of this kind. @param rounds makes those of rounds */
export function rowMaker(kind: TopicKind, rounds: ToRow): ToRow {
  return kind === "rounds" ? rounds : (record, origin) => smallRowOf(kind, record, origin);
}

function smallRowOf(
  kind: Exclude<TopicKind, "rounds">,
  record: IncomingRecord,
  origin: Origin,
): ReturnType<ToRow> {
  const bytes = record.value?.length ?? 0;
  if (bytes > RECORD_BYTES_MAX) {
    return {
      reason: "too-large",
      detail: `${bytes} bytes, and a row is made of at most ${RECORD_BYTES_MAX}`,
    };
  }
  return MAKERS[kind](record, origin);
}
