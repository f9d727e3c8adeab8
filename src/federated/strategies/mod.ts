/** The strategies by their names. */
import { bulyan } from "./bulyan.ts";
import { fedAdagrad } from "./fedadagrad.ts";
import { fedAdam } from "./fedadam.ts";
import { fedAvg } from "./fedavg.ts";
import { fedAvgM } from "./fedavgm.ts";
import { fedBuff } from "./fedbuff.ts";
import { fedProx } from "./fedprox.ts";
import { fedYogi } from "./fedyogi.ts";
import { geometricMedian } from "./geometric_median.ts";
import { krum } from "./krum.ts";
import { median } from "./median.ts";
import { multiKrum } from "./multi_krum.ts";
import { withPrivacy } from "./private.ts";
import type { Strategy, StrategyOptions, StrategyState } from "./strategy.ts";
import { trimmedMean } from "./trimmed_mean.ts";

const STRATEGIES = {
  "fedavg": fedAvg,
  "fedavgm": fedAvgM,
  "fedprox": fedProx,
  "fedadam": fedAdam,
  "fedyogi": fedYogi,
  "fedadagrad": fedAdagrad,
  "median": median,
  "trimmed-mean": trimmedMean,
  "krum": krum,
  "multi-krum": multiKrum,
  "bulyan": bulyan,
  "geometric-median": geometricMedian,
  "fedbuff": fedBuff,
} as const satisfies Record<string, (options: StrategyOptions, state?: StrategyState) => Strategy>;

/** Name of a strategy. */
export type StrategyName = keyof typeof STRATEGIES;

/** All names. */
export const STRATEGY_NAMES = Object.keys(STRATEGIES) as StrategyName[];

/**
 * A strategy by its name, where a saved state left off.
 *
 * @throws RangeError for an option out of range
 */
export function makeStrategy(
  name: StrategyName,
  options: StrategyOptions = {},
  state?: StrategyState,
): Strategy {
  const { clipNorm } = options;
  if (clipNorm === undefined) return STRATEGIES[name](options, state);
  return withPrivacy((inner) => STRATEGIES[name](options, inner), { ...options, clipNorm }, state);
}
