/** The mean of a measure. */
import { shape } from "../../records/formats/shape.ts";
import { countState, partState, readState } from "../state.ts";
import { type Aggregate, type Measure, numberFromJson, numberToJson } from "../aggregate.ts";

interface Mean {
  count: number;
  total: number;
}

const meanSchema = shape.tuple([countState, partState]);

/** Sum ÷ count of `measure`; `null` without records. */
export function mean<In>(measure: Measure<In>): Aggregate<In, Mean, number | null> {
  return {
    create: () => ({ count: 0, total: 0 }),
    add(state, value) {
      state.count++;
      state.total += measure(value);
      return state;
    },
    merge(into, from) {
      into.count += from.count;
      into.total += from.total;
      return into;
    },
    result: ({ count, total }) => count === 0 ? null : total / count,
    toJson: ({ count, total }) => [count, numberToJson(total)],
    fromJson(json) {
      const [count, total] = readState(meanSchema, json, "a mean");
      return { count, total: numberFromJson(total) };
    },
  };
}
