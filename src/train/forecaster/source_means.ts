/** Errors in units of each source's own variance, so that every source counts alike: else the largest one decides. */
import type { Contestant } from "../../records/predictions/schema.ts";
import type { Examples } from "./examples.ts";
import type { Work } from "../loop/work.ts";
import type { ForecastFunction } from "./ridge.ts";

/** A contestant's errors, means over the sources. */
export interface SourceMean {
  /** MSE ÷ variance of what came. */
  readonly mse: number;
  /** MSE ÷ the last value's. */
  readonly ratio: number;
}

/** Errors over the sources; those whose target or last value leaves nothing to judge by are left out. */
export interface SourceMeans {
  readonly sources: number;
  /** Sources on which the network's MSE is below the last value's. */
  readonly better: number;
  readonly contestants: Readonly<Partial<Record<Contestant, SourceMean>>>;
}

/** Compares on all examples, source by source; `null` where there is nothing to judge by. */
export function* compareBySource(
  examples: Examples,
  forecasts: Readonly<Partial<Record<Exclude<Contestant, "lastValue">, ForecastFunction>>>,
): Work<SourceMeans | null> {
  const names = ["network", "lastValue", "seasonal", "ridge"] as const;
  const taking = names.filter((name) => name === "lastValue" || forecasts[name] !== undefined);
  const sums = examples.series.map(() => ({
    ...{ count: 0, mean: 0, squares: 0 },
    errors: new Float64Array(taking.length),
  }));
  for (let example = 0; example < examples.count; example++) {
    const own = sums[examples.sources[example]!]!;
    const windows = examples.valuesOf(example), start = examples.startOf(example);
    const actual = examples.actualOf(example);
    const off = actual - own.mean;
    own.mean += off / ++own.count;
    own.squares += off * (actual - own.mean);
    taking.forEach((name, i) => {
      const forecast = name === "lastValue"
        ? examples.lastOf(example)
        : forecasts[name]!(windows, start, examples.historyOf(example));
      own.errors[i]! += (forecast - actual) ** 2;
    });
    yield null;
  }
  const judged = sums.filter(({ squares, errors }) =>
    squares > 0 && errors[taking.indexOf("lastValue")]! > 0
  );
  if (judged.length === 0) return null;
  const lastValue = taking.indexOf("lastValue");
  const mean = (of: (own: typeof judged[number]) => number) =>
    judged.reduce((sum, own) => sum + of(own), 0) / judged.length;
  return {
    sources: judged.length,
    better: judged.filter(({ errors }) => errors[0]! < errors[lastValue]!).length,
    contestants: Object.fromEntries(taking.map((name, i) => [name, {
      mse: mean(({ errors, squares }) => errors[i]! / squares),
      ratio: mean(({ errors }) => errors[i]! / errors[lastValue]!),
    }])),
  };
}

const LABELS: Readonly<Record<Contestant, string>> = {
  network: "network",
  lastValue: "last value",
  seasonal: "season",
  ridge: "ridge",
};

/** For people, a line each. */
export function formatSourceMeans(
  { sources, better, contestants }: SourceMeans,
  season: string | null,
): string[] {
  const label = (name: Contestant) =>
    name === "seasonal" && season !== null ? `${season} before` : LABELS[name];
  return [
    `Each of ${sources} sources alike (mean over them; the network is better than the last value on ${better}):`,
    `  ${"".padEnd(14)}${"MSE ÷ variance".padStart(16)}${"÷ last value".padStart(16)}`,
    ...Object.entries(contestants).map(([name, { mse, ratio }]) =>
      `  ${label(name as Contestant).padEnd(14)}${mse.toFixed(4).padStart(16)}${
        ratio.toFixed(4).padStart(16)
      }`
    ),
  ];
}
