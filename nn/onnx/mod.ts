/**
 * ONNX (https://onnx.ai): networks out to other runtimes, and in from other tools.
 *
 * @module
 */
export { GraphBuilder, type ModelOptions, type NodeOptions } from "./builder.ts";
export { decodeOnnx } from "./decode.ts";
export { encodeOnnx } from "./encode.ts";
export { type FollowedGraph, followGraph, type FollowOptions } from "./follow.ts";
export {
  ELEMENT,
  type OnnxAttribute,
  OnnxError,
  type OnnxModel,
  type OnnxNode,
  type OnnxPort,
  type OnnxTensor,
} from "./model.ts";
export { addNetwork, type NetworkNumbers, parametersFromConstants } from "./network_graph.ts";
export type { ImportedNetwork } from "./stage.ts";
export type { Activation, DenseSpec, DropoutSpec, LayerSpec, LstmSpec, NetworkSpec } from "../spec.ts";
