/** Trying settings: every combination of a grid with several seeds, chosen by the validation part alone. */
import { mean, sampleStandardDeviation } from "simple-statistics";
import { UserError } from "../../runtime/errors.ts";
import { tableLines } from "../../runtime/text_table.ts";

/** One combination: key → value as it was written. */
export type Combination = Readonly<Record<string, string>>;

/** What one training was worth. */
export interface Trial {
  readonly seed: number;
  /** What decides: higher is better. */
  readonly score: number;
  /** Figures of the validation part. */
  readonly validation: Readonly<Record<string, number>>;
  /** Figures of the test part: shown of the chosen combination, never compared. */
  readonly test: Readonly<Record<string, number>>;
}

/** A combination and its trials. */
export interface Tried {
  readonly combination: Combination;
  readonly trials: readonly Trial[];
}

/** Mean and sample standard deviation (0 for a single value). */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
}

/** Trainings that one `tune` may ask for. */
export const TRIALS_MAX = 10_000;

/**
 * All combinations of `hidden=32|64-64-32,learningRate=1e-3|3e-4`, the last key changing fastest; one empty
 * combination for no grid. A list within a value is written with `-`.
 *
 * @throws {UserError} (exit code 2) for a part that is not `key=value|value…`, and for a key that stands twice
 */
export function parseGrid(grid: string | undefined): Combination[] {
  let combinations: Combination[] = [{}];
  for (const part of grid?.split(",") ?? []) {
    const [key = "", values = "", ...rest] = part.split("=").map((piece) => piece.trim());
    const choices = values.split("|").map((value) => value.trim());
    if (key === "" || rest.length > 0 || choices.includes("")) {
      throw new UserError(`--grid: '${part}' is not a key with its values`, {
        hint: "write it like hidden=32|64-64-32,learningRate=1e-3|3e-4",
        exitCode: 2,
      });
    }
    if (key in combinations[0]!) {
      throw new UserError(`--grid: ${key} stands twice`, { hint: `write ${key}=A|B`, exitCode: 2 });
    }
    combinations = combinations.flatMap((combination) =>
      choices.map((choice) => ({ ...combination, [key]: choice }))
    );
  }
  return combinations;
}

/** Mean and spread of one figure over the trials. @throws {RangeError} for none */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("Cannot take the mean of no values");
  const sample = [...values];
  return { mean: mean(sample), sd: values.length === 1 ? 0 : sampleStandardDeviation(sample) };
}

/** The combination with the highest mean score, the first of equals; and its best trial. */
export function choose(tried: readonly Tried[]): { readonly tried: Tried; readonly trial: Trial } {
  const score = ({ trials }: Tried) => spreadOf(trials.map((trial) => trial.score)).mean;
  const best = tried.reduce((a, b) => score(b) > score(a) ? b : a);
  return { tried: best, trial: best.trials.reduce((a, b) => b.score > a.score ? b : a) };
}

/**
 * A table of the validation figures, a line each, the chosen combination marked; then its test figures. `by` says what
 * the score is.
 */
export function formatTried(tried: readonly Tried[], by: string): string[] {
  const { tried: chosen, trial } = choose(tried);
  const figures = Object.keys(chosen.trials[0]!.validation);
  const seeds = chosen.trials.map(({ seed }) => seed);
  const rows = [
    ["", "setting", ...figures],
    ...tried.map(({ combination, trials }) => [
      combination === chosen.combination ? "→" : "",
      nameOf(combination),
      ...figures.map((figure) =>
        formatSpread(
          spreadOf(trials.map(({ validation }) => validation[figure]!)),
          figure === "epoch" ? 1 : 4,
        )
      ),
    ]),
  ];
  return [
    `On validation, mean ± sd over ${
      seeds.length === 1 ? `seed ${seeds[0]}` : `the seeds ${seeds.join(", ")}`
    }:`,
    ...tableLines(rows, (column) => column < 2).map((line) => `  ${line}`),
    "",
    `Chosen    by ${by}: ${nameOf(chosen.combination)}; the best of its seeds on validation is ${trial.seed}`,
    "On the test part, which has chosen nothing:",
    ...Object.keys(trial.test).map((figure) =>
      `  ${figure.padEnd(12)}${formatSpread(spreadOf(chosen.trials.map(({ test }) => test[figure]!)))}` +
      `   seed ${trial.seed}: ${trial.test[figure]!.toFixed(4)}`
    ),
  ];
}

/** `hidden=32 learningRate=1e-3` */
export function nameOf(combination: Combination): string {
  const entries = Object.entries(combination);
  return entries.length === 0 ? "as given" : entries.map(([key, value]) => `${key}=${value}`).join(" ");
}

function formatSpread({ mean, sd }: Spread, digits = 4): string {
  return `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
}
