/** Data sets: async iterables of batches of readings. */
import { openCsv } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import { openSensors } from "./sensors.ts";

export { type Dataset, type Feature, type LabelledReading, readingToJson } from "./dataset.ts";
export { openCsv } from "./csv.ts";
export { openSensors } from "./sensors.ts";
export { repeat } from "./repeat.ts";

/** The settings that name a data set. */
export interface DatasetSettings {
  readonly dataset: "sensors";
  readonly csv: string | undefined;
  readonly key: string | undefined;
  readonly features: readonly string[] | undefined;
  readonly timestamp: string | undefined;
}

/**
 * Opens the data set that the settings name: the CSV file where one is named, else the shipped one.
 *
 * @throws {UserError} where it cannot be read, is empty, or lacks a column.
 */
export async function openDataset(settings: DatasetSettings): Promise<Dataset> {
  return settings.csv === undefined ? openSensors() : await openCsv(settings.csv, settings);
}
