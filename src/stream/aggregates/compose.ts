/** Several aggregates of the same records as one. */
import type { Aggregate } from "../aggregate.ts";
import { shape } from "../../records/formats/shape.ts";
import { partState, readState } from "../state.ts";

/** What an aggregate gives. */
type OutOf<A> = A extends Aggregate<never, infer _State, infer Out> ? Out : never;

/**
 * Aggregates by name as one, with results by the same names: `compose({ packets: count(), bytes: sum(lengthOf) })`.
 *
 * @param parts asked in the order in which they are given; the names are not part of the state
 */
export function compose<In, Parts extends Readonly<Record<string, Aggregate<In, unknown, unknown>>>>(
  parts: Parts & Readonly<Record<string, Aggregate<In, unknown, unknown>>>,
): Aggregate<In, unknown[], { readonly [Name in keyof Parts]: OutOf<Parts[Name]> }> {
  const names = Object.keys(parts);
  const all = Object.values<Aggregate<In, unknown, unknown>>(parts);
  return {
    create: () => all.map((part) => part.create()),
    add(states, value) {
      for (let i = 0; i < all.length; i++) states[i] = all[i]!.add(states[i], value);
      return states;
    },
    merge(into, from) {
      for (let i = 0; i < all.length; i++) into[i] = all[i]!.merge(into[i], from[i]);
      return into;
    },
    result(states) {
      const results: Record<string, unknown> = {};
      for (let i = 0; i < all.length; i++) results[names[i]!] = all[i]!.result(states[i]);
      return results as { [Name in keyof Parts]: OutOf<Parts[Name]> };
    },
    toJson: (states) => all.map((part, i) => part.toJson(states[i])),
    fromJson(json) {
      // A part without parts of its own may be missing at the end: there was none before.
      const states = readState(shape.array(partState).max(all.length), json, "aggregates");
      return all.map((part, i) => part.fromJson(i < states.length ? states[i]! : []));
    },
  };
}
