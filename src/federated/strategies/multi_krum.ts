/** Multi-Krum: the mean, weighted by examples, of the n − f updates with Krum's best scores (Blanchard et al. 2017, arXiv:1703.02757). */
import { doubtFaulty, faultyOf, rankByKrum } from "./krum.ts";
import { meanOf } from "./mean.ts";
import { collectAll, faultyShareOf, PLAIN, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it. */
export function multiKrum(options: StrategyOptions): Strategy {
  const share = faultyShareOf(options);
  const strategy: Strategy = {
    ...PLAIN,
    name: "multi-krum",
    minUpdates: 3,
    doubt: (updates) => doubtFaulty(faultyOf(updates, { share, times: 2 }), updates),
    begin: (global: Float64Array) =>
      collectAll(strategy, (updates) => {
        const faulty = faultyOf(updates.length, { share, times: 2 });
        const best = rankByKrum(updates, faulty).slice(0, updates.length - faulty);
        return meanOf(global, best.map((place) => updates[place]!));
      }),
  };
  return strategy;
}
