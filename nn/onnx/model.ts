/**
 * An ONNX model in memory, the part of it that networks here are made of.
 *
 * Left out: subgraphs (If, Loop, Scan), sparse tensors, tensors in other files, functions, training information:
 * the reader skips what is not needed, and says so where it is.
 */

/** Types of a tensor's elements that are understood; the numbers are those of `TensorProto.DataType`. */
export const ELEMENT = { float: 1, int32: 6, int64: 7, text: 8, bool: 9, double: 11 } as const;

/** A tensor, row-major. */
export interface OnnxTensor {
  /** Empty within an attribute. */
  readonly name: string;
  /** One of {@linkcode ELEMENT}. */
  readonly type: number;
  /** Sizes; none for a scalar. */
  readonly shape: readonly number[];
  /** Empty for a tensor of text. */
  readonly values: ArrayLike<number>;
  /** Empty for a tensor of numbers. */
  readonly texts: readonly string[];
}

/** What an attribute of a node holds; `other` is what is not understood. */
export type OnnxAttribute =
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "texts"; readonly value: readonly string[] }
  | { readonly kind: "other" };

/** One operation. */
export interface OnnxNode {
  /** May be empty. */
  readonly name: string;
  /** `Gemm`, `Relu`, … */
  readonly op: string;
  /** Empty for ONNX's own operations, else such as `ai.onnx.ml`. */
  readonly domain: string;
  /** Names of values; an empty name is an input that is left out. */
  readonly inputs: readonly string[];
  /** Names of values. */
  readonly outputs: readonly string[];
  /** By name. */
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What goes into a graph or comes out. */
export interface OnnxPort {
  /** Name of the value. */
  readonly name: string;
  /** One of {@linkcode ELEMENT}, another type's number, or 0 for what is no tensor. */
  readonly type: number;
  /** A number where the size is fixed, else its name or "". */
  readonly shape: readonly (number | string)[];
}

/** A whole model. */
export interface OnnxModel {
  /** Version of the file format. */
  readonly irVersion: number;
  /** Versions of the operations, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Who wrote it. */
  readonly producer: string;
  /** Version of the writer. */
  readonly producerVersion: string;
  /** Free text beside the graph. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Name of the graph. */
  readonly name: string;
  /** Each after those whose outputs it takes. */
  readonly nodes: readonly OnnxNode[];
  /** Constants. */
  readonly initializers: readonly OnnxTensor[];
  /** What goes in; some writers list the constants as well. */
  readonly inputs: readonly OnnxPort[];
  /** What comes out. */
  readonly outputs: readonly OnnxPort[];
}

/** Bytes that are no ONNX model, or a graph that cannot be made into a network here. */
export class OnnxError extends Error {
  /** Identifies the error across module boundaries. */
  override readonly name = "OnnxError";
}
