/** The variance of a measure. */
import { shape } from "../../records/formats/shape.ts";
import { countState, partState, readState } from "../state.ts";
import { type Aggregate, type Measure, numberFromJson, numberToJson } from "../aggregate.ts";

interface Moments {
  count: number;
  mean: number;
  /** Sum of squared differences from the mean. */
  squares: number;
}

const momentsSchema = shape.tuple([countState, partState, partState]);

/**
 * Sample variance of `measure`: squared differences from the mean ÷ (count − 1); `null` with fewer than two records.
 * Nothing is lost where the mean is large beside the spread.
 *
 * One by one: Welford, Technometrics 4(3), 1962. Merged: Chan, Golub and LeVeque, "Updating formulae and a pairwise
 * algorithm for computing sample variances", 1979.
 */
export function variance<In>(measure: Measure<In>): Aggregate<In, Moments, number | null> {
  return {
    create: () => ({ count: 0, mean: 0, squares: 0 }),
    add(state, value) {
      const x = measure(value);
      const off = x - state.mean;
      state.count++;
      state.mean += off / state.count;
      state.squares += off * (x - state.mean);
      return state;
    },
    merge(into, from) {
      if (from.count === 0) return into;
      const count = into.count + from.count;
      const off = from.mean - into.mean;
      into.squares += from.squares + off * off * (into.count * from.count / count);
      into.mean += off * from.count / count;
      into.count = count;
      return into;
    },
    result: ({ count, squares }) => count < 2 ? null : squares / (count - 1),
    toJson: ({ count, mean, squares }) => [count, numberToJson(mean + 0), numberToJson(squares)],
    fromJson(json) {
      const [count, mean, squares] = readState(momentsSchema, json, "a variance");
      return { count, mean: numberFromJson(mean), squares: numberFromJson(squares) };
    },
  };
}
