/** Values that are kept as JSON: what states are saved as. */

/** A value that JSON keeps: numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A state that is not one of what it is to be restored to. */
export class StateError extends TypeError {
  /** As every error has it. */
  override readonly name = "StateError";
}

/** Whether a value is an object with names. */
export function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
