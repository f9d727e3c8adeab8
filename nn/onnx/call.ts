/** What a node gives to its operation: inputs and attributes, checked as they are taken. */
import { OnnxError, type OnnxNode } from "./model.ts";
import type { Constant, Surroundings, Traced, Value } from "./values.ts";

/** What an operation can work on. */
export type Known = Constant | Traced;

/** A node with its inputs. */
export interface Call {
  readonly node: OnnxNode;
  /** Null where one is left out. */
  readonly inputs: readonly (Value | null)[];
  readonly around: Surroundings;
}

/** @throws OnnxError */
export function fail(message: string): never {
  throw new OnnxError(message);
}

/** An input that is there and can be worked on. */
export function known({ inputs }: Call, i: number): Known {
  const value = inputs[i] ?? null;
  if (value === null) return fail(`input ${i} is missing`);
  return value.kind === "unusable" ? fail(`it takes ${value.what}, which is not supported`) : value;
}

/** An input that depends on the data. */
export function traced(call: Call, i: number): Traced {
  const value = known(call, i);
  return value.kind === "traced" ? value : fail(`input ${i} is a constant where a layer's output is wanted`);
}

/** An input that does not depend on the data. */
export function constant(call: Call, i: number): Constant {
  const value = known(call, i);
  return value.kind === "constant"
    ? value
    : fail(`input ${i} is computed from the data; a constant is wanted`);
}

/** The same; null where it is left out. */
export function constantOrNull(call: Call, i: number): Constant | null {
  return (call.inputs[i] ?? null) === null ? null : constant(call, i);
}

/** The numbers of a constant that are integers. */
export function integers({ values }: Constant): number[] {
  return Array.from(values, (value) => Number.isInteger(value) ? value : fail(`${value} is no integer`));
}

/** An attribute. */
export function integer({ node }: Call, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute === undefined
    ? fallback
    : attribute.kind === "int"
    ? attribute.value
    : fail(`its ${name} is no integer`);
}

/** An attribute. */
export function float({ node }: Call, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "float" ? attribute.value : fallback;
}

/** An attribute of several numbers. */
export function listOf({ node }: Call, name: string): readonly number[] | null {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "ints" || attribute?.kind === "floats" ? attribute.value : null;
}

/** Axes: an attribute until operator set 12, an input since. */
export function axes(call: Call, place: number): readonly number[] | null {
  const given = constantOrNull(call, place);
  return given === null ? listOf(call, "axes") : integers(given);
}
