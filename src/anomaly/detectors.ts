/** Every detector by its name, as plain data, and the way back from a snapshot. */
import { Autoencoder, type AutoencoderOptions } from "./autoencoder.ts";
import { Cusum, type CusumOptions } from "./cusum.ts";
import type { Detector, DetectorJson, Json } from "./detector.ts";
import { Ewma, type EwmaOptions } from "./ewma.ts";
import { ForecastDetector, type ForecastOptions } from "./forecast.ts";
import { HalfSpaceTrees, type HalfSpaceTreesOptions } from "./half_space_trees.ts";
import { Novelty, type NoveltyOptions } from "./novelty.ts";
import { RobustZScore, type RobustZScoreOptions } from "./robust_z_score.ts";
import { Seasonal, type SeasonalOptions } from "./seasonal.ts";

/** The options of each detector. */
export interface DetectorOptions {
  /** Distance to the nearest windows seen before. */
  readonly novelty: NoveltyOptions;
  /** Robust z-score of a window of values. */
  readonly "z-score": RobustZScoreOptions;
  /** Exponentially weighted moving average. */
  readonly ewma: EwmaOptions;
  /** The same hour of the week or day. */
  readonly seasonal: SeasonalOptions;
  /** Cumulative sums of small shifts. */
  readonly cusum: CusumOptions;
  /** Random half-space trees. */
  readonly "half-space-trees": HalfSpaceTreesOptions;
  /** A network that reconstructs windows. */
  readonly autoencoder: AutoencoderOptions;
  /** A network that predicts the next value. */
  readonly forecast: ForecastOptions;
}

/** A detector's name. */
export type DetectorName = keyof DetectorOptions;

/** How a detector is made. */
export interface DetectorEntry<Options> {
  /** What it takes for an anomaly, in a few words. */
  readonly summary: string;
  /** What `expected` is, so that a reader can check it; `null` where nothing in particular is expected. */
  readonly expects: string | null;
  /** Goes on from `state` where it is given. */
  readonly make: (options: Options, state?: DetectorJson["state"]) => Detector;
}

/** What there is; the default comes first. */
export const DETECTORS: { readonly [Name in DetectorName]: DetectorEntry<DetectorOptions[Name]> } = {
  novelty: {
    summary: "unlike every value, shape, time of day, ratio and level before",
    expects: "the median of the 36 rows before",
    make: (options, state) => new Novelty(options, state),
  },
  "z-score": {
    summary: "distance from the rolling median in rolling MADs",
    expects: "the median of the 288 rows before",
    make: (options, state) => new RobustZScore(options, state),
  },
  ewma: {
    summary: "distance from the exponentially weighted mean",
    expects: "the exponentially weighted mean of the rows before",
    make: (options, state) => new Ewma(options, state),
  },
  seasonal: {
    summary: "distance from the same hour of the week, else of the day",
    expects: "the mean of that hour in the weeks or days before",
    make: (options, state) => new Seasonal(options, state),
  },
  cusum: {
    summary: "cumulative sums of small shifts of the level",
    expects: "a slow mean of the rows before",
    make: (options, state) => new Cusum(options, state),
  },
  "half-space-trees": {
    summary: "little mass of earlier rows where value and change lie",
    expects: null,
    make: (options, state) => new HalfSpaceTrees(options, state),
  },
  autoencoder: {
    summary: "error of a small network that gives back the last rows",
    expects: "what the network gives back of the row",
    make: (options, state) => new Autoencoder(options, state),
  },
  forecast: {
    summary: "error of a small LSTM's forecast",
    expects: "the network's forecast from the rows before",
    make: (options, state) => new ForecastDetector(options, state),
  },
};

/** The one for series of which nothing is known. */
export const DEFAULT_DETECTOR: DetectorName = "novelty";

/** Their names. */
export const DETECTOR_NAMES = Object.keys(DETECTORS) as readonly DetectorName[];

/** Whether there is a detector of that name. */
export function isDetectorName(name: string): name is DetectorName {
  return Object.hasOwn(DETECTORS, name);
}

/**
 * A detector at the beginning of a series.
 *
 * @throws RangeError when an option is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const detector = createDetector("z-score", { windowRows: 100 });
 * for (let row = 0; row < 50; row++) detector.update(row % 5, row * 60_000);
 * const copy = restoreDetector(JSON.parse(JSON.stringify(detector.toJson())));
 * assert.ok(detector.update(40, 3_000_000) > 0.5);
 * assert.equal(detector.expected, 2);
 * assert.ok(copy.update(2, 3_000_000) < 0.5);
 * ```
 */
export function createDetector<Name extends DetectorName>(
  name: Name,
  options: DetectorOptions[Name] = {},
): Detector {
  return DETECTORS[name].make(options);
}

function isObject(json: unknown): json is { readonly [key: string]: Json } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/**
 * The detector that gave this snapshot ({@linkcode Detector.toJson}).
 *
 * @throws RangeError when it is not one
 */
export function restoreDetector(json: Json): Detector {
  const { name, options, state } = isObject(json) ? json : {};
  if (typeof name !== "string" || !isDetectorName(name) || !isObject(options) || !isObject(state)) {
    const found = typeof name === "string" ? `'${name}'` : "no name";
    throw new RangeError(
      `Cannot restore a detector: found ${found}, one of ${DETECTOR_NAMES.join(", ")} is wanted`,
    );
  }
  return (DETECTORS[name] as DetectorEntry<unknown>).make(options, state);
}
