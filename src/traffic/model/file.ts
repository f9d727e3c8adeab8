/**
 * The traffic model's file: safetensors, so that other tools can open it. The network's parameters are its tensors,
 * what they mean is JSON in `__metadata__`.
 */
import { createHash } from "node:crypto";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Network,
  networkFromTensors,
  SafetensorsError,
  tensorsOf,
} from "../../../nn/mod.ts";
import { ModelFileError } from "../../models/fields.ts";
import { createDesk, type TrafficModel } from "./model.ts";
import { formatTrafficMetadata, parseTrafficMetadata, type TrafficMetadata } from "./metadata.ts";

const VERSION_LENGTH = 12;

/** The bytes of a model file; the same model gives the same bytes. @throws SafetensorsError for a weight that is not finite. */
export function writeTrafficModel(network: Network, metadata: TrafficMetadata): Uint8Array<ArrayBuffer> {
  return encodeSafetensors({ tensors: tensorsOf(network), metadata: formatTrafficMetadata(metadata) });
}

/** Whether bytes are a traffic model's file, whole or damaged; others are for `readModel`. */
export function isTrafficModel(bytes: Uint8Array): boolean {
  try {
    return decodeSafetensors(bytes).metadata["kind"] === "traffic";
  } catch (error) {
    if (error instanceof SafetensorsError) return false;
    throw error;
  }
}

/** A model from its file's bytes. @throws {ModelFileError} */
export function readTrafficModel(bytes: Uint8Array): TrafficModel {
  try {
    const file = decodeSafetensors(bytes);
    const metadata = parseTrafficMetadata(file.metadata);
    const network = networkFromTensors(metadata.architecture, file.tensors);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return {
      ...metadata,
      version: sha256.slice(0, VERSION_LENGTH),
      sha256,
      network,
      desk: createDesk(metadata),
    };
  } catch (error) {
    if (error instanceof SafetensorsError || error instanceof RangeError) {
      throw new ModelFileError(error.message, { cause: error });
    }
    throw error;
  }
}
