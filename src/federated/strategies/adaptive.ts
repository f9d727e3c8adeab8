/**
 * What FedAdam, FedYogi and FedAdagrad share (Reddi et al. 2021, arXiv:2003.00295): Δ = mean − w is taken for a
 * gradient, m ← β₁·m + (1 − β₁)·Δ, v by strategy, w ← w + η·m/(√v + τ). m and v begin at 0, as in Flower (the paper's v
 * begins at τ² or more).
 */
import { meanCollector } from "./mean.ts";
import { numbersOf, PLAIN, type RoundPlace, type Strategy, type StrategyState } from "./strategy.ts";

/** What is special to each. */
export interface AdaptiveRule {
  readonly name: string;
  /** η */
  readonly learningRate: number;
  readonly beta1: number;
  /** v of a coordinate after a Δ². */
  second(v: number, squared: number): number;
  /** What η is multiplied by in a round; none says 1. */
  correction?(round: number): number;
}

/** Keeps the divisor off 0. */
const TAU = 1e-3;

/** Makes one, where a saved state left off. @throws RangeError for a learning rate that is not above 0 */
export function adaptive(rule: AdaptiveRule, state: StrategyState = null): Strategy {
  const { name, learningRate, beta1 } = rule;
  if (!(learningRate > 0)) {
    throw new RangeError(
      `Cannot make ${name} with learning rate ${learningRate}: a number above 0 is wanted`,
    );
  }
  return {
    ...PLAIN,
    name,
    takesMean: true,
    streams: true,
    begin: (global: Float64Array, { round }: RoundPlace) =>
      meanCollector(global, (mean) => {
        const m = numbersOf(state, "m", global.length).map((kept, i) =>
          beta1 * kept + (1 - beta1) * (mean[i]! - global[i]!)
        );
        const v = numbersOf(state, "v", global.length).map((kept, i) =>
          rule.second(kept, (mean[i]! - global[i]!) ** 2)
        );
        state = { m, v };
        const rate = learningRate * (rule.correction?.(round) ?? 1);
        return global.map((weight, i) => weight + rate * m[i]! / (Math.sqrt(v[i]!) + TAU));
      }),
    state: () => state,
  };
}
