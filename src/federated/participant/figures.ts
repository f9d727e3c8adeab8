/** Devices as people and `--json` see them. */
import { formatCount } from "../../runtime/progress.ts";
import { tableLines } from "../../runtime/text_table.ts";
import type { DeviceJob } from "./device_job.ts";
import { type Contest, CONTESTANTS } from "./scores.ts";

/** A device and how good its forecasts were, each made before its outcome was learned. */
export interface DeviceFigures {
  readonly device: string;
  /** Of the global model that it has. */
  readonly round: number;
  readonly readings: number;
  /** Forecasts that came due. */
  readonly scored: number;
  /** MSE in units of the variance of what came; `null` where that did not vary. */
  readonly mse: Contest;
  readonly anomalies: number;
  readonly updates: number;
}

/** Of all devices of the partitions, by name. */
export function figuresOf({ jobs }: { readonly jobs: readonly DeviceJob[] }): DeviceFigures[] {
  const devices = jobs.flatMap((job) => [...job.devices]);
  return devices.sort((a, b) => a.device < b.device ? -1 : 1).map(
    ({ device, round, count: readings, scores, watch, updates }) => ({
      ...{
        device,
        round,
        readings,
        scored: scores.count,
        mse: scores.contest(),
        anomalies: watch.misses,
        updates,
      },
    }),
  );
}

/** A line for each device, and the mean of those that vary. */
export function formatFigures(figures: readonly DeviceFigures[]): string[] {
  const judged = figures.flatMap(({ mse }) => mse ?? []);
  if (judged.length === 0) return [];
  const mean = CONTESTANTS.map((who) => judged.reduce((sum, mse) => sum + mse[who], 0) / judged.length);
  const rows = figures.map(({ device, round, readings, mse, anomalies, updates }) => [
    ...[device, String(round), formatCount(readings), formatCount(updates), formatCount(anomalies)],
    ...CONTESTANTS.map((who) => mse === null ? "–" : formatError(mse[who])),
  ]);
  return [
    "MSE of the last thousand or so forecasts, as they came due, in units of each device's variance:",
    "",
    ...tableLines([
      [
        "device",
        "round",
        "readings",
        "updates",
        "anomalies",
        "last value",
        "local",
        "global",
        "personalised",
      ],
      ...rows,
      ["mean", "", "", "", "", ...mean.map(formatError)],
    ]),
    "",
  ];
}

/** An error in units of a variance. */
export function formatError(error: number): string {
  return Math.abs(error) < 1e4 ? error.toFixed(4) : error.toExponential(2);
}
