/**
 * FedAvgM: the server has momentum (Hsu, Qi, Brown 2019, arXiv:1909.06335). g = w − mean; v ← β·v + g; w ← w − η·v.
 * β is 0.5 where nobody says more: a round of few devices is a poor direction to go on in for long.
 */
import { meanCollector } from "./mean.ts";
import { numbersOf, PLAIN, type Strategy, type StrategyOptions, type StrategyState } from "./strategy.ts";

/** Makes it, where a saved state left off. @throws RangeError for a momentum that is not from 0 to below 1 */
export function fedAvgM(
  { serverLearningRate = 1, momentum = 0.5 }: StrategyOptions,
  state: StrategyState = null,
): Strategy {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`Cannot make FedAvgM with momentum ${momentum}: from 0 to below 1 is wanted`);
  }
  return {
    ...PLAIN,
    name: "fedavgm",
    takesMean: true,
    streams: true,
    begin: (global: Float64Array) =>
      meanCollector(global, (mean) => {
        const velocity = numbersOf(state, "velocity", global.length).map((v, i) =>
          momentum * v + (global[i]! - mean[i]!)
        );
        state = { velocity };
        return global.map((weight, i) => weight - serverLearningRate * velocity[i]!);
      }),
    state: () => state,
  };
}
