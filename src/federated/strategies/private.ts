/**
 * Differential privacy of devices: each update's way is cut to a norm, all count alike, and the mean gets Gaussian noise
 * before the strategy sees it (McMahan et al. 2018, arXiv:1710.06963, with every device in each round). Who sees the
 * global models cannot find out whether a device took part: privacy/accountant.ts says how surely. The server itself
 * sees the updates.
 */
import { epsilonOf } from "../privacy/accountant.ts";
import { drawNoise, NOISE_KEY_BYTES } from "../privacy/gaussian.ts";
import { distance, type Update } from "../update.ts";
import { meanCollector } from "./mean.ts";
import {
  type Collector,
  requireUpdates,
  type RoundPlace,
  type Strategy,
  type StrategyOptions,
  type StrategyState,
} from "./strategy.ts";

/** How the names in the state of the strategy within begin. */
const INNER = "inner.";

/** The strategy with it, where a saved state left off. @throws RangeError for one that does not work by the mean */
export function withPrivacy(
  make: (state: StrategyState) => Strategy,
  options: StrategyOptions & { readonly clipNorm: number },
  state: StrategyState = null,
): Strategy {
  const { clipNorm, noiseMultiplier = 0 } = options;
  const key = keyOf(state?.["key"], options);
  // Σ 1/z² of all rounds, whatever z they had: what so many rounds give away together.
  let spent = state?.["spent"]?.[0] ?? 0;
  const inner = make(innerOf(state));
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
    epsilon: () =>
      noiseMultiplier > 0 ? epsilonOf(1 / Math.sqrt(spent), { rounds: spent > 0 ? 1 : 0 }) : null,
    begin(global: Float64Array, at: RoundPlace): Collector {
      let updates = 0;
      const collector = meanCollector(global, (mean) => {
        const sd = noiseMultiplier * clipNorm / updates;
        const noise = drawNoise(key, { round: at.round, length: global.length, sd });
        const weights = mean.map((weight, i) => weight + noise[i]!);
        spent = Math.min(Number.MAX_VALUE, spent + 1 / noiseMultiplier ** 2);
        const within = inner.begin(global, at);
        within.add({ device: "mean", round: at.round, numExamples: 1, weights });
        return within.finish();
      });
      return {
        add(update) {
          collector.add(clipped(update, global, clipNorm));
          updates++;
        },
        finish() {
          requireUpdates(strategy, updates);
          return collector.finish();
        },
      };
    },
    state() {
      const within = Object.entries(inner.state() ?? {}).map(([name, values]) => [`${INNER}${name}`, values]);
      return {
        ...{ key: Float64Array.from(key), spent: Float64Array.of(spent) },
        ...Object.fromEntries(within),
      };
    },
  };
  return strategy;
}

/** What is kept of a state when the strategy within becomes another: the key, and what was spent. */
export function privacyOf({ key, spent }: NonNullable<StrategyState>): StrategyState {
  return key === undefined || spent === undefined ? null : { key, spent };
}

function innerOf(state: StrategyState): StrategyState {
  const within = Object.entries(state ?? {}).filter(([name]) => name.startsWith(INNER));
  return within.length === 0
    ? null
    : Object.fromEntries(within.map(([name, values]) => [name.slice(INNER.length), values]));
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
function keyOf(
  saved: Float64Array | undefined,
  { noiseMultiplier = 0, noiseKey }: StrategyOptions,
): Uint8Array {
  const key = saved !== undefined ? Uint8Array.from(saved) : noiseKey ?? new Uint8Array(NOISE_KEY_BYTES);
  const isKey = key.length === NOISE_KEY_BYTES && (noiseMultiplier === 0 || key.some((byte) => byte !== 0));
  if (isKey) return key;
  throw new RangeError(`Cannot draw noise without a key of ${NOISE_KEY_BYTES} bytes that nobody can guess`);
}
