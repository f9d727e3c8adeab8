/** What is kept of a window's records, instead of the records: a state that takes them one by one. */
import type { Json } from "./json.ts";
import { StateError } from "./state.ts";

/**
 * An incremental, mergeable summary of records. Two laws hold, and one contract suite tests them on each: taking the
 * records in parts and merging the parts gives the whole, and a state that has been through JSON goes on as before.
 *
 * Sums of fractions may differ in their last digits with the order of the parts; windows merge in the order of time,
 * so that the same log always gives the same digits.
 */
export interface Aggregate<In, State, Out> {
  /** The state of no records. */
  create(): State;
  /** Takes a record in. May change `state`; the state that is returned counts. */
  add(state: State, value: In): State;
  /** Takes in all that `from` has. May change `into`, never `from`; the state that is returned counts. */
  merge(into: State, from: State): State;
  /** What the records come to. Changes nothing. */
  result(state: State): Out;
  /** For a snapshot. */
  toJson(state: State): Json;
  /** The state again. @param json what {@linkcode Aggregate.toJson} gave, after JSON */
  fromJson(json: Json): State;
}

/** A number of a record. */
export type Measure<In> = (value: In) => number;

/** A number as JSON that gives it back: JSON itself has no Infinity and no NaN. */
export function numberToJson(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

/** What {@linkcode numberToJson} was given. @throws {StateError} where it is no number */
export function numberFromJson(json: Json): number {
  if (typeof json === "number") return json;
  if (json === "Infinity" || json === "-Infinity" || json === "NaN") return Number(json);
  throw new StateError(`Cannot restore a number: ${JSON.stringify(json)} is none`);
}
