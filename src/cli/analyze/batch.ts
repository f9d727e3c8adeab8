/** `streamflow analyze batch`: a whole data set, device by device, in memory that does not grow with it. */
import { Analysis, TooManyDevices } from "../../analytics/analysis.ts";
import { formatAnalysis } from "../../analytics/report.ts";
import type { Settings } from "../../config/settings.ts";
import { columnsOf } from "../../datasets/columns.ts";
import type { Dataset } from "../../datasets/mod.ts";
import { UserError } from "../../runtime/errors.ts";
import { startProgress } from "../../runtime/progress.ts";
import { findTarget } from "../../train/forecaster/mod.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { CSV_KEYS, openReadings, refuseWithoutCsv, SERIES_WORDING } from "../readings/csv_rows.ts";
import { STORE_KEYS } from "../store/open_store.ts";
import { type NamedBatch, openBatchStore } from "./batch_store.ts";
import { chooseScorer, type ChosenScorer, SCORER_KEYS, SCORER_WORDING } from "./chosen.ts";

const KEYS = [
  ...["dataset", ...CSV_KEYS, "limit"] as const,
  ...SCORER_KEYS,
  ...STORE_KEYS,
  ...["json", "quiet"] as const,
];

type BatchSettings = Pick<Settings, typeof KEYS[number]>;

/** Analyses a data set. */
export const analyzeBatchCommand = defineCommand({
  name: "batch",
  summary: "Figures, errors and anomalies of every device over a whole data set, in bounded memory",
  examples: [
    "analyze batch",
    "analyze batch --csv readings.csv --key station --target temperature",
    "analyze batch --csv readings.csv --key station --model global.safetensors --store fl.sqlite --json",
  ],
  settings: KEYS,
  defaults: { horizon: 1 },
  wording: {
    ...SERIES_WORDING,
    ...SCORER_WORDING,
    store: {
      description: "Keep figures and anomalies in this store, too [default: none]",
      placeholder: "PATH|URL",
    },
  },
  async run(settings, context) {
    const { signal, log, out } = context;
    refuseNoSeries(settings, context);
    const { dataset, sayRows } = await openReadings(settings, context);
    const feature = () => dataset.features[findTarget(dataset, settings.target)]!;
    const chosen = await chooseScorer(settings, { origin: context.origin, feature });
    requireFeatures(chosen, dataset);
    await using store = await openBatchStore(settings, { ...context, dataset, chosen });
    const analysis = new Analysis({ ...chosen, onAnomaly: store?.rows.take });
    const isWhole = await readAll(analysis, { dataset, store, settings, signal, log });
    const result = analysis.result();
    if (isWhole) await store?.rows.finish(result.devices);
    if (!isWhole || signal.aborted) {
      log.info("stopped before the end: there are no figures");
      return 130;
    }
    sayRows();
    if (store !== null) log.info(`kept in ${settings.store} as ${store.source}`);
    const { forecaster: { target, horizon, targetIndex, features }, model, detectorName: detector } = chosen;
    if (settings.json) {
      const data = { name: dataset.name, sha256: dataset.sha256(), readings: analysis.readings };
      out(JSON.stringify({ data, model, target, horizon, detector, threshold: chosen.threshold, ...result }));
      return 0;
    }
    const subject = { data: dataset.name, target, unit: features[targetIndex]!.unit, horizon, model };
    for (const line of formatAnalysis(result, subject)) out(line);
    return 0;
  },
});

function refuseNoSeries(settings: BatchSettings, { origin }: CommandContext): void {
  refuseWithoutCsv(settings.csv, { origin });
  if (settings.csv !== undefined || settings.dataset === "meters" || settings.dataset === "sensors") return;
  throw new UserError(`Cannot analyse ${settings.dataset}: its rows are not the readings of devices`, {
    hint: "name readings with --csv FILE --key COLUMN, or --dataset meters",
    exitCode: 2,
  });
}

/** @throws {UserError} for features that the data does not have */
function requireFeatures(
  { forecaster: { features } }: ChosenScorer,
  { name, features: found }: Dataset,
): void {
  const names = found.map((feature) => feature.name);
  const lacking = features.find((feature) => !names.includes(feature.name));
  if (lacking === undefined) return;
  throw new UserError(
    `Cannot analyse ${name}: the model needs ${lacking.name}, and the data has ${names.join(", ")}`,
    { hint: "name other data, or another model with --model" },
  );
}

/** @returns whether the end was reached */
async function readAll(
  analysis: Analysis,
  { dataset, store, settings: { limit = Infinity, quiet }, signal, log }: {
    readonly dataset: Dataset;
    readonly store: NamedBatch | null;
    readonly settings: BatchSettings;
  } & Pick<CommandContext, "signal" | "log">,
): Promise<boolean> {
  const features = dataset.features.map(({ name }) => name);
  const total = Math.min(limit, dataset.count ?? Infinity);
  using progress = startProgress({
    ...{ unit: "readings", log, quiet },
    ...(total === Infinity ? {} : { total }),
  });
  try {
    for await (const columns of columnsOf(dataset)) {
      const count = Math.min(columns.count, limit - analysis.readings);
      analysis.take({ ...columns, count }, features);
      await store?.rows.write();
      progress.update(analysis.readings);
      if (signal.aborted) return false;
      if (analysis.readings >= limit) break;
    }
  } catch (error) {
    if (!(error instanceof TooManyDevices)) throw error;
    throw new UserError(`Cannot analyse ${dataset.name}: ${error.message}`, {
      hint: "is --key the column that names the device? If it is, split the file by devices",
    });
  }
  return true;
}
