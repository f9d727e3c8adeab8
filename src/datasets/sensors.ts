/**
 * The shipped data set: humidity and temperature of four TelosB motes on 2010-05-09 (S. Suthaharan et al., UNCG
 * Labelled Wireless Sensor Network Data Repository; see data/README.md).
 */
import { createHash } from "node:crypto";
import csv from "../../data/sensors/telosb-single-hop.csv" with { type: "text" };
import { BATCH_READINGS_MAX, type Dataset, type LabelledReading } from "./dataset.ts";

/** The hour is not recorded: the first reading is taken to be at midnight UTC. */
const START_MS = Date.UTC(2010, 4, 9);
const STEP_MS = 5_000;

function parseRow(line: string): { step: number; mote: number; reading: LabelledReading } {
  const [step, mote, indoor, humidity, temperature, label] = line.split(",").map(Number);
  return {
    step: step!,
    mote: mote!,
    reading: {
      id: `mote-${mote}-${step}`,
      timestamp: new Date(START_MS + (step! - 1) * STEP_MS).toISOString(),
      source: `mote-${mote}`,
      features: { humidity: humidity!, temperature: temperature! },
      event: label === 1,
      indoor: indoor === 1,
    },
  };
}

/** Readings of all motes in order of time; the file has one mote after the other. */
function parseReadings(): LabelledReading[] {
  const rows = csv.trim().split("\n").slice(1).map(parseRow);
  return rows.sort((a, b) => a.step - b.step || a.mote - b.mote).map(({ reading }) => reading);
}

/** Opens the shipped data set: 18,914 readings of `mote-1` … `mote-4`, one of each every 5 s. */
export function openSensors(): Dataset {
  const readings = parseReadings();
  const digest = createHash("sha256").update(csv).digest("hex");
  return {
    name: "sensors",
    features: [{ name: "humidity", unit: "%RH" }, { name: "temperature", unit: "°C" }],
    count: readings.length,
    repeatable: true,
    assumptions: ["the first reading of each mote is taken to be at 2010-05-09T00:00:00Z, one every 5 s"],
    async *batches() {
      for (let at = 0; at < readings.length; at += BATCH_READINGS_MAX) {
        yield await Promise.resolve(readings.slice(at, at + BATCH_READINGS_MAX));
      }
    },
    sha256: () => digest,
  };
}
