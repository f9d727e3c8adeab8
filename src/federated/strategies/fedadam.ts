/**
 * FedAdam (Reddi et al. 2021, arXiv:2003.00295): v ← β₂·v + (1 − β₂)·Δ². As in Flower η is corrected for the moments'
 * beginning at 0, by √(1 − β₂^(t+1)) / (1 − β₁^(t+1)) in round t.
 */
import { adaptive } from "./adaptive.ts";
import type { Strategy, StrategyOptions, StrategyState } from "./strategy.ts";

const BETA1 = 0.9, BETA2 = 0.99;

/** Makes it, where a saved state left off. */
export function fedAdam({ serverLearningRate = 0.01 }: StrategyOptions, state?: StrategyState): Strategy {
  return adaptive({
    ...{ name: "fedadam", learningRate: serverLearningRate, beta1: BETA1 },
    second: (v, squared) => BETA2 * v + (1 - BETA2) * squared,
    correction: (round) => Math.sqrt(1 - BETA2 ** (round + 1)) / (1 - BETA1 ** (round + 1)),
  }, state);
}
