/** Rows to write, one per table, with what a test wants to be different. */
import type { Row } from "../../src/store/tables.ts";

/** A reading's row. */
export function readingRow(over: Partial<Row<"device_data">> = {}): Row<"device_data"> {
  return {
    ...{ topic: "input-data", incarnation: 0, partition: 0, offset: 0, device: "meter-1", id: "r-0" },
    ...{ time_ms: 1_700_000_000_000, features: { power: 1.5, note: "ok" }, label: null },
    ...over,
  };
}

/** A round's row. */
export function roundRow(over: Partial<Row<"rounds">> = {}): Row<"rounds"> {
  return {
    ...{ topic: "federated-rounds", incarnation: 0, partition: 0, offset: 0, round: 1, state: "open" },
    ...{ strategy: "fedavg", opened_ms: 1_700_000_000_000, deadline_ms: null, closed_ms: null },
    ...{ closed_by: null, devices: ["meter-1"], participants: 1, updates: 1, refused: { "not-finite": 1 } },
    ...{ late: 0, dropped: 0, num_examples: 10, version: null, loss: 0.25, metrics: {} },
    ...{ doubt: null, epsilon: null },
    ...over,
  };
}

/** A global model's row. */
export function globalRow(over: Partial<Row<"global_models">> = {}): Row<"global_models"> {
  return {
    ...{ topic: "federated-rounds", incarnation: 0, partition: 0, offset: 0, round: 0 },
    ...{ version: "0123456789ab", size_bytes: 3, bytes: Uint8Array.of(0, 1, 255), published_ms: null },
    ...over,
  };
}

/** Statistics of a device. */
export function statisticsRow(over: Partial<Row<"device_statistics">> = {}): Row<"device_statistics"> {
  return {
    ...{ source: "meters", device: "meter-1", feature: "power", start_ms: 0, end_ms: 60_000, count: 3 },
    ...{ mean: 2, sd: 1, min: 1, max: 3, scored: 2, mse: 0.5, mse_last_value: 1, anomalies: 0 },
    ...{ model_version: null },
    ...over,
  };
}
