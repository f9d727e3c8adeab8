/**
 * ONNX (https://onnx.ai): networks out to other runtimes, and in from other tools.
 *
 * @example A network as a file and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { createNetwork, denseSpec, Random } from "../mod.ts";
 * import { addNetwork, decodeOnnx, ELEMENT, encodeOnnx, followGraph, GraphBuilder } from "./mod.ts";
 *
 * const spec = denseSpec({ inputs: 3, hidden: [4], outputs: 1, activation: "tanh" });
 * const network = createNetwork(spec, new Random(1));
 * const graph = new GraphBuilder();
 * const input = graph.input("x", ELEMENT.float, ["N", 3]);
 * graph.output(addNetwork(graph, network, { input }), ELEMENT.float, ["N", 1]);
 * const model = graph.finish({ name: "net", producer: "me", producerVersion: "1", metadata: new Map() });
 * const followed = followGraph(decodeOnnx(encodeOnnx(model)));
 * assert.deepEqual(followed.spec, spec);
 * assert.deepEqual(followed.parameters, network.parameters.map(Math.fround));
 * ```
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
