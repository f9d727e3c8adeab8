/** What the settings of `analyze` choose: a forecaster, and a detector of its errors. */
import { lastValueForecaster } from "../../analytics/last_value.ts";
import type { ScorerOptions } from "../../analytics/scorer.ts";
import { ALARM_SCORE } from "../../anomaly/detector.ts";
import { isDetectorName } from "../../anomaly/detectors.ts";
import { createErrorDetector, ERROR_DETECTOR } from "../../anomaly/forecast_errors.ts";
import { flagOf, type Settings } from "../../config/settings.ts";
import { loadModel } from "../../models/disk.ts";
import type { FeatureInfo } from "../../models/preparation.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext, Wording } from "../command.ts";

/** Settings that say how readings are forecast and judged. */
export const SCORER_KEYS = ["model", "target", "horizon", "detector", "threshold"] as const;

/** What they mean here. */
export const SCORER_WORDING: Wording = {
  model: { description: "Model that forecasts [default: the last value alone]", placeholder: "FILE" },
  target: {
    description:
      "Feature to analyse; a model says itself which [default: temperature, else the last feature]",
    placeholder: "FEATURE",
  },
  horizon: {
    description: "How many readings ahead the last value is to forecast; a model says it itself [default: 1]",
    placeholder: "N",
  },
  detector: {
    description:
      "Detector that judges the errors of a device, one of those of 'anomaly score' [default: ewma, from 6 standard deviations on]",
    placeholder: "NAME",
  },
  threshold: {
    description: "Threshold: score from which an error is an anomaly [default: 0.5]",
    placeholder: "X",
  },
};

/** What forecasts and judges, and the names of both. */
export interface ChosenScorer extends ScorerOptions {
  readonly detectorName: string;
  readonly threshold: number;
  /** `null`: the last value. */
  readonly model: { readonly name: string; readonly version: string } | null;
}

/**
 * Loads the model where one is named.
 *
 * @param options.feature what is analysed without a model
 * @throws {UserError} for a model that does not forecast
 */
export async function chooseScorer(
  settings: Pick<Settings, typeof SCORER_KEYS[number]>,
  { origin, feature }: {
    readonly origin: CommandContext["origin"];
    readonly feature: () => FeatureInfo;
  },
): Promise<ChosenScorer> {
  const { model: path, horizon, detector: wanted = "default", threshold = ALARM_SCORE } = settings;
  const name = isDetectorName(wanted) ? wanted : ERROR_DETECTOR;
  const judged = { detectorName: name, detector: () => createErrorDetector(name), threshold };
  if (origin["model"] === undefined) {
    return { ...judged, forecaster: lastValueForecaster(feature(), horizon), hasModel: false, model: null };
  }
  refuseTask(origin);
  const model = await loadModel(path);
  if (model.kind !== "forecaster") {
    throw new UserError(`Cannot analyse with ${path}: it classifies, and errors of forecasts are wanted`, {
      hint: "name a model that 'streamflow train' or 'streamflow federated simulate' has made of readings",
    });
  }
  // Ridge and season are not asked for here.
  const { refer: _, ...forecaster } = model;
  return {
    ...{ ...judged, forecaster, hasModel: true },
    model: { name: forecaster.name, version: forecaster.version },
  };
}

function refuseTask(origin: CommandContext["origin"]): void {
  const flag = (["target", "horizon"] as const).find((key) => origin[key]?.startsWith("flag "));
  if (flag === undefined) return;
  throw new UserError(`${flagOf(flag)} is for the last value alone: a model says itself what it forecasts`, {
    hint: `leave out ${flagOf(flag)} or --model`,
    exitCode: 2,
  });
}
