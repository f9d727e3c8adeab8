/** One measure for the errors of all trainings of a traffic model. */
import { type InputSpec, learnedAs } from "../model/inputs.ts";

/**
 * How errors are measured, whatever the normalisation: squared, as a share of the target's variance in the training part;
 * of targets that span decades both by their logarithms.
 */
export interface ErrorMeasure extends Pick<InputSpec, "targets" | "logarithms"> {
  /** (K), positive. */
  readonly variances: readonly number[];
}

/** Mean of the targets and of the examples; both (n, K). */
export function meanError(
  { targets, logarithms, variances }: ErrorMeasure,
  forecasts: Float64Array,
  outcomes: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < outcomes.length; i++) {
    const k = i % targets.length, target = targets[k]!;
    const error = learnedAs({ logarithms }, target, forecasts[i]!) -
      learnedAs({ logarithms }, target, outcomes[i]!);
    sum += error * error / variances[k]!;
  }
  return sum / outcomes.length;
}
