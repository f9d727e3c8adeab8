/** How many different values. */
import type { Aggregate } from "../aggregate.ts";
import { shape } from "../../records/formats/shape.ts";
import { readState } from "../state.ts";
import { DISTINCT_EXACT_MAX } from "../limits.ts";
import { addToSketch, createSketch, estimate, mergeSketch, RANK_MAX, REGISTERS } from "./hyper_log_log.ts";

/** The values while they are few; then their sketch, and no values. */
interface Distinct {
  values: Set<string>;
  sketch: Uint8Array | null;
}

const distinctSchema = shape.union([
  shape.array(shape.string()),
  shape.object({ sketch: shape.array(shape.int().min(0).max(RANK_MAX)).length(REGISTERS) }),
]);

/**
 * Counts the different texts that `of` gives: exactly up to `exactMax`, then by HyperLogLog with a standard error of
 * 1.6 % in 4 KiB. The same values give the same count in whatever order and parts they come.
 *
 * @param options.exactMax values that are remembered for each window. @default DISTINCT_EXACT_MAX
 */
export function distinct<In>(
  of: (value: In) => string,
  { exactMax = DISTINCT_EXACT_MAX }: { readonly exactMax?: number } = {},
): Aggregate<In, Distinct, number> {
  const take = (state: Distinct, value: string): void => {
    if (state.sketch !== null) return addToSketch(state.sketch, value);
    state.values.add(value);
    if (state.values.size <= exactMax) return;
    state.sketch = createSketch();
    for (const each of state.values) addToSketch(state.sketch, each);
    state.values = new Set();
  };
  return {
    create: () => ({ values: new Set(), sketch: null }),
    add(state, value) {
      take(state, of(value));
      return state;
    },
    merge(into, from) {
      if (from.sketch !== null) {
        into.sketch ??= createSketch();
        mergeSketch(into.sketch, from.sketch);
        for (const each of into.values) addToSketch(into.sketch, each);
        into.values = new Set();
      }
      for (const value of from.values) take(into, value);
      return into;
    },
    result: ({ values, sketch }) => sketch === null ? values.size : Math.round(estimate(sketch)),
    toJson: ({ values, sketch }) => sketch === null ? [...values] : { sketch: [...sketch] },
    fromJson(json) {
      const state = readState(distinctSchema, json, "distinct values");
      if (Array.isArray(state)) return { values: new Set(state), sketch: null };
      return { values: new Set(), sketch: Uint8Array.from(state.sketch) };
    },
  };
}
