/** How fast one training converges beside another. Pure. */
import type { LearningCurve } from "../model/metadata.ts";

/** Two learning curves in numbers; errors as shares of the targets' variance. */
export interface Convergence {
  readonly with: string;
  readonly without: string;
  readonly errorWith: number;
  readonly errorWithout: number;
  /** Of the last value. */
  readonly errorLastValue: number;
  /** How many times as large the error without is. */
  readonly ratio: number;
  /** Epochs until the best of "without". */
  readonly epochsWithout: number;
  /** Epochs until "with" is as good as that; `null` = never. */
  readonly epochsWith: number | null;
}

/** The first curve beside the second. */
export function compareCurves(first: LearningCurve, second: LearningCurve): Convergence {
  const errorWith = first.epochs[first.best]!.validation;
  const errorWithout = second.epochs[second.best]!.validation;
  const reached = first.epochs.findIndex(({ validation }) => validation <= errorWithout);
  return {
    with: first.normalization,
    without: second.normalization,
    ...{ errorWith, errorWithout, errorLastValue: first.lastValue },
    ratio: errorWithout / errorWith,
    epochsWithout: second.best + 1,
    epochsWith: reached < 0 ? null : reached + 1,
  };
}

/** The same in words. */
export function describeConvergence(convergence: Convergence): string {
  const { errorWith, errorWithout, errorLastValue, ratio, epochsWith, epochsWithout } = convergence;
  const name = (normalization: string) =>
    normalization === "none" ? "without normalisation" : `with ${normalization} normalisation`;
  const times = ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3);
  return `Validation error, as a share of the targets' variance: ${short(errorWith)} ${
    name(convergence.with)
  }, ` +
    `${short(errorWithout)} ${name(convergence.without)}: ${times} times as much (${
      short(errorLastValue)
    } of the last ` +
    "value). " +
    `What the latter reaches in ${count(epochsWithout)}, the former ` +
    (epochsWith === null ? "never reaches." : `reaches in ${count(epochsWith)}.`);
}

function count(epochs: number): string {
  return epochs === 1 ? "1 epoch" : `${epochs} epochs`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
