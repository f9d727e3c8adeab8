/** FedAdagrad (Reddi et al. 2021, arXiv:2003.00295): v ← v + Δ², without a first moment (β₁ = 0). */
import { adaptive } from "./adaptive.ts";
import type { Strategy, StrategyOptions, StrategyState } from "./strategy.ts";

/** Makes it, where a saved state left off. */
export function fedAdagrad({ serverLearningRate = 0.1 }: StrategyOptions, state?: StrategyState): Strategy {
  return adaptive({
    ...{ name: "fedadagrad", learningRate: serverLearningRate, beta1: 0 },
    second: (v, squared) => v + squared,
  }, state);
}
