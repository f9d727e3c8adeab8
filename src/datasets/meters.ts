/**
 * The shipped electricity set: 18 buildings, hourly, 2016 (OpenGrid; see data/README.md). The values of an hour stand side
 * by side in the file, a column for each meter.
 */
import { createHash } from "node:crypto";
import csv from "../../data/opengrid-meters/electricity_18meters_1h.csv" with { type: "text" };
import { BATCH_READINGS_MAX, type Dataset, type LabelledReading } from "./dataset.ts";

/** Name of the set, of the setting `dataset` too. */
export const METERS = "meters";

function parseReadings(): LabelledReading[] {
  const [header, ...rows] = csv.trim().split(/\r?\n/).map((line) => line.split(","));
  const [, ...meters] = header!;
  return rows.flatMap(([hour, ...values]) =>
    meters.map((meter, column) => ({
      id: `meter-${meter}-${hour}`,
      timestamp: `${hour}:00.000Z`,
      source: `meter-${meter}`,
      features: { power: Number(values[column]) },
    }))
  );
}

/** Opens the shipped electricity set: 158,130 readings of 18 meters, one of each every hour. */
export function openMeters(): Dataset {
  const readings = parseReadings();
  const digest = createHash("sha256").update(csv).digest("hex");
  return {
    name: METERS,
    features: [{ name: "power", unit: "W" }],
    count: readings.length,
    repeatable: true,
    assumptions: ["power is taken to be in watts, and times to be UTC"],
    async *batches() {
      for (let at = 0; at < readings.length; at += BATCH_READINGS_MAX) {
        yield await Promise.resolve(readings.slice(at, at + BATCH_READINGS_MAX));
      }
    },
    sha256: () => digest,
  };
}
