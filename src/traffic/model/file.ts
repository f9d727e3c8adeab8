/** The traffic model's file, from its bytes and back. */
import type { Network } from "../../../nn/mod.ts";
import { containedKind, readContainer, writeContainer } from "../../models/container.ts";
import type { ModelKind } from "../../models/disk.ts";
import {
  formatTrafficMetadata,
  parseTrafficMetadata,
  TRAFFIC_KIND,
  type TrafficMetadata,
} from "./metadata.ts";
import { createWorkspace, type TrafficModel } from "./model.ts";

/** Traffic models on disk. */
export const TRAFFIC_MODELS: ModelKind<TrafficModel> = {
  read: readTrafficModel,
  made: "streamflow traffic train",
  hint: "name a file that 'streamflow traffic train' has written with --model",
};

/** The bytes of a model file; the same model gives the same bytes. @throws SafetensorsError for a weight that is not finite. */
export function writeTrafficModel(network: Network, metadata: TrafficMetadata): Uint8Array<ArrayBuffer> {
  return writeContainer(network, formatTrafficMetadata(metadata));
}

/** Whether bytes are a traffic model's file, whole or damaged; others are for `readModel`. */
export function isTrafficModel(bytes: Uint8Array): boolean {
  return containedKind(bytes) === TRAFFIC_KIND;
}

/** A model from its file's bytes. @throws {ModelFileError} */
export function readTrafficModel(bytes: Uint8Array): TrafficModel {
  return readContainer(bytes, {
    parse: parseTrafficMetadata,
    make: ({ metadata, version, sha256, network }) => ({
      ...{ ...metadata, version, sha256, network },
      workspace: createWorkspace(metadata),
    }),
  });
}
