/**
 * The container of every model file: safetensors, so that other tools can open it. The network's parameters are its
 * tensors, what they mean is JSON in `__metadata__`, one string per key.
 *
 * Reading is strict: whatever is not exactly a model of a known version is one error that says what was found.
 */
import { createHash } from "node:crypto";
import {
  countOutputs,
  decodeSafetensors,
  encodeSafetensors,
  type Network,
  networkFromTensors,
  type NetworkSpec,
  SafetensorsError,
  tensorsOf,
} from "../../nn/mod.ts";
import { type Fields, ModelFileError, notRead } from "./fields.ts";

/** What is asked of every model, whatever it does. */
export interface NamedModel {
  readonly name: string;
  /** Beginning of {@linkcode NamedModel.sha256}: the same file has the same version. */
  readonly version: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/** What every kind of metadata has. */
export interface CommonMetadata {
  readonly name: string;
  readonly architecture: NetworkSpec;
  /** The seed and everything else that it takes to train the same network again. */
  readonly recipe: Readonly<Record<string, unknown>> & { readonly seed: number };
  readonly training: {
    /** Of the data that was learned from. */
    readonly name: string;
    /** Of the data, hexadecimal; `null` where it came from a topic. */
    readonly sha256: string | null;
  };
  /** Errors or scores on the held-out test part: name → value. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A file's content, checked. */
export interface ModelFile<M extends CommonMetadata> extends NamedModel {
  readonly metadata: M;
  readonly network: Network;
  /** Version of the format that the file has; what is known of it is in the terms of the present one. */
  readonly formatVersion: string;
}

/** The texts of a file's `__metadata__`, by key. */
export type MetadataTexts = Readonly<Record<string, string>>;

const VERSION_LENGTH = 12;

/** SHA-256, hexadecimal, as in {@linkcode NamedModel}. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The version of a model file: the beginning of its SHA-256. */
export function versionOf(sha256: string): string {
  return sha256.slice(0, VERSION_LENGTH);
}

/** The bytes of a model file; the same model gives the same bytes. @throws SafetensorsError for a weight that is not finite. */
export function writeContainer(network: Network, texts: MetadataTexts): Uint8Array<ArrayBuffer> {
  return encodeSafetensors({ tensors: tensorsOf(network), metadata: texts });
}

/**
 * A model from its file's bytes.
 *
 * @param options.parse checks the metadata
 * @param options.make puts the model together; may throw RangeError where the parts do not fit
 * @throws {ModelFileError}
 */
export function readContainer<M extends CommonMetadata, T>(
  bytes: Uint8Array,
  { parse, make }: {
    readonly parse: (texts: MetadataTexts) => M;
    readonly make: (file: ModelFile<M>) => T;
  },
): T {
  try {
    const { metadata: texts, tensors } = decodeSafetensors(bytes);
    const metadata = parse(texts);
    const sha256 = sha256Of(bytes);
    return make({
      name: metadata.name,
      version: versionOf(sha256),
      sha256,
      metadata,
      network: networkFromTensors(metadata.architecture, tensors),
      formatVersion: texts["formatVersion"]!,
    });
  } catch (error) {
    if (error instanceof SafetensorsError || error instanceof RangeError) {
      throw new ModelFileError(error.message, { cause: error });
    }
    throw error;
  }
}

/** What a container says it holds; `null` where it says nothing, or the bytes are none. */
export function containedKind(bytes: Uint8Array): string | null {
  try {
    return decodeSafetensors(bytes).metadata["kind"] ?? null;
  } catch (error) {
    if (error instanceof SafetensorsError) return null;
    throw error;
  }
}

/** Refuses a file without a version, or of one that is not among these. @throws {ModelFileError} */
export function checkFormatVersion({ formatVersion }: MetadataTexts, readable: readonly string[]): void {
  if (formatVersion === undefined) {
    notRead("no formatVersion in the metadata; it is not streamflow's");
  }
  if (!readable.includes(formatVersion)) {
    const versions = [readable.slice(0, -1).join(", "), readable.at(-1)!].filter((part) => part !== "");
    notRead(`format version ${JSON.stringify(formatVersion)}, this program reads ${versions.join(" and ")}`);
  }
}

/** The texts of these keys of some metadata. */
export function formatTexts<K extends string>(
  metadata: Readonly<Record<K, unknown>>,
  keys: readonly K[],
): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, JSON.stringify(metadata[key])]));
}

/**
 * The values of these keys.
 *
 * @param options.optional keys that may be missing
 * @throws {ModelFileError} where one is missing, or no JSON.
 */
export function parseTexts(
  texts: MetadataTexts,
  { keys, optional = [] }: { readonly keys: readonly string[]; readonly optional?: readonly string[] },
): Record<string, unknown> {
  const present = optional.filter((key) => texts[key] !== undefined);
  return Object.fromEntries([...keys, ...present].map((key) => [key, parseJson(key, texts[key])]));
}

function parseJson(key: string, text: string | undefined): unknown {
  if (text === undefined) return notRead(`${key} is missing in the metadata`);
  try {
    return JSON.parse(text);
  } catch {
    return notRead(`${key} in the metadata is no JSON`);
  }
}

/** Checks what {@linkcode CommonMetadata} has, and gives the network's inputs (all steps) and outputs. */
export function checkCommon(metadata: Fields): { readonly inputs: number; readonly outputs: number } {
  metadata.text("name");
  metadata.object("recipe").integer("seed", 0);
  const training = metadata.object("training");
  training.text("name");
  if (!training.isNull("sha256")) training.text("sha256");
  if (!metadata.object("metrics").values().every(Number.isFinite)) {
    notRead("metadata.metrics holds something that is no number");
  }
  const architecture = metadata.object("architecture");
  const inputs = architecture.integer("inputs", 1) * architecture.integer("steps", 1);
  for (const layer of architecture.objects("layers")) layer.choice("kind", ["dense", "lstm", "dropout"]);
  // Sizes and activations are the network's to check, when it is made.
  const layers = architecture.list("layers") as NetworkSpec["layers"];
  return { inputs, outputs: countOutputs({ inputs: 1, steps: 1, layers }) };
}
