/** FedYogi (Reddi et al. 2021, arXiv:2003.00295): v ← v − (1 − β₂)·Δ²·sign(v − Δ²), which forgets large Δ slowly. */
import { adaptive } from "./adaptive.ts";
import type { Strategy, StrategyOptions, StrategyState } from "./strategy.ts";

const BETA1 = 0.9, BETA2 = 0.99;

/** Makes it, where a saved state left off. */
export function fedYogi({ serverLearningRate = 0.003 }: StrategyOptions, state?: StrategyState): Strategy {
  return adaptive({
    ...{ name: "fedyogi", learningRate: serverLearningRate, beta1: BETA1 },
    second: (v, squared) => v - (1 - BETA2) * squared * Math.sign(v - squared),
  }, state);
}
