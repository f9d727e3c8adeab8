/** Errors of the network, of the last value and of ridge regression, side by side on the same examples. */
import type { Examples } from "./examples.ts";
import type { Work } from "../loop/work.ts";
import type { ForecastFunction } from "./ridge.ts";

/** Errors of one forecaster over some examples. */
export interface Errors {
  /** Mean squared error, in the target's unit squared. */
  readonly mse: number;
  /** Mean absolute error, in the target's unit. */
  readonly mae: number;
}

/** The forecasters side by side; ratios are to the last value: below 1 is better than it. */
export interface Comparison {
  readonly count: number;
  readonly network: Errors;
  readonly lastValue: Errors;
  readonly ridge: Errors;
  readonly ratio: { readonly mse: number; readonly mae: number };
  readonly ridgeRatio: { readonly mse: number; readonly mae: number };
}

/** A comparison on all examples, and on those that touch no labelled event; `null` where there are none. */
export interface EventComparison {
  readonly all: Comparison | null;
  readonly withoutEvents: Comparison | null;
}

/** A part of the data: together and by source. */
export interface PartComparison extends EventComparison {
  /** Without the {@linkcode LARGEST_SHARE} of the examples on which the last value errs most: a few jumps that
   * nobody can forecast would otherwise decide the MSE. */
  readonly withoutLargest: Comparison | null;
  readonly sources: readonly ({ readonly source: string } & EventComparison)[];
}

/** Share of the examples that count as jumps in {@linkcode PartComparison.withoutLargest}. */
export const LARGEST_SHARE = 0.01;

/** The forecasters to compare with the last value. */
export interface Contestants {
  readonly network: ForecastFunction;
  readonly ridge: ForecastFunction;
}

/** What nothing was compared on. */
export const UNCOMPARED: PartComparison = {
  all: null,
  withoutEvents: null,
  withoutLargest: null,
  sources: [],
};

/** Compares on all examples, in their order. */
export function* compare(examples: Examples, contestants: Contestants): Work<PartComparison> {
  const all = new Tally();
  const calm = new Tally();
  const usual = new Tally();
  const jump = jumpOf(examples);
  const bySource = examples.series.map(({ source }) => ({ source, all: new Tally(), calm: new Tally() }));
  for (let example = 0; example < examples.count; example++) {
    const windows = examples.valuesOf(example);
    const start = examples.startOf(example);
    const actual = examples.actualOf(example);
    const history = examples.historyOf(example);
    const network = contestants.network(windows, start, history) - actual;
    const lastValue = examples.lastOf(example) - actual;
    const ridge = contestants.ridge(windows, start, history) - actual;
    const own = bySource[examples.sources[example]!]!;
    const tallies = examples.touchesEvent(example) ? [all, own.all] : [all, own.all, calm, own.calm];
    if (Math.abs(lastValue) <= jump) tallies.push(usual);
    for (const tally of tallies) tally.add({ network, lastValue, ridge });
    yield null;
  }
  return {
    all: all.result(),
    withoutEvents: calm.result(),
    withoutLargest: usual.result(),
    sources: bySource.filter((own) => own.all.count > 0).map((own) => ({
      source: own.source,
      all: own.all.result(),
      withoutEvents: own.calm.result(),
    })),
  };
}

/** The largest change that is not yet one of the {@linkcode LARGEST_SHARE} largest. */
function jumpOf(examples: Examples): number {
  const sizes = Float64Array.from({ length: examples.count }, (_, i) => Math.abs(examples.changeOf(i)))
    .sort();
  return sizes[sizes.length - 1 - Math.floor(sizes.length * LARGEST_SHARE)] ?? Infinity;
}

/** Sums in the order of the calls: the same order gives the same figures, bit for bit. */
class Tally {
  count = 0;
  readonly #squared = { network: 0, lastValue: 0, ridge: 0 };
  readonly #absolute = { network: 0, lastValue: 0, ridge: 0 };

  add(errors: { readonly network: number; readonly lastValue: number; readonly ridge: number }): void {
    this.count++;
    for (const who of ["network", "lastValue", "ridge"] as const) {
      this.#squared[who] += errors[who] * errors[who];
      this.#absolute[who] += Math.abs(errors[who]);
    }
  }

  result(): Comparison | null {
    if (this.count === 0) return null;
    const of = (who: "network" | "lastValue" | "ridge"): Errors => ({
      mse: this.#squared[who] / this.count,
      mae: this.#absolute[who] / this.count,
    });
    const [network, lastValue, ridge] = [of("network"), of("lastValue"), of("ridge")];
    return {
      count: this.count,
      network,
      lastValue,
      ridge,
      ratio: ratioOf(network, lastValue),
      ridgeRatio: ratioOf(ridge, lastValue),
    };
  }
}

/** 1 where both are without error. */
function ratioOf(own: Errors, other: Errors): { mse: number; mae: number } {
  const divide = (a: number, b: number): number => a === b ? 1 : a / b;
  return { mse: divide(own.mse, other.mse), mae: divide(own.mae, other.mae) };
}
