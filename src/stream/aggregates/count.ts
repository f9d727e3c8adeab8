/** How many records. */
import type { Aggregate } from "../aggregate.ts";
import { countState, readState } from "../state.ts";

/** Counts records. */
export function count(): Aggregate<unknown, number, number> {
  return {
    create: () => 0,
    add: (state) => state + 1,
    merge: (into, from) => into + from,
    result: (state) => state,
    toJson: (state) => state,
    fromJson: (json) => readState(countState, json, "a count"),
  };
}
