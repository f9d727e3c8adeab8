/**
 * Differential privacy of devices: each update's way is cut to a norm, all count alike, and the mean gets Gaussian noise
 * before the strategy sees it (McMahan et al. 2018, arXiv:1710.06963, with every device in each round). Who sees the
 * global models cannot find out whether a device took part: privacy/accountant.ts says how surely. The server itself
 * sees the updates.
 */
import { isObject, type Json } from "../../stream/json.ts";
import { epsilonOf } from "../privacy/accountant.ts";
import { drawNoise, NOISE_KEY_BYTES } from "../privacy/gaussian.ts";
import { distance, type Update } from "../update.ts";
import { meanOf } from "./mean.ts";
import { requireUpdates, type RoundPlace, type Strategy, type StrategyOptions } from "./strategy.ts";

/** The strategy with it, where a saved state left off. @throws RangeError for one that does not work by the mean */
export function withPrivacy(
  make: (state: Json) => Strategy,
  options: StrategyOptions & { readonly clipNorm: number },
  state: Json = null,
): Strategy {
  const { clipNorm, noiseMultiplier = 0 } = options;
  const saved = isObject(state) ? state : {};
  const key = keyOf(saved["key"], options);
  let rounds = typeof saved["rounds"] === "number" ? saved["rounds"] : 0;
  const inner = make(saved["inner"] ?? null);
  if (!inner.takesMean || !(clipNorm > 0) || !(noiseMultiplier >= 0)) {
    throw new RangeError(
      inner.takesMean
        ? `Cannot clip to a norm of ${clipNorm} with noise of ${noiseMultiplier} times that: numbers above 0 are wanted`
        : `Cannot add noise to ${inner.name}: it compares single updates, and noise belongs to their mean`,
    );
  }
  const strategy: Strategy = {
    ...inner,
    minUpdates: 2,
    doubt: (updates) =>
      inner.doubt(updates) ?? (noiseMultiplier > 0 ? null : "updates are clipped but there is no noise"),
    epsilon: () => noiseMultiplier > 0 ? epsilonOf(noiseMultiplier, { rounds }) : null,
    aggregate(global: Float64Array, updates: readonly Update[], at: RoundPlace) {
      requireUpdates(strategy, updates);
      const mean = meanOf(global, updates.map((update) => clipped(update, global, clipNorm)));
      const sd = noiseMultiplier * clipNorm / updates.length;
      const noise = drawNoise(key, { round: at.round, length: global.length, sd });
      const weights = mean.map((weight, i) => weight + noise[i]!);
      rounds++;
      return inner.aggregate(global, [{ device: "mean", round: at.round, numExamples: 1, weights }], at);
    },
    state: () => ({ key: key.toHex(), rounds, inner: inner.state() }),
  };
  return strategy;
}

function clipped(update: Update, global: Float64Array, clipNorm: number): Update {
  const norm = distance(update.weights, global);
  const factor = norm > clipNorm ? clipNorm / norm : 1;
  const weights = factor === 1
    ? update.weights
    : update.weights.map((weight, i) => global[i]! + factor * (weight - global[i]!));
  return { ...update, numExamples: 1, weights };
}

/** Of the saved state, so that a round aggregated again has the same noise; at first a new one. */
function keyOf(saved: Json | undefined, { noiseMultiplier = 0, noiseKey }: StrategyOptions): Uint8Array {
  const key = typeof saved === "string"
    ? Uint8Array.fromHex(saved)
    : noiseKey ?? new Uint8Array(NOISE_KEY_BYTES);
  const isKey = key.length === NOISE_KEY_BYTES && (noiseMultiplier === 0 || key.some((byte) => byte !== 0));
  if (isKey) return key;
  throw new RangeError(`Cannot draw noise without a key of ${NOISE_KEY_BYTES} bytes that nobody can guess`);
}
