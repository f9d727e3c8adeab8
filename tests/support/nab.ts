/** The Numenta Anomaly Benchmark: the 34 series at hand, the peer that checks the scorer, chance. */
import type { Random } from "../../nn/random.ts";
import {
  labelledFiles,
  type Labels,
  readLabels,
  readSeries,
  windowsFor,
} from "../../src/datasets/labelled_series.ts";

/** Where the series and their labels lie. */
export const NAB_FOLDER = new URL("../../../shared/data/nab/", import.meta.url).pathname;

/** A labelled series. */
export interface NabInput {
  /** `realAdExchange/exchange-2_cpc_results.csv`. */
  readonly name: string;
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
  readonly windows: Labels extends ReadonlyMap<string, infer Windows> ? Windows : never;
}

/** All series, in the order of their names; `null` where they are not on this machine. */
export async function readNab(): Promise<NabInput[] | null> {
  const labelsFile = `${NAB_FOLDER}combined_windows.json`;
  if (await Deno.stat(labelsFile).then(() => false, () => true)) return null;
  const labels = await readLabels(labelsFile);
  const all: NabInput[] = [];
  for (const path of await labelledFiles(`${NAB_FOLDER}data`, labels)) {
    const { timesMs, values } = await readSeries(path, {});
    const name = path.split("/").slice(-2).join("/");
    all.push({ name, timesMs, values, windows: windowsFor(labels, path) });
  }
  return all;
}

/** Complementary error function, to 1.2e-7 of it (Press et al., Numerical Recipes, erfcc). */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * x);
  const series = [
    ...[-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806],
    ...[0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277],
  ].reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  return t * Math.exp(-x * x + series);
}

/**
 * The benchmark's windowed Gaussian (window 6,400, which none of these series fills): one minus the tail probability
 * of a value under the normal distribution of all values before, written with 12 digits as its published results are.
 */
export function windowedGaussian(values: readonly number[]): Float64Array {
  let count = 0, mean = 0, squares = 0;
  return Float64Array.from(values, (value) => {
    const sd = Math.sqrt(squares / count) || 1e-6;
    const score = count === 0 ? 0 : 1 - 0.5 * erfc(Math.abs(value - mean) / sd / 1.4142);
    count++;
    const error = value - mean;
    mean += error / count;
    squares += error * (value - mean);
    return Number(score.toFixed(12));
  });
}

/** Scores by chance. */
export function randomScores(values: readonly number[], random: Random): Float64Array {
  return Float64Array.from(values, () => random.uniform());
}
