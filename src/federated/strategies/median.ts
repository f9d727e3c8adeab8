/** Coordinate-wise median, every device alike (Yin et al. 2018, arXiv:1803.01498). */
import type { Update } from "../update.ts";
import { byCoordinate, medianOf } from "./coordinates.ts";
import { PLAIN, requireUpdates, type Strategy } from "./strategy.ts";

/** Makes it. */
export function median(): Strategy {
  const strategy: Strategy = {
    ...PLAIN,
    name: "median",
    doubt: (updates) =>
      updates < 3 ? `the median of ${updates} updates is their mean: a false one moves it` : null,
    aggregate(_global: Float64Array, updates: readonly Update[]) {
      requireUpdates(strategy, updates);
      return byCoordinate(updates, medianOf);
    },
  };
  return strategy;
}
