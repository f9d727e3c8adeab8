/**
 * The model file: safetensors, so that other tools can open it. The network's parameters are its tensors, what
 * they mean is JSON in `__metadata__`, one string per {@linkcode ModelMetadata} key.
 *
 * Reading is strict: whatever is not exactly a model of this version is one error that says what was found.
 */
import { createHash } from "node:crypto";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Network,
  networkFromTensors,
  type NetworkSpec,
  SafetensorsError,
  tensorsOf,
} from "../../nn/mod.ts";
import { createForecaster, type Forecaster } from "./model.ts";
import { countInputs, type Preparation } from "./preparation.ts";

/** Version of the format that this program reads and writes. */
export const MODEL_FORMAT_VERSION = "1";

/** What the file says beside the numbers. */
export interface ModelMetadata {
  readonly name: string;
  readonly architecture: NetworkSpec;
  readonly preparation: Preparation;
  readonly task: { readonly target: string; readonly unit: string; readonly horizon: number };
  /** The seed and everything else that it takes to train the same network again. */
  readonly recipe: Readonly<Record<string, unknown>> & { readonly seed: number };
  readonly training: {
    readonly name: string;
    readonly sha256: string | null;
    readonly readings: number;
    readonly sources: number;
  };
  /** Errors on the held-out test part: name → value. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A model as it was read: what forecasts, and what is known of it. */
export interface Model extends Forecaster {
  readonly metadata: ModelMetadata;
  readonly network: Network;
  /** SHA-256 of the file, hexadecimal; `version` is its beginning. */
  readonly sha256: string;
}

/** Bytes that are no model, or not one for this program; the message says what was found. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

const METADATA_KEYS = [
  "name",
  "architecture",
  "preparation",
  "task",
  "recipe",
  "training",
  "metrics",
] as const;
const VERSION_LENGTH = 12;

/** The bytes of a model file; the same model gives the same bytes. @throws SafetensorsError for a weight that is not finite. */
export function writeModel(network: Network, metadata: ModelMetadata): Uint8Array<ArrayBuffer> {
  const texts: Record<string, string> = { formatVersion: MODEL_FORMAT_VERSION };
  for (const key of METADATA_KEYS) texts[key] = JSON.stringify(metadata[key]);
  return encodeSafetensors({ tensors: tensorsOf(network), metadata: texts });
}

/** A model from its file's bytes. @throws {ModelFileError} */
export function readModel(bytes: Uint8Array): Model {
  try {
    const file = decodeSafetensors(bytes);
    const metadata = parseMetadata(file.metadata);
    const network = networkFromTensors(metadata.architecture, file.tensors);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const forecaster = createForecaster({
      name: metadata.name,
      version: sha256.slice(0, VERSION_LENGTH),
      horizon: metadata.task.horizon,
      preparation: metadata.preparation,
      network,
    });
    return { ...forecaster, metadata, network, sha256 };
  } catch (error) {
    if (error instanceof SafetensorsError || error instanceof RangeError) {
      throw new ModelFileError(error.message, { cause: error });
    }
    throw error;
  }
}

function parseMetadata(texts: Readonly<Record<string, string>>): ModelMetadata {
  const version = texts["formatVersion"];
  if (version === undefined) {
    throw new ModelFileError(
      "Cannot read the model: no formatVersion in the metadata; it is not streamflow's",
    );
  }
  if (version !== MODEL_FORMAT_VERSION) {
    throw new ModelFileError(
      `Cannot read the model: format version ${JSON.stringify(version)}, this program reads ` +
        `version ${MODEL_FORMAT_VERSION}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const key of METADATA_KEYS) values[key] = parseJson(key, texts[key]);
  checkMetadata(new Fields("metadata", values));
  return values as unknown as ModelMetadata;
}

function parseJson(key: string, text: string | undefined): unknown {
  if (text === undefined) {
    throw new ModelFileError(`Cannot read the model: ${key} is missing in the metadata`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelFileError(`Cannot read the model: ${key} in the metadata is no JSON`);
  }
}

/** An object of the metadata, and the checks of its fields; each says where it stands when it fails. */
class Fields {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(path: string, value: unknown) {
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#fail("", "an object", value);
    }
    this.#fields = value as Record<string, unknown>;
  }

  object(key: string): Fields {
    return new Fields(`${this.#path}.${key}`, this.#fields[key]);
  }

  text(key: string): string {
    const value = this.#fields[key];
    return typeof value === "string" ? value : this.#fail(key, "text", value);
  }

  choice(key: string, allowed: readonly string[]): string {
    const value = this.#fields[key];
    return allowed.includes(value as string) ? value as string : this.#fail(key, allowed.join(" or "), value);
  }

  integer(key: string, min: number): number {
    const value = this.#fields[key];
    return Number.isSafeInteger(value) && (value as number) >= min
      ? value as number
      : this.#fail(key, `an integer from ${min}`, value);
  }

  positive(key: string): number {
    const value = this.#fields[key];
    return isPositive(value) ? value : this.#fail(key, "a positive number", value);
  }

  numbers(key: string, test: (value: unknown) => boolean = Number.isFinite): readonly number[] {
    const value = this.#fields[key];
    return Array.isArray(value) && value.every(test) ? value : this.#fail(key, "an array of numbers", value);
  }

  objects(key: string): readonly Fields[] {
    const value = this.#fields[key];
    if (!Array.isArray(value)) this.#fail(key, "an array", value);
    return (value as unknown[]).map((entry, i) => new Fields(`${this.#path}.${key}[${i}]`, entry));
  }

  values(): readonly unknown[] {
    return Object.values(this.#fields);
  }

  #fail(key: string, wanted: string, found: unknown): never {
    const shown = (JSON.stringify(found) ?? "nothing").slice(0, 60);
    const place = key === "" ? this.#path : `${this.#path}.${key}`;
    throw new ModelFileError(`Cannot read the model: ${place} is ${shown}; ${wanted} is wanted`);
  }
}

function isPositive(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0;
}

function checkMetadata(metadata: Fields): void {
  metadata.text("name");
  const architecture = metadata.object("architecture");
  architecture.integer("inputs", 1);
  architecture.integer("steps", 1);
  for (const layer of architecture.objects("layers")) layer.choice("kind", ["dense", "lstm", "dropout"]);
  const task = metadata.object("task");
  task.text("unit");
  task.integer("horizon", 1);
  checkPreparation(metadata.object("preparation"), task.text("target"));
  metadata.object("recipe").integer("seed", 0);
  const training = metadata.object("training");
  training.text("name");
  training.integer("readings", 0);
  training.integer("sources", 0);
  if (!metadata.object("metrics").values().every(Number.isFinite)) {
    throw new ModelFileError("Cannot read the model: metadata.metrics holds something that is no number");
  }
}

function checkPreparation(preparation: Fields, target: string): void {
  const kind = preparation.choice("kind", ["differences", "values"]) as Preparation["kind"];
  const lookback = preparation.integer("lookback", 1);
  const features = preparation.objects("features");
  const names = features.map((feature) => feature.text("name"));
  for (const feature of features) feature.text("unit");
  const targetIndex = preparation.integer("targetIndex", 0);
  if (names[targetIndex] !== target || new Set(names).size !== names.length) {
    throw new ModelFileError(
      `Cannot read the model: its features are ${names.join(", ")} with the target at ${targetIndex}, ` +
        `but the task is to forecast ${target}`,
    );
  }
  const inputs = countInputs({ kind, lookback, features });
  const center = preparation.numbers("center").length;
  const scale = preparation.numbers("scale", isPositive).length;
  if (center !== inputs || scale !== inputs) {
    throw new ModelFileError(
      `Cannot read the model: the scaler has ${center} centres and ${scale} scales for ${inputs} inputs`,
    );
  }
  for (const key of ["clip", "targetScale", "targetClip"]) preparation.positive(key);
}
