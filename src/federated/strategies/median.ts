/** Coordinate-wise median, every device alike (Yin et al. 2018, arXiv:1803.01498). */
import { byCoordinate, medianOf } from "./coordinates.ts";
import { collectAll, PLAIN, type Strategy } from "./strategy.ts";

/** Makes it. */
export function median(): Strategy {
  const strategy: Strategy = {
    ...PLAIN,
    name: "median",
    doubt: (updates) =>
      updates < 3 ? `the median of ${updates} updates is their mean: a false one moves it` : null,
    begin: () => collectAll(strategy, (updates) => byCoordinate(updates, medianOf)),
  };
  return strategy;
}
