/** Errors of network and baseline, added up as forecasts come due: like with like. */
import type { AnsweredBy } from "./schema.ts";

/** Mean errors of forecasts that came due, in the target's unit (MSE: squared); `null` where none has. */
export interface Errors {
  readonly scored: number;
  readonly mse: number | null;
  readonly baselineMse: number | null;
  readonly mae: number | null;
  readonly baselineMae: number | null;
}

/** Sums from which mean errors follow. */
export class ErrorSums {
  scored = 0;
  readonly squared: Record<AnsweredBy, number> = { network: 0, baseline: 0 };
  readonly absolute: Record<AnsweredBy, number> = { network: 0, baseline: 0 };

  /** Adds a forecast of the network that came due. */
  add(
    { predicted, baseline, actual }: {
      readonly predicted: number;
      readonly baseline: number;
      readonly actual: number;
    },
  ): void {
    const { squared, absolute } = this;
    const [error, baselineError] = [predicted - actual, baseline - actual];
    this.scored += 1;
    squared.network += error * error;
    squared.baseline += baselineError * baselineError;
    absolute.network += Math.abs(error);
    absolute.baseline += Math.abs(baselineError);
  }

  /** Adds what another one has summed up. */
  merge({ scored, squared, absolute }: ErrorSums): void {
    this.scored += scored;
    for (const by of ["network", "baseline"] as const) {
      this.squared[by] += squared[by];
      this.absolute[by] += absolute[by];
    }
  }

  /** Means; `null` where nothing was scored. */
  means(): Errors {
    const { scored, squared, absolute } = this;
    const mean = (sum: number) => scored === 0 ? null : sum / scored;
    return {
      scored,
      mse: mean(squared.network),
      baselineMse: mean(squared.baseline),
      mae: mean(absolute.network),
      baselineMae: mean(absolute.baseline),
    };
  }
}
