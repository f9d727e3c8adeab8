/** Updates for tests. */
import { Random } from "../../nn/mod.ts";
import type { RoundPlace, Strategy } from "../../src/federated/strategies/strategy.ts";
import type { Update } from "../../src/federated/update.ts";

/** Devices that moved about alike from the global weights, sorted by name. */
export function updatesNear(
  global: Float64Array,
  { devices, seed, round = 1 }: { readonly devices: number; readonly seed: number; readonly round?: number },
): Update[] {
  const random = new Random(seed);
  return Array.from({ length: devices }, (_, i) => ({
    device: `device-${String(i).padStart(3, "0")}`,
    round,
    numExamples: 1 + random.integer(500),
    weights: global.map((weight) => weight + 0.1 + random.normal(0, 0.05)),
  }));
}

/** Normal weights. */
export function weightsOf(length: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length }, () => random.normal());
}

/** A whole round at once. */
export function aggregate(
  strategy: Strategy,
  global: Float64Array,
  { updates, ...place }: RoundPlace & { readonly updates: readonly Update[] },
): Float64Array {
  const collector = strategy.begin(global, place);
  for (const update of updates) collector.add(update);
  return collector.finish();
}
