/** What commands do about a CSV file's rows: say how they are read, and what becomes of those that are no readings. */
import { flagOf, type Settings } from "../../config/settings.ts";
import { type BadRow, type Dataset, openDataset } from "../../datasets/mod.ts";
import { rowPolicy, SkippedRows } from "../../datasets/skipped_rows.ts";
import type { DeadLetterReason } from "../../records/dead_letters/reason.ts";
import type { OutgoingRecord } from "../../kafka/port.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Log } from "../../runtime/log.ts";
import type { CommandContext } from "../command.ts";

/** Settings that say which CSV file is read, and how. */
export const CSV_KEYS = [
  ...["csv", "key", "features", "timestamp", "timestampFormat", "decimal", "onError"] as const,
] as const;

/** Wording of settings where whole data sets are read as the series of devices. */
export const SERIES_WORDING = {
  dataset: {
    description: "meters (electricity of 18 buildings) or sensors (4 motes), both shipped [default: meters]",
    placeholder: "meters|sensors",
  },
  limit: { description: "Take the first N readings alone", placeholder: "N" },
  onError: {
    description:
      "A CSV row that is no reading: end with an error, or leave it out and count it [default: fail]",
    placeholder: "fail|skip",
  },
} as const;

/**
 * Refuses flags about a CSV file where there is none.
 *
 * @param options.but flags that mean something there, too
 * @throws {UserError} (exit code 2)
 */
export function refuseWithoutCsv(
  csv: string | undefined,
  { origin, but = [] }: { origin: CommandContext["origin"]; but?: readonly (typeof CSV_KEYS[number])[] },
): void {
  const key = csv === undefined
    ? CSV_KEYS.find((key) => !but.includes(key) && origin[key]?.startsWith("flag "))
    : undefined;
  if (key === undefined) return;
  throw new UserError(`${flagOf(key)} is about the rows of a CSV file, and there is none`, {
    hint: "name one with --csv FILE",
    exitCode: 2,
  });
}

/** Says in one line how the data set is read. */
export function sayAssumptions({ name, assumptions }: Dataset, log: Log): void {
  if (assumptions.length > 0) log.info(`${name}: ${assumptions.join("; ")}`);
}

type ReadingSettings = Parameters<typeof openDataset>[0] & Pick<Settings, "onError">;

/** A data set, and what to say when it was read. */
export interface OpenedReadings {
  readonly dataset: Dataset;
  readonly sayRows: () => void;
}

/** The data set that the settings name, without rows that lack values. */
export function openWholeRows(
  settings: ReadingSettings,
  context: Pick<CommandContext, "log">,
): Promise<OpenedReadings> {
  return openReadings(settings, { ...context, whole: true });
}

/**
 * The data set that the settings name.
 *
 * @param options.whole whether rows that lack values are left out @default false
 */
export async function openReadings(
  settings: ReadingSettings,
  { log, whole = false }: Pick<CommandContext, "log"> & { readonly whole?: boolean },
): Promise<OpenedReadings> {
  const skipped = new SkippedRows();
  const { onBadRow } = rowPolicy(settings, skipped);
  const dataset = await openDataset(settings, { whole, onBadRow });
  sayAssumptions(dataset, log);
  return {
    dataset,
    sayRows: () => {
      const line = skipped.describe(dataset.name, dataset.rows?.(), whole);
      if (line !== undefined) log.info(line);
    },
  };
}

const encoder = new TextEncoder();

/** A row as a dead letter: its fields as JSON, and in the headers its file, its line and what is wrong with it. */
export function deadRow(row: BadRow, { topic, nowMs }: { topic: string; nowMs: number }): OutgoingRecord {
  const { file, line, detail, fields } = row;
  const headers = {
    reason: "bad-row" satisfies DeadLetterReason,
    detail,
    topic,
    file,
    line: `${line}`,
    time: new Date(nowMs).toISOString(),
  };
  return {
    key: null,
    value: encoder.encode(JSON.stringify(fields)),
    headers: Object.entries(headers).map(([name, text]) => ({
      key: `streamflow.${name}`,
      value: encoder.encode(text.slice(0, HEADER_CHARS_MAX)),
    })),
  };
}

/** Of a header. */
const HEADER_CHARS_MAX = 1_000;
