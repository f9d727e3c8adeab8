/** The names that weigh the most. */
import { type Aggregate, type Measure, numberFromJson, numberToJson } from "../aggregate.ts";
import { shape } from "../../records/formats/shape.ts";
import { partState, readState } from "../state.ts";
import { TOP_NAMES_MAX } from "../limits.ts";

/** A name with its weight. */
export interface Top {
  readonly name: string;
  /** Never less than the true one. */
  readonly weight: number;
  /** How much more than the true one it is at most: 0 while the names were few enough to count them all. */
  readonly error: number;
}

interface Counter {
  weight: number;
  error: number;
}

interface Counters {
  readonly byName: Map<string, Counter>;
  /** Upper bound of the weight of a name without a counter. */
  floor: number;
  /** Those that weigh the least, the next to go last; only what can be worked out from the rest. */
  least: string[];
  leastWeight: number;
}

/** What of a record counts how much. */
export interface TopOptions<In> {
  /** @default 1 for each record. Only weights above 0 count */
  readonly weight?: Measure<In>;
  /** Names that are counted for each window. @default TOP_NAMES_MAX */
  readonly namesMax?: number;
}

/** The floor, and counters: name, weight, error. */
const countersSchema = shape.tuple([
  partState,
  shape.array(shape.tuple([shape.string(), partState, partState])),
]);

/**
 * The `k` names, as `of` gives them, that weigh the most, the heaviest first; of equal ones those that come first in
 * order of their characters. Exact up to `namesMax` names; then by Space-Saving: every weight is too high by no more
 * than its `error`, which is at most the whole weight ÷ `namesMax`, and a name heavier than that is not missed.
 *
 * Metwally, Agrawal and El Abbadi, ICDT 2005; merged as by Cafaro, Pulimeno and Tempesta, Information Sciences 329,
 * 2016.
 */
export function topK<In>(
  k: number,
  of: (value: In) => string,
  { weight = () => 1, namesMax = TOP_NAMES_MAX }: TopOptions<In> = {},
): Aggregate<In, Counters, readonly Top[]> {
  return {
    create: () => ({ byName: new Map(), floor: 0, least: [], leastWeight: 0 }),
    add(state, value) {
      const added = weight(value);
      if (added > 0) put(state, of(value), { weight: added, namesMax });
      return state;
    },
    merge(into, from) {
      for (const [name, counter] of into.byName) {
        const other = from.byName.get(name);
        counter.weight += other?.weight ?? from.floor;
        counter.error += other?.error ?? from.floor;
      }
      for (const [name, { weight, error }] of from.byName) {
        if (into.byName.has(name)) continue;
        into.byName.set(name, { weight: weight + into.floor, error: error + into.floor });
      }
      into.floor += from.floor;
      into.least = [];
      if (into.byName.size <= namesMax) return into;
      const gone = heaviestFirst(into.byName).slice(namesMax);
      for (const [name] of gone) into.byName.delete(name);
      into.floor = gone[0]![1].weight;
      return into;
    },
    result: ({ byName }) =>
      heaviestFirst(byName).slice(0, k).map(([name, { weight, error }]) => ({ name, weight, error })),
    toJson: ({ byName, floor }) => [
      numberToJson(floor),
      [...byName].map(([name, { weight, error }]) => [name, numberToJson(weight), numberToJson(error)]),
    ],
    fromJson(json) {
      const [floor, counters] = readState(countersSchema, json, "the most frequent names");
      const byName = new Map(counters.map(([name, weight, error]) => [
        name,
        { weight: numberFromJson(weight), error: numberFromJson(error) },
      ]));
      return { byName, floor: numberFromJson(floor), least: [], leastWeight: 0 };
    },
  };
}

function put(
  state: Counters,
  name: string,
  { weight, namesMax }: { readonly weight: number; readonly namesMax: number },
): void {
  const counter = state.byName.get(name);
  if (counter !== undefined) {
    counter.weight += weight;
    return;
  }
  if (state.byName.size >= namesMax) {
    const gone = lightest(state);
    state.floor = state.byName.get(gone)!.weight;
    state.byName.delete(gone);
  }
  state.byName.set(name, { weight: state.floor + weight, error: state.floor });
}

/** The lightest name; of equal ones the first in order. All equal ones are looked for at once. */
function lightest(state: Counters): string {
  for (;;) {
    for (let name = state.least.pop(); name !== undefined; name = state.least.pop()) {
      if (state.byName.get(name)?.weight === state.leastWeight) return name;
    }
    state.leastWeight = Infinity;
    for (const { weight } of state.byName.values()) state.leastWeight = Math.min(state.leastWeight, weight);
    for (const [name, { weight }] of state.byName) if (weight === state.leastWeight) state.least.push(name);
    state.least.sort((a, b) => a < b ? 1 : -1);
  }
}

function heaviestFirst(counters: ReadonlyMap<string, Counter>): [string, Counter][] {
  return [...counters].sort(([a, one], [b, other]) => other.weight - one.weight || (a < b ? -1 : 1));
}
