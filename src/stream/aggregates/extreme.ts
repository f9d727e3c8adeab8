/** The least and the greatest of a measure. */
import { type Aggregate, type Measure, numberFromJson, numberToJson } from "../aggregate.ts";

interface Extreme {
  /** Of no records: the neutral element. */
  best: number;
}

/** Least `measure`; `null` without records. What is not a number does not count. */
export function min<In>(measure: Measure<In>): Aggregate<In, Extreme, number | null> {
  return extreme(measure, Infinity);
}

/** Greatest `measure`; `null` without records. What is not a number does not count. */
export function max<In>(measure: Measure<In>): Aggregate<In, Extreme, number | null> {
  return extreme(measure, -Infinity);
}

function extreme<In>(measure: Measure<In>, none: number): Aggregate<In, Extreme, number | null> {
  const isBetter = none > 0 ? (a: number, b: number) => a < b : (a: number, b: number) => a > b;
  return {
    create: () => ({ best: none }),
    add(state, value) {
      const x = measure(value) + 0; // no −0, which JSON would not keep
      if (isBetter(x, state.best)) state.best = x;
      return state;
    },
    merge(into, from) {
      if (isBetter(from.best, into.best)) into.best = from.best;
      return into;
    },
    result: ({ best }) => best === none ? null : best,
    toJson: ({ best }) => numberToJson(best),
    fromJson: (json) => ({ best: numberFromJson(json) }),
  };
}
