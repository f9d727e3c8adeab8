// Not pure: it waits for a store.
/** What a batch analysis finds, kept in a store: the same analysis again makes the same rows. */
import { forecastErrorAnomaly } from "../records/anomalies.ts";
import { BATCH_ROWS_MAX } from "../store/limits.ts";
import type { Writing } from "../store/store.ts";
import type { Row } from "../store/tables.ts";
import type { DeviceStatistics } from "./device.ts";
import { anomalyRow } from "./outputs.ts";
import type { ErrorAnomaly } from "./scorer.ts";

/** Whose rows. */
export interface StoredBatchOptions {
  /** The data set, and which analysis of it: another one has rows of its own. */
  readonly source: string;
  readonly target: string;
  readonly detector: string;
  /** `null`: the last value alone. */
  readonly modelVersion: string | null;
}

/** Writes anomalies as they are found, then the figures of the devices. */
export class StoredBatch {
  readonly #keep: (writing: Writing) => Promise<void>;
  readonly #options: StoredBatchOptions;
  #waiting: Row<"anomalies">[] = [];

  /** @param keep writes rows to a store */
  constructor(keep: (writing: Writing) => Promise<void>, options: StoredBatchOptions) {
    this.#keep = keep;
    this.#options = options;
  }

  /** Takes an anomaly; {@linkcode StoredBatch.write} writes it. */
  readonly take = (found: ErrorAnomaly, row: number): void => {
    const { source: topic, target, detector } = this.#options;
    const anomaly = forecastErrorAnomaly({ ...found, target, detector, topic, partition: 0, offset: row });
    this.#waiting.push(anomalyRow(anomaly, { topic, incarnation: 0, partition: 0, offset: row }));
  };

  /** Writes what waits, where that is much or `isLast`. @throws {StoreError} */
  async write(isLast = false): Promise<void> {
    if (this.#waiting.length < (isLast ? 1 : BATCH_ROWS_MAX)) return;
    const rows = { anomalies: this.#waiting };
    this.#waiting = [];
    await this.#keep({ rows });
  }

  /** Writes the rest, and the figures. @throws {StoreError} */
  async finish(devices: readonly DeviceStatistics[]): Promise<void> {
    await this.write(true);
    const { source, target: feature, modelVersion } = this.#options;
    const rows = devices.filter(({ count }) => count > 0).map((one): Row<"device_statistics"> => ({
      ...{ source, device: one.device, feature, start_ms: one.firstMs!, end_ms: one.lastMs! + 1 },
      ...{ count: one.count, mean: one.mean, sd: one.sd, min: one.min, max: one.max, scored: one.scored },
      ...{
        mse: one.model?.mse ?? null,
        mse_last_value: one.lastValue?.mse ?? null,
        anomalies: one.anomalies,
      },
      model_version: modelVersion,
    }));
    await this.#keep({ rows: { device_statistics: rows } });
  }
}
