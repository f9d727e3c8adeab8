/**
 * FedBuff: nobody waits for anybody; what has come is added up when the buffer is full, each by 1/√(1 + staleness)
 * (Nguyen et al. 2022, arXiv:2106.06639). w ← w + η·Σ s·n·Δ / Σ n, Δ the way from the global model that the device
 * began with: the last of them are kept. The paper counts all devices alike; here they count by their examples.
 */
import { isObject, type Json } from "../../stream/json.ts";
import { STALENESS_MAX } from "../limits.ts";
import type { Update } from "../update.ts";
import { StreamingMean } from "./mean.ts";
import {
  numbersOf,
  PLAIN,
  requireUpdates,
  type RoundPlace,
  type Strategy,
  type StrategyOptions,
} from "./strategy.ts";

/** Makes it, where a saved state left off. */
export function fedBuff({ serverLearningRate = 1 }: StrategyOptions, state: Json = null): Strategy {
  /** Global weights by round, the last {@linkcode STALENESS_MAX} before the one at hand. */
  let globals: Map<number, Float64Array> | null = null;
  const strategy: Strategy = {
    ...PLAIN,
    name: "fedbuff",
    stalenessMax: STALENESS_MAX,
    aggregate(global: Float64Array, updates: readonly Update[], { round }: RoundPlace) {
      requireUpdates(strategy, updates);
      globals ??= restore(state, global.length);
      globals.set(round, global.slice());
      for (const kept of globals.keys()) if (kept < round - STALENESS_MAX) globals.delete(kept);
      const known = updates.filter((update) => globals!.has(update.round));
      if (known.length === 0) return global.slice();
      const zero = new Float64Array(global.length);
      const mean = new StreamingMean(zero);
      for (const update of known) {
        const begun = globals.get(update.round)!;
        const discount = 1 / Math.sqrt(1 + round - update.round);
        mean.add({ ...update, weights: update.weights.map((weight, i) => discount * (weight - begun[i]!)) });
      }
      const step = mean.mean();
      return global.map((weight, i) => weight + serverLearningRate * step[i]!);
    },
    state: () =>
      globals === null
        ? state
        : Object.fromEntries([...globals].map(([round, weights]) => [`${round}`, [...weights]])),
  };
  return strategy;
}

function restore(state: Json, length: number): Map<number, Float64Array> {
  const kept = state !== null && isObject(state) ? Object.entries(state) : [];
  return new Map(kept.map(([round, weights]) => [Number(round), numbersOf(weights, length)]));
}
