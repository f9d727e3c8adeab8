/**
 * FedAvgM: the server has momentum (Hsu, Qi, Brown 2019, arXiv:1909.06335). g = w − mean; v ← β·v + g; w ← w − η·v.
 * β is 0.5 where nobody says more: a round of few devices is a poor direction to go on in for long.
 */
import type { Json } from "../../stream/json.ts";
import type { Update } from "../update.ts";
import { meanOf } from "./mean.ts";
import { numbersOf, PLAIN, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it, where a saved state left off. @throws RangeError for a momentum that is not from 0 to below 1 */
export function fedAvgM(
  { serverLearningRate = 1, momentum = 0.5 }: StrategyOptions,
  state: Json = null,
): Strategy {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`Cannot make FedAvgM with momentum ${momentum}: from 0 to below 1 is wanted`);
  }
  let velocity: Float64Array | null = null;
  return {
    ...PLAIN,
    name: "fedavgm",
    takesMean: true,
    aggregate(global: Float64Array, updates: readonly Update[]) {
      velocity ??= state === null ? new Float64Array(global.length) : numbersOf(state, global.length);
      const mean = meanOf(global, updates);
      velocity = velocity.map((v, i) => momentum * v + (global[i]! - mean[i]!));
      return global.map((weight, i) => weight - serverLearningRate * velocity![i]!);
    },
    state: () => velocity === null ? state : [...velocity],
  };
}
