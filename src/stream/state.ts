/** States that come from a changelog: each is of the shape that it should be, or is refused where it is restored. */
import { type Shape, shape } from "../records/formats/shape.ts";
import type { Json } from "./json.ts";

/** A state that is not of the shape that it should be. */
export class StateError extends Error {
  /** As every error has it. */
  override readonly name = "StateError";
}

/** A part of a state that is checked by whoever goes on from it; there has to be one. */
export const partState = shape.custom<Json>((value) => value !== undefined && value !== null);
/** A whole number from 0. */
export const countState = shape.int().min(0);
/** A moment in whatever unit, such that a span can be added to it. */
export const timeState = shape.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);

/**
 * The state as its schema has it.
 *
 * @param name what is restored, as the message has it
 * @throws {StateError} where it is of another shape
 */
export function readState<T>(schema: Shape<T>, state: unknown, name: string): T {
  const found = schema.safeParse(state);
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  throw new StateError(`Cannot restore ${[name, ...path].join(".")}: ${message}`);
}
