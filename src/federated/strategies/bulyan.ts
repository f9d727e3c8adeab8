/**
 * Bulyan: θ = n − 2f updates with Krum's best scores, then of each coordinate the mean of the θ − 2f values that are
 * nearest to the median (El Mhamdi et al. 2018, arXiv:1802.07927); n ≥ 4f + 3. As in Flower the scores are taken once;
 * the paper takes them anew after each choice.
 */
import { byCoordinate, medianOf } from "./coordinates.ts";
import { doubtFaulty, faultyOf, rankByKrum } from "./krum.ts";
import { collectAll, faultyShareOf, PLAIN, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it. */
export function bulyan(options: StrategyOptions): Strategy {
  const share = faultyShareOf(options);
  const strategy: Strategy = {
    ...PLAIN,
    name: "bulyan",
    minUpdates: 3,
    doubt: (updates) => doubtFaulty(faultyOf(updates, { share, times: 4 }), updates),
    begin: () =>
      collectAll(strategy, (updates) => {
        const faulty = faultyOf(updates.length, { share, times: 4 });
        const chosen = rankByKrum(updates, faulty).slice(0, updates.length - 2 * faulty);
        return byCoordinate(
          chosen.map((place) => updates[place]!),
          (sorted) => meanNearMedian(sorted, sorted.length - 2 * faulty),
        );
      }),
  };
  return strategy;
}

/** Mean of the `kept` sorted values that are nearest to the median: they lie side by side. */
function meanNearMedian(sorted: Float64Array, kept: number): number {
  const middle = medianOf(sorted);
  let from = 0, to = sorted.length;
  while (to - from > kept) {
    if (middle - sorted[from]! > sorted[to - 1]! - middle) from++;
    else to--;
  }
  let sum = 0;
  for (let k = from; k < to; k++) sum += sorted[k]!;
  return sum / kept;
}
