/** What a partition's readings come to, as records of topics or as rows of a store. */
import type { OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import { type Anomaly, forecastErrorAnomaly } from "../records/anomalies.ts";
import type { DeviceWindow } from "../records/device_statistics.ts";
import { jsonRecord } from "../records/formats/json.ts";
import {
  type Answer,
  type ForecastSource,
  PredictionPrinter,
} from "../records/predictions/forecast_print.ts";
import type { Row, TableName } from "../store/tables.ts";
import type { ErrorAnomaly } from "./scorer.ts";

/** A record, and where it goes. */
export interface Addressed {
  readonly topic: string;
  readonly record: OutgoingRecord;
}

/** The reading that an answer is to. */
export interface Answered {
  readonly device: string;
  /** The device as a record's key. */
  readonly key: Uint8Array;
  readonly timeMs: number;
  readonly offset: number;
  readonly nowMs: number;
}

/** Writes what comes out of one partition. */
export interface OutputWriter {
  prediction(answer: Answer, to: Answered): Addressed;
  anomaly(anomaly: Anomaly): Addressed;
  window(window: DeviceWindow): Addressed;
}

/** An anomaly of a device as its record has it. */
export function anomalyOf(
  found: ErrorAnomaly,
  where: TopicPartition & { readonly target: string; readonly detector: string; readonly offset: number },
): Anomaly {
  return forecastErrorAnomaly({ ...found, ...where });
}

/** Topics of what an analysis emits. */
export interface OutputTopics {
  readonly predictions: string;
  readonly anomalies: string;
  readonly statistics: string;
}

/** Records of topics. */
export function topicWriter(topics: OutputTopics, forecaster: ForecastSource): OutputWriter {
  const printer = new PredictionPrinter(forecaster);
  return {
    prediction: (answer, { key, nowMs }) => ({
      topic: topics.predictions,
      record: { key, value: printer.print(answer, nowMs) },
    }),
    anomaly: (anomaly) => ({ topic: topics.anomalies, record: jsonRecord(anomaly.link, anomaly) }),
    window: (window) => ({ topic: topics.statistics, record: jsonRecord(window.device, window) }),
  };
}

/** In place of a topic: rows of the store. No topic can have this name. */
export const STORE = "the store";

/** A row on its way to the store. */
export interface RowRecord<T extends TableName = TableName> extends OutgoingRecord {
  readonly table: T;
  readonly row: Row<T>;
}

/** Rows of a store, known by the reading's own place on the input topic: the same reading again makes the same row. */
export function rowWriter(
  { topic, partition, incarnation }: TopicPartition & { readonly incarnation: number },
  { name, version, target, horizon }: ForecastSource,
): OutputWriter {
  const origin = (offset: number) => ({ topic, incarnation, partition, offset });
  const addressed = <T extends TableName>(table: T, row: Row<T>): Addressed => ({
    topic: STORE,
    record: { key: null, value: null, table, row } as RowRecord<T>,
  });
  return {
    prediction: ({ id, value, byNetwork, scored, latencyMs }, { device, timeMs, offset, nowMs }) =>
      addressed("predictions", {
        ...{ ...origin(offset), device, id, time_ms: timeMs, predicted_at_ms: nowMs, target, horizon, value },
        ...{ answered_by: byNetwork ? "network" : "baseline", class: null, probability: null },
        due_predicted: scored?.predicted ?? null,
        due_baseline: scored?.baseline ?? null,
        due_actual: scored?.actual ?? null,
        ...{
          actual_class: null,
          baseline_class: null,
          model: name,
          model_version: version,
          latency_ms: latencyMs,
        },
      }),
    anomaly: (anomaly) => addressed("anomalies", anomalyRow(anomaly, origin(anomaly.offsets.first))),
    window: (window) => addressed("device_statistics", windowRow(window, topic)),
  };
}

/** An anomaly as a row. */
export function anomalyRow(
  { id, kind, subject, link, score, detector, evidence, values, window: { start, end } }: Anomaly,
  origin: Pick<Row<"anomalies">, "topic" | "incarnation" | "partition" | "offset">,
): Row<"anomalies"> {
  return {
    ...{ ...origin, id, kind, ...subject, link, score, detector, evidence, values },
    ...{ start_ms: Date.parse(start), end_ms: Date.parse(end) },
  };
}

function windowRow(window: DeviceWindow, source: string): Row<"device_statistics"> {
  const { device, feature, start, end, count, mean, sd, min, max, scored, mse, anomalies, model } = window;
  return {
    ...{
      source,
      device,
      feature,
      start_ms: Date.parse(start),
      end_ms: Date.parse(end),
      count,
      mean,
      sd,
      min,
      max,
    },
    ...{ scored, mse, mse_last_value: window.mseLastValue, anomalies, model_version: model?.version ?? null },
  };
}
