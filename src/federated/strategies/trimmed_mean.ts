/**
 * Trimmed mean: of each coordinate the ⌊β·n⌋ lowest and highest values are left out, and the rest is averaged, every
 * device alike (Yin et al. 2018, arXiv:1803.01498). β is from 0 to below one half, so that something is left; where
 * ⌊β·n⌋ is 0 it is a plain mean, and says so.
 */
import { byCoordinate, meanWithout } from "./coordinates.ts";
import { collectAll, faultyShareOf, PLAIN, type Strategy, type StrategyOptions } from "./strategy.ts";

/** Makes it. @throws RangeError for a β that leaves nothing */
export function trimmedMean(options: StrategyOptions): Strategy {
  const beta = faultyShareOf(options);
  const cutOf = (updates: number) => Math.floor(beta * updates);
  const strategy: Strategy = {
    ...PLAIN,
    name: "trimmed-mean",
    doubt: (updates) =>
      cutOf(updates) > 0
        ? null
        : `a share of ${beta} of ${updates} updates trims none: a false one moves the mean`,
    begin: () =>
      collectAll(strategy, (updates) => {
        const cut = cutOf(updates.length);
        return byCoordinate(updates, (sorted) => meanWithout(sorted, cut));
      }),
  };
  return strategy;
}
