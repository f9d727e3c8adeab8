/** How many records. */
import type { Aggregate } from "../aggregate.ts";

/** Counts records. */
export function count(): Aggregate<unknown, number, number> {
  return {
    create: () => 0,
    add: (state) => state + 1,
    merge: (into, from) => into + from,
    result: (state) => state,
    toJson: (state) => state,
    fromJson: (json) => Number(json),
  };
}
