/** The sum of a measure. */
import { type Aggregate, type Measure, numberFromJson, numberToJson } from "../aggregate.ts";

/** An object, so that no number is allocated with each record. */
interface Sum {
  total: number;
}

/** Adds up `measure`: 0 without records; exact for integers up to 2^53. */
export function sum<In>(measure: Measure<In>): Aggregate<In, Sum, number> {
  return {
    create: () => ({ total: 0 }),
    add(state, value) {
      state.total += measure(value);
      return state;
    },
    merge(into, from) {
      into.total += from.total;
      return into;
    },
    result: ({ total }) => total,
    toJson: ({ total }) => numberToJson(total),
    fromJson: (json) => ({ total: numberFromJson(json) }),
  };
}
