/**
 * FedBuff: nobody waits for anybody; what has come is added up when the buffer is full, each by 1/√(1 + staleness)
 * (Nguyen et al. 2022, arXiv:2106.06639). w ← w + η·Σ s·n·Δ / Σ n, Δ the way from the global model that the device
 * began with: whoever runs the rounds keeps the last ones. The paper counts all devices alike; here they count by their
 * examples.
 */
import { STALENESS_MAX } from "../limits.ts";
import type { Update } from "../update.ts";
import { StreamingMean } from "./mean.ts";
import { type Collector, PLAIN, type RoundPlace, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it. */
export function fedBuff({ serverLearningRate = 1 }: StrategyOptions): Strategy {
  return {
    ...PLAIN,
    name: "fedbuff",
    stalenessMax: STALENESS_MAX,
    streams: true,
    begin(global: Float64Array, { round, earlier }: RoundPlace): Collector {
      const mean = new StreamingMean(new Float64Array(global.length));
      return {
        add(update: Update) {
          const staleness = round - update.round;
          const begun = staleness === 0 ? global : earlier?.get(update.round);
          if (begun === undefined || staleness < 0 || staleness > STALENESS_MAX) {
            throw new RangeError(
              `Cannot count the update of ${update.device}: global model ${update.round} is not kept`,
            );
          }
          const discount = 1 / Math.sqrt(1 + staleness);
          const weights = update.weights.map((weight, i) => discount * (weight - begun[i]!));
          mean.add({ ...update, weights });
        },
        finish() {
          const step = mean.mean();
          return global.map((weight, i) => weight + serverLearningRate * step[i]!);
        },
      };
    },
  };
}
