/** A network's parameters as the tensors of a safetensors file, and back. */
import { allocateNetwork, type Network, type NetworkOptions } from "../network.ts";
import { SafetensorsError, type Tensor } from "./safetensors.ts";
import { type NetworkSpec, tensorViews } from "../spec.ts";

/** Copies of a network's parameters: F64, by the names and shapes of `network.tensors`. */
export function tensorsOf(network: Network): Tensor[] {
  return network.tensors.map(({ name, shape, offset, length }) => ({
    name,
    dtype: "F64",
    shape,
    values: Float64Array.from(network.parameters.subarray(offset, offset + length)),
  }));
}

/**
 * A network of this architecture with these parameters.
 *
 * @param tensors exactly those of the architecture, all F64, in any order
 * @throws SafetensorsError when one is missing, too many, or of another shape or type
 * @throws RangeError when the architecture is not possible
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createNetwork } from "../network.ts";
 * import { Random } from "../random.ts";
 * import { denseSpec } from "../spec.ts";
 * const spec = denseSpec({ inputs: 3, hidden: [4], outputs: 2, activation: "relu" });
 * const network = createNetwork(spec, new Random(5));
 * assert.deepEqual([...networkFromTensors(spec, tensorsOf(network)).parameters], [...network.parameters]);
 * ```
 */
export function networkFromTensors(
  spec: NetworkSpec,
  tensors: readonly Tensor[],
  options: NetworkOptions = {},
): Network {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const views = tensorViews(spec);
  const known = new Set(views.map(({ name }) => name));
  for (const { name, shape } of views) {
    const tensor = byName.get(name);
    const wanted = `the network wants F64 [${shape}]`;
    if (tensor === undefined) {
      throw new SafetensorsError(`Cannot fill tensor "${name}": it is missing; ${wanted}`);
    }
    if (tensor.dtype !== "F64" || tensor.shape.join() !== shape.join()) {
      throw new SafetensorsError(
        `Cannot fill tensor "${name}": found ${tensor.dtype} [${tensor.shape}]; ${wanted}`,
      );
    }
  }
  const foreign = tensors.find(({ name }) => !known.has(name));
  if (foreign !== undefined || tensors.length !== views.length) {
    throw new SafetensorsError(
      foreign === undefined
        ? "Cannot fill the network: a tensor is there twice"
        : `Cannot fill the network: it has no tensor "${foreign.name}"`,
    );
  }
  const network = allocateNetwork(spec, options);
  for (const { name, offset } of views) network.parameters.set(byName.get(name)!.values, offset);
  return network;
}
