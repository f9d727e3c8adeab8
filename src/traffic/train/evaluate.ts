/** What forecasts are worth: errors beside the last value, the value a season ago and ridge regression. Pure. */
import type { Network } from "../../../nn/mod.ts";
import { RegressionMetrics } from "../../../nn/mod.ts";
import { doubtsOf } from "../../train/evaluation/doubts.ts";
import type { Work } from "../../train/loop/work.ts";
import { type InputSpec, lastValues, type TrafficTarget } from "../model/inputs.ts";
import { ForecastInterval } from "../intervals.ts";
import { TRAFFIC_FEATURES } from "../observed.ts";
import { forecastExamples, outcomeOf, seenBy, targetPlaces } from "./batch.ts";
import type { TrafficExamples } from "./examples.ts";
import { forecastByRidge, type TrafficRidge } from "./ridge.ts";

const WIDTH = TRAFFIC_FEATURES.length;
const DAY_US = 86_400e6;

/** What forecasts, as far as it is judged. */
export interface JudgedModel {
  readonly spec: InputSpec;
  readonly network: Network;
  readonly ridge: TrafficRidge;
  /** (K, 101): quantiles of residuals; intervals begin with them. */
  readonly residuals: readonly (readonly number[])[];
}

/** Errors in the target's unit. */
export interface Errors {
  /** Share of the variance that is explained; `null` where the target never changes. */
  readonly r2: number | null;
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  /** Mean of |error| ÷ |outcome| where the outcome is not 0, in percent; `null` where it always is. */
  readonly mape: number | null;
}

/** How good the forecasts of one target are. */
export interface TargetScore {
  readonly target: TrafficTarget;
  readonly network: Errors;
  readonly lastValue: Errors;
  /** As a season ago; `null` where some forecasts have no such past. */
  readonly seasonal: Errors | null;
  readonly ridge: Errors;
  /** Intervals as the live job makes them, from residuals of the forecasts before. */
  readonly interval: {
    readonly nominal: number;
    /** Share of the outcomes that lay inside. */
    readonly measured: number;
    /** Mean of upper − lower. */
    readonly width: number;
  };
}

/** Forecasts of one series in the order of time; arrays by target (K, n). */
export interface JudgedSeries {
  readonly link: string;
  /** (n) start of the window that is forecast, in µs. */
  readonly startsUs: readonly number[];
  readonly actual: readonly (readonly number[])[];
  readonly predicted: readonly (readonly number[])[];
  readonly lower: readonly (readonly number[])[];
  readonly upper: readonly (readonly number[])[];
}

/** The whole judgement. */
export interface TrafficEvaluation {
  /** Forecasts. */
  readonly count: number;
  /** How long ago the season is, in windows; 0 = a day is no whole number of windows. */
  readonly seasonWindows: number;
  /** Why the figures say little, a sentence each. */
  readonly doubts: readonly string[];
  readonly targets: readonly TargetScore[];
  readonly series: readonly JudgedSeries[];
}

/** The season that is compared with: the model's own, else a day; 0 where that is no whole number of windows. */
export function seasonOf({ seasonWindows, windowUs }: InputSpec): number {
  if (seasonWindows > 0) return seasonWindows;
  const windows = DAY_US / windowUs;
  return Number.isInteger(windows) && windows > 1 ? windows : 0;
}

/** Judges the forecasts of all examples, of which there is at least one. */
export function* evaluateTraffic(
  model: JudgedModel,
  examples: TrafficExamples,
  coverage: number,
): Work<TrafficEvaluation> {
  const { spec, network, ridge, residuals } = model;
  const places = targetPlaces(spec), outputs = places.length, season = seasonOf(spec);
  const byNetwork = yield* forecastExamples(spec, network, examples);
  const byRidge = yield* forecastByRidge(spec, ridge, examples);
  const tallies = places.map(() => ({
    ...{ network: new Tally(), lastValue: new Tally(), seasonal: new Tally(), ridge: new Tally() },
    ...{ inside: 0, width: 0 },
  }));
  const last = new Float64Array(outputs);
  const series: Growing[] = [];
  let seasons = 0;
  for (let example = 0; example < examples.rows.length; example++) {
    const which = examples.which[example]!;
    const own = series[which] ??= growing(examples.series[which]!.link, outputs);
    const seen = seenBy(examples, example, spec.windowUs);
    const outcomes = outcomeOf(examples, example, places);
    lastValues(spec, seen, last);
    const seasonRow = seen.end - season;
    const hasSeason = season > 0 && seasonRow >= 0;
    if (hasSeason) seasons++;
    own.startsUs.push(seen.newestUs + spec.windowUs);
    outcomes.forEach((actual, k) => {
      const tally = tallies[k]!, value = byNetwork[example * outputs + k]!;
      tally.network.add(value, actual);
      tally.lastValue.add(last[k]!, actual);
      tally.ridge.add(byRidge[example * outputs + k]!, actual);
      if (hasSeason) tally.seasonal.add(seen.values[seasonRow * WIDTH + places[k]!]!, actual);
      const interval = own.intervals[k]!;
      const { lower, upper } = interval.around(value, { coverage, trained: residuals[k]! });
      interval.learn(actual - value);
      if (lower <= actual && actual <= upper) tally.inside++;
      tally.width += upper - lower;
      [actual, value, lower, upper].forEach((number, i) => own.tables[i]![k]!.push(number));
    });
  }
  const count = examples.rows.length;
  const targets = tallies.map((tally, k): TargetScore => ({
    target: spec.targets[k]!,
    ...{
      network: tally.network.errors(),
      lastValue: tally.lastValue.errors(),
      ridge: tally.ridge.errors(),
    },
    seasonal: seasons === count ? tally.seasonal.errors() : null,
    interval: { nominal: coverage, measured: tally.inside / count, width: tally.width / count },
  }));
  return {
    count,
    seasonWindows: season,
    doubts: trafficDoubts(count, targets),
    targets,
    series: series.filter((own) => own !== undefined).map(({ link, startsUs, tables }) => {
      const [actual, predicted, lower, upper] = tables as [number[][], number[][], number[][], number[][]];
      return { link, startsUs, actual, predicted, lower, upper };
    }),
  };
}

/** Why the figures of so many forecasts say little, a sentence each. */
export function trafficDoubts(count: number, targets: readonly TargetScore[]): string[] {
  const r2 = targets.map(({ target, network }) => [target, network.r2] as const);
  return doubtsOf({ count, unit: "test windows", r2 });
}

interface Growing {
  readonly link: string;
  readonly startsUs: number[];
  readonly intervals: readonly ForecastInterval[];
  /** Actual, predicted, lower and upper, each by target. */
  readonly tables: readonly (readonly number[][])[];
}

function growing(link: string, outputs: number): Growing {
  const byTarget = <T>(make: () => T) => Array.from({ length: outputs }, make);
  return {
    link,
    startsUs: [],
    intervals: byTarget(() => new ForecastInterval()),
    tables: Array.from({ length: 4 }, () => byTarget((): number[] => [])),
  };
}

/** Errors, one forecast at a time. */
class Tally {
  readonly #metrics = new RegressionMetrics();
  #relative = 0;
  #relatives = 0;

  add(predicted: number, actual: number): void {
    this.#metrics.add(predicted, actual);
    if (actual === 0) return;
    this.#relative += Math.abs((predicted - actual) / actual);
    this.#relatives++;
  }

  errors(): Errors {
    const { r2, mse, rmse, mae } = this.#metrics;
    return {
      r2: Number.isNaN(r2) ? null : r2,
      ...{ mse, rmse, mae },
      mape: this.#relatives === 0 ? null : 100 * this.#relative / this.#relatives,
    };
  }
}
