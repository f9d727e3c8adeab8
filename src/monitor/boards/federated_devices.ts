/** The devices of a federation, a row each, and what they have in common. Pure. */
import {
  type ErrorsByPredictor,
  errorsOf,
  meanErrors,
  metricOf,
} from "../../records/federated_rounds/errors.ts";
import type { DeviceRecord } from "../../records/federated_rounds/schema.ts";
import { plainName } from "../../runtime/plain_text.ts";
import { DEVICES_MAX, DEVICES_SHOWN_MAX } from "./limits.ts";
import { boundedId } from "./recent_ids.ts";

/** A device as it said of itself with its newest update, its names made harmless. */
export interface DeviceRow {
  /** What tells it from the others. */
  readonly id: string;
  readonly device: string;
  readonly participant: string | null;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly lastRound: number;
  readonly updates: number;
  readonly refused: number;
  readonly numExamples: number;
  readonly loss: number | null;
  readonly mse: ErrorsByPredictor;
  readonly anomalies: number;
}

/** Which devices come first: by name, what was seen last, the largest error of the global model, most refusals, anomalies. */
export const DEVICE_ORDERS = ["name", "seen", "error", "refused", "anomalies"] as const;
/** One of them. */
export type DeviceOrder = typeof DEVICE_ORDERS[number];

/** What comes first has the largest of these. */
const FIRST: Readonly<Record<DeviceOrder, (row: DeviceRow) => number>> = {
  name: () => 0,
  seen: ({ lastSeenMs }) => lastSeenMs,
  error: ({ mse }) => mse.global ?? -1,
  refused: ({ refused }) => refused,
  anomalies: ({ anomalies }) => anomalies,
};
const byName = new Intl.Collator("en", { numeric: true });

/** Rows by device, in bounded memory. */
export class DeviceRows {
  /** By id; the one that was silent longest first. */
  readonly #rows = new Map<string, DeviceRow>();
  /** Anomalies that were seen of each; of those that sent nothing as well. */
  readonly #anomalies = new Map<string, number>();
  #forgotten = 0;

  /** Takes what a device said last. */
  take(record: DeviceRecord): void {
    const { device, participant, metrics } = record;
    const { firstSeenMs, lastSeenMs, lastRound, updates, refused, numExamples, anomalies } = record;
    const id = boundedId(device);
    this.#rows.delete(id);
    this.#rows.set(id, {
      ...{ id, firstSeenMs, lastSeenMs, lastRound, updates, refused, numExamples, anomalies },
      device: plainName(device),
      participant: participant === null ? null : plainName(participant),
      loss: metricOf(metrics, "loss"),
      mse: errorsOf(metrics),
    });
    if (this.#rows.size > DEVICES_MAX) {
      this.#rows.delete(this.#rows.keys().next().value!);
      this.#forgotten++;
    }
  }

  /** Counts an anomaly of a device. */
  takeAnomaly(device: string): void {
    const id = boundedId(device);
    const count = this.#anomalies.get(id) ?? 0;
    this.#anomalies.delete(id);
    this.#anomalies.set(id, count + 1);
    if (this.#anomalies.size > DEVICES_MAX) this.#anomalies.delete(this.#anomalies.keys().next().value!);
  }

  /** How many there are, and were. */
  get count(): number {
    return this.#rows.size + this.#forgotten;
  }

  /** Different participants of those that are remembered. */
  get participants(): number {
    const names = new Set<string>();
    for (const { participant } of this.#rows.values()) if (participant !== null) names.add(participant);
    return names.size;
  }

  /** Means over the devices, each counting the same; `null` where no device has that figure. */
  means(): ErrorsByPredictor {
    return meanErrors([...this.#rows.values()].map(({ mse }) => mse));
  }

  /** Those that sent last, in this order; of the same figure, by name. */
  list(order: DeviceOrder): DeviceRow[] {
    const newest = [...this.#rows.values()].slice(-DEVICES_SHOWN_MAX).map((row) => ({
      ...row,
      // What was said with an update is as old as the update.
      anomalies: Math.max(row.anomalies, this.#anomalies.get(row.id) ?? 0),
    }));
    const keyOf = FIRST[order];
    return newest.toSorted((a, b) => keyOf(b) - keyOf(a) || byName.compare(a.device, b.device));
  }
}
