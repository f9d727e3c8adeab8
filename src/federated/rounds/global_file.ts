/** The global model: an ordinary model file whose metadata says the round, the strategy, and how participants learn. */
import { allocateNetwork, type NetworkSpec } from "../../../nn/mod.ts";
import { type ModelMetadata, readModel, writeModel } from "../../models/model_file.ts";

/** Global model n. */
export interface GlobalFile {
  /** n */
  readonly round: number;
  /** Beginning of the SHA-256 of the file. */
  readonly version: string;
  /** The file. */
  readonly bytes: Uint8Array;
  readonly weights: Float64Array;
  readonly spec: NetworkSpec;
  readonly metadata: ModelMetadata;
}

/** What a new global model says of its making. */
export interface GlobalMaking {
  readonly round: number;
  readonly strategy: string;
  /** μ of FedProx, 0 for none. */
  readonly proximal: number;
  /** Means over the devices' examples. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Global model n from its file's bytes, which are kept. @throws ModelFileError */
export function readGlobalFile(bytes: Uint8Array, round: number): GlobalFile {
  const { version, metadata, network } = readModel(bytes);
  return {
    round,
    version,
    bytes,
    weights: network.parameters.slice(),
    spec: metadata.architecture,
    metadata,
  };
}

/** The bytes of the global model that takes the place of another: the same weights and making give the same bytes. */
export function nextGlobalFile(
  { spec, metadata }: Pick<GlobalFile, "spec" | "metadata">,
  weights: Float64Array,
  { round, strategy, proximal, metrics }: GlobalMaking,
): Uint8Array<ArrayBuffer> {
  const network = allocateNetwork(spec, { kernels: "typescript" });
  network.parameters.set(weights);
  const { history: _, ...kept } = metadata as ModelMetadata & { readonly history?: unknown };
  return writeModel(network, {
    ...kept,
    recipe: { ...metadata.recipe, round, strategy, proximal },
    metrics,
  } as ModelMetadata);
}
