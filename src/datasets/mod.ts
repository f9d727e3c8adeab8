/** Data sets: async iterables of batches of readings. */
import { type CsvOptions, openCsv } from "./csv/csv.ts";
import type { Dataset } from "./dataset.ts";
import { openNslKdd } from "./nsl_kdd/dataset.ts";
import { openMeters } from "./meters.ts";
import { openSensors } from "./sensors.ts";
import { UserError } from "../runtime/errors.ts";

export { type Dataset, type Feature, type LabelledReading, type RowCounts } from "./dataset.ts";
export { type BadRow, openCsv } from "./csv/csv.ts";
export { describeRows } from "./csv/describe.ts";
export { METERS, openMeters } from "./meters.ts";
export { openSensors } from "./sensors.ts";
export { NSL_KDD_ATTACKS, NSL_KDD_CLASSES } from "./nsl_kdd/attacks.ts";
export { openNslKdd } from "./nsl_kdd/dataset.ts";
export { readNslKddTable } from "./nsl_kdd/table.ts";
export { repeat, shift } from "./repeat.ts";
export type { Table, TableColumn } from "./table.ts";

/** The settings that name a data set. */
export interface DatasetSettings {
  readonly dataset: "meters" | "sensors" | "nsl-kdd" | "isp";
  /** Of `nsl-kdd`; `-` = standard input. */
  readonly file?: string | undefined;
  /** Of `nsl-kdd`. @default error */
  readonly unknownLabel?: "error" | "skip";
  readonly csv: string | undefined;
  readonly key: string | undefined;
  readonly features: readonly string[] | undefined;
  readonly timestamp: string | undefined;
  readonly timestampFormat?: string | undefined;
  readonly decimal?: "point" | "comma" | undefined;
}

/**
 * Opens the data set that the settings name: the CSV file where one is named, else that of `dataset`.
 *
 * @param rows What is done with a CSV file's rows that are no readings, or lack values.
 * @throws {UserError} where it cannot be read, is empty, or lacks a column.
 */
export async function openDataset(
  settings: DatasetSettings,
  rows: Pick<CsvOptions, "whole" | "onBadRow"> = {},
): Promise<Dataset> {
  const { dataset, csv, file, unknownLabel = "error" } = settings;
  if (csv !== undefined) return await openCsv(csv, { ...settings, ...rows });
  if (dataset === "meters") return openMeters();
  if (dataset === "sensors") return openSensors();
  if (dataset === "isp") {
    throw new UserError("isp holds the traffic of a link, not readings", {
      hint: "learn it with: streamflow traffic train --dataset isp --file isp-traffic-hourly.csv",
      exitCode: 2,
    });
  }
  if (file === undefined) {
    throw new UserError("nsl-kdd is not shipped: its file is missing", {
      hint: "name one, such as KDDTest+.txt, with --file",
      exitCode: 2,
    });
  }
  return await openNslKdd(file, { unknownLabel });
}
