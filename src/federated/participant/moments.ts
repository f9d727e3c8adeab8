/**
 * The federation's normalisation: each device sends count, mean and sum of squared distances of every input and of the
 * target's change, and they are joined (Chan, Golub, LeVeque 1979) in the order of the devices. No reading leaves.
 */
import { countInputs, type Preparation, type PreparationOptions } from "../../models/preparation.ts";
import type { PreparedExamples } from "./examples.ts";

/** Of I inputs, and of the change behind them. */
export interface InputMoments {
  readonly count: number;
  /** (I + 1) */
  readonly means: Float64Array;
  /** (I + 1) Sums of squared distances from the mean. */
  readonly squares: Float64Array;
}

/** Of the first examples, which were prepared without any scale. */
export function measureMoments(
  { inputs, units, lasts, actuals }: PreparedExamples,
  count: number,
): InputMoments {
  const width = count === 0 ? 0 : inputs.length / units.length;
  const means = new Float64Array(width + 1), squares = new Float64Array(width + 1);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i <= width; i++) {
      const value = i < width ? inputs[row * width + i]! : (actuals[row]! - lasts[row]!) / units[row]!;
      const off = value - means[i]!;
      means[i]! += off / (row + 1);
      squares[i]! += off * (value - means[i]!);
    }
  }
  return { count, means, squares };
}

/** All devices' together; those without examples say nothing. */
export function joinMoments(parts: readonly InputMoments[]): InputMoments | null {
  let joined: InputMoments | null = null;
  for (const part of parts) {
    if (part.count === 0) continue;
    joined = joined === null ? part : joinTwo(joined, part);
  }
  return joined;
}

function joinTwo(a: InputMoments, b: InputMoments): InputMoments {
  const count = a.count + b.count;
  const off = b.means.map((mean, i) => mean - a.means[i]!);
  return {
    count,
    means: a.means.map((mean, i) => mean + off[i]! * b.count / count),
    squares: a.squares.map((sum, i) => sum + b.squares[i]! + off[i]! ** 2 * a.count * b.count / count),
  };
}

/** What they make of a preparation: standard deviations as scales, means as centres of values. */
export function fitToMoments(
  { count, means, squares }: InputMoments,
  options: PreparationOptions,
): Preparation {
  const inputs = countInputs(options);
  const spreads = [...squares].map((sum) => Math.sqrt(sum / count)).map((sd) =>
    sd > 0 && Number.isFinite(sd) ? sd : 1
  );
  return {
    ...options,
    center: options.kind === "values" ? [...means.subarray(0, inputs)] : new Array<number>(inputs).fill(0),
    scale: spreads.slice(0, inputs),
    targetScale: spreads[inputs]!,
  };
}
