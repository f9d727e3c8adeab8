/** The weights that a participant sends, from the bytes of a safetensors file: checked against the global network. */
import { decodeSafetensors, SafetensorsError, type Tensor, type TensorView } from "../../nn/mod.ts";

/** Name of the one tensor that holds all parameters, where they are not sent by the network's own tensors. */
const ALL_PARAMETERS = "parameters";

/** Why an upload has no weights. */
export interface UploadFault {
  readonly reason: "safetensors" | "shape" | "not-finite";
  readonly detail: string;
}

/**
 * The parameters in an upload: one tensor `parameters`, or exactly the tensors of the global network; F64 or F32, in any
 * order. Takes no more memory than a copy of them, and none where they can be a view of the bytes.
 *
 * @param bytes nobody else's: whoever changes them changes the weights
 * @param views of the global network
 */
export function weightsOfUpload(
  bytes: Uint8Array,
  views: readonly TensorView[],
): { readonly weights: Float64Array } | { readonly fault: UploadFault } {
  let tensors: readonly Tensor[];
  try {
    ({ tensors } = decodeSafetensors(bytes, { isOwn: true }));
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    return { fault: { reason: error.isNotFinite ? "not-finite" : "safetensors", detail: error.message } };
  }
  const count = views.reduce((sum, { length }) => sum + length, 0);
  const [only] = tensors;
  if (tensors.length === 1 && only!.name === ALL_PARAMETERS) {
    return only!.values.length === count
      ? { weights: only!.dtype === "F64" ? only!.values : new Float64Array(only!.values) }
      : shapeFault(`it has ${only!.values.length} weights, the global model has ${count}`);
  }
  return joinTensors(tensors, views);
}

function joinTensors(tensors: readonly Tensor[], views: readonly TensorView[]) {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const weights = new Float64Array(views.reduce((sum, { length }) => sum + length, 0));
  for (const { name, shape, offset } of views) {
    const tensor = byName.get(name);
    if (tensor === undefined) {
      return shapeFault(
        `it has neither one tensor "${ALL_PARAMETERS}" nor the global model's "${name}"`,
      );
    }
    if (tensor.shape.join() !== shape.join()) {
      return shapeFault(
        `its tensor "${name}" is of shape [${tensor.shape}], the global model's of [${shape}]`,
      );
    }
    weights.set(tensor.values, offset);
  }
  return tensors.length === views.length
    ? { weights }
    : shapeFault(`it has ${tensors.length} tensors, the global model has ${views.length}`);
}

function shapeFault(detail: string) {
  return { fault: { reason: "shape", detail } } as const;
}
