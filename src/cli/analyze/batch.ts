/** `streamflow analyze batch`: a whole data set, device by device, in memory that does not grow with it. */
import { Analysis, TooManyDevices } from "../../analytics/analysis.ts";
import { lastValueForecaster } from "../../analytics/last_value.ts";
import { formatAnalysis } from "../../analytics/report.ts";
import { ALARM_SCORE } from "../../anomaly/detector.ts";
import { type DetectorName, isDetectorName } from "../../anomaly/detectors.ts";
import { createErrorDetector, ERROR_DETECTOR } from "../../anomaly/forecast_errors.ts";
import type { Settings } from "../../config/settings.ts";
import { columnsOf } from "../../datasets/columns.ts";
import type { Dataset } from "../../datasets/mod.ts";
import { loadModel } from "../../models/disk.ts";
import type { Forecaster } from "../../models/forecaster.ts";
import { UserError } from "../../runtime/errors.ts";
import { startProgress } from "../../runtime/progress.ts";
import { findTarget } from "../../train/forecaster/mod.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { CSV_KEYS, openReadings, refuseWithoutCsv } from "../readings/csv_rows.ts";

const KEYS = [
  ...["dataset", ...CSV_KEYS, "limit", "model", "target", "horizon", "detector", "threshold"] as const,
  ...["json", "quiet"] as const,
];

type BatchSettings = Pick<Settings, typeof KEYS[number]>;

/** What forecasts. */
interface Chosen {
  readonly forecaster: Forecaster;
  readonly hasModel: boolean;
}

/** Analyses a data set. */
export const analyzeBatchCommand = defineCommand({
  name: "batch",
  summary: "Figures, errors and anomalies of every device over a whole data set, in bounded memory",
  examples: [
    "analyze batch",
    "analyze batch --csv readings.csv --key station --target temperature",
    "analyze batch --csv readings.csv --key station --model global.safetensors --json",
  ],
  settings: KEYS,
  defaults: { horizon: 1 },
  wording: {
    dataset: {
      description:
        "meters (electricity of 18 buildings) or sensors (4 motes), both shipped [default: meters]",
      placeholder: "meters|sensors",
    },
    limit: { description: "Take the first N readings alone", placeholder: "N" },
    onError: {
      description:
        "A CSV row that is no reading: end with an error, or leave it out and count it [default: fail]",
      placeholder: "fail|skip",
    },
    model: { description: "Model that forecasts [default: the last value alone]", placeholder: "FILE" },
    horizon: {
      description:
        "How many readings ahead the last value is to forecast; a model says it itself [default: 1]",
      placeholder: "N",
    },
    detector: {
      description:
        "Detector that judges the errors of a device [default: ewma, from 6 standard deviations on]",
      placeholder: "NAME",
    },
    threshold: { description: "Score from which an error is an anomaly [default: 0.5]", placeholder: "X" },
  },
  async run(settings, context) {
    const { signal, log, out } = context;
    refuseNoSeries(settings, context);
    const { dataset, sayRows } = await openReadings(settings, context);
    const { forecaster, hasModel } = await chooseForecaster(settings, { dataset, origin: context.origin });
    const detector = detectorOf(settings);
    const { threshold = ALARM_SCORE } = settings;
    const analysis = new Analysis({
      forecaster,
      hasModel,
      detector: () => createErrorDetector(detector),
      threshold,
    });
    const isWhole = await readAll(analysis, { dataset, settings, signal, log });
    if (!isWhole) {
      log.info("stopped before the end: there are no figures");
      return 130;
    }
    sayRows();
    const result = analysis.result();
    const { target, horizon, targetIndex, features } = forecaster;
    const model = hasModel ? { name: forecaster.name, version: forecaster.version } : null;
    if (settings.json) {
      const data = { name: dataset.name, sha256: dataset.sha256(), readings: analysis.readings };
      out(JSON.stringify({ data, model, target, horizon, detector, threshold, ...result }));
      return 0;
    }
    const subject = { data: dataset.name, target, unit: features[targetIndex]!.unit, horizon, model };
    for (const line of formatAnalysis(result, subject)) out(line);
    return 0;
  },
});

/** The detector that was asked for. */
function detectorOf({ detector = "default" }: Pick<Settings, "detector">): DetectorName {
  return isDetectorName(detector) ? detector : ERROR_DETECTOR;
}

function refuseNoSeries(settings: BatchSettings, { origin }: CommandContext): void {
  refuseWithoutCsv(settings.csv, { origin });
  if (settings.csv !== undefined || settings.dataset === "meters" || settings.dataset === "sensors") return;
  throw new UserError(`Cannot analyse ${settings.dataset}: its rows are not the readings of devices`, {
    hint: "name readings with --csv FILE --key COLUMN, or --dataset meters",
    exitCode: 2,
  });
}

/** @throws {UserError} for a model that does not forecast, and for features that the data does not have */
async function chooseForecaster(
  { model: path, target, horizon }: BatchSettings,
  { dataset, origin }: { readonly dataset: Dataset; readonly origin: CommandContext["origin"] },
): Promise<Chosen> {
  if (origin["model"] === undefined) {
    const feature = dataset.features[findTarget(dataset, target)]!;
    return { forecaster: lastValueForecaster(feature, horizon), hasModel: false };
  }
  for (const flag of ["target", "horizon"] as const) {
    if (origin[flag]?.startsWith("flag ")) {
      throw new UserError(`--${flag} is for the last value alone: a model says itself what it forecasts`, {
        hint: `leave out --${flag} or --model`,
        exitCode: 2,
      });
    }
  }
  const model = await loadModel(path);
  if (model.kind !== "forecaster") {
    throw new UserError(`Cannot analyse with ${path}: it classifies, and errors of forecasts are wanted`, {
      hint: "name a model that 'streamflow train' or 'streamflow federated simulate' has made of readings",
    });
  }
  const names = dataset.features.map(({ name }) => name);
  const lacking = model.features.find(({ name }) => !names.includes(name));
  if (lacking !== undefined) {
    throw new UserError(
      `Cannot analyse ${dataset.name} with ${path}: the model needs ${lacking.name}, and the data has ${
        names.join(", ")
      }`,
      { hint: "name other data, or another model with --model" },
    );
  }
  // Ridge and season are not asked for here.
  const { refer: _, ...forecaster } = model;
  return { forecaster, hasModel: true };
}

/** @returns whether the end was reached */
async function readAll(
  analysis: Analysis,
  { dataset, settings: { limit = Infinity, quiet }, signal, log }: {
    readonly dataset: Dataset;
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
