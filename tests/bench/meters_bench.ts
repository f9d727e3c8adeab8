/**
 * How good the forecasts of the shipped electricity are: the default recipe over several seeds on the unseen last fifth,
 * beside the last value, the season and ridge, every meter alike. `deno task bench meters [SEEDS]`
 */
import { openMeters } from "../../src/datasets/mod.ts";
import { spreadOf } from "../../src/train/loop/tune.ts";
import { METERS_RECIPE, METERS_TASK, readDataset, trainForecaster } from "../../src/train/mod.ts";
import { printTable } from "./report.ts";

const SEEDS = 5;

/** Trains with the seeds 1, 2, … and prints who forecasts best. */
async function benchMeters(seeds = SEEDS): Promise<void> {
  const set = await readDataset(openMeters());
  const figures = new Map<string, { readonly mse: number[]; readonly ratio: number[] }>();
  const seconds: number[] = [];
  let test = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const startMs = performance.now();
    const { report } = await trainForecaster(set, { ...METERS_TASK, recipe: { ...METERS_RECIPE, seed } });
    seconds.push((performance.now() - startMs) / 1000);
    test = report.examples.test;
    for (const [name, { mse, ratio }] of Object.entries(report.bySource!.contestants)) {
      const own = figures.get(name) ?? { mse: [], ratio: [] };
      figures.set(name, { mse: [...own.mse, mse], ratio: [...own.ratio, ratio] });
    }
  }
  const cell = (values: readonly number[]) => {
    const { mean, sd } = spreadOf(values);
    return sd === 0 || values.length < 2 ? mean.toFixed(4) : `${mean.toFixed(4)} ± ${sd.toFixed(4)}`;
  };
  console.log(
    `${seeds} seeds, ${
      test.toLocaleString("en-US")
    } forecasts of ${set.series.length} meters, mean over the meters.\n`,
  );
  printTable(
    ["", "MSE ÷ variance", "÷ last value's MSE"],
    [...figures].map(([name, { mse, ratio }]) => [name, cell(mse), cell(ratio)]),
  );
  console.log(
    `\nSeconds a training, with its report: ${Math.min(...seconds).toFixed(1)} to ${
      Math.max(...seconds).toFixed(1)
    }`,
  );
}

if (import.meta.main) await benchMeters(...Deno.args.map(Number));
