/** `streamflow import`: an ONNX file as a model file. */
import { allocateNetwork, countOutputs, type Network, type NetworkSpec } from "../../../nn/mod.ts";
import {
  decodeOnnx,
  type FollowedGraph,
  followGraph,
  OnnxError,
  type OnnxModel,
  parametersFromConstants,
} from "../../../nn/onnx/mod.ts";
import { SCALED_MAX } from "../limits.ts";
import {
  type ClassificationMetadata,
  type ForecastMetadata,
  type ModelMetadata,
  parseMetadata,
} from "../metadata.ts";
import { readModel, writeModel } from "../model_file.ts";
import { OWN_PREFIX } from "./export.ts";
import type { Preparation } from "../preparation.ts";
import type { TabularPreparation } from "../tabular.ts";

/** What a graph of somebody else's tool does not say. */
export interface ImportOptions {
  /** Default: the graph's name. */
  readonly name?: string;
  /** Names of the inputs' columns. Default: feature-1, feature-2, … */
  readonly features?: readonly string[];
  /** Names of the classes; with them the graph's answers are logits where it has no softmax. */
  readonly classes?: readonly string[];
  /** Feature to forecast. Default: temperature, else the last one. */
  readonly target?: string;
  /** How many readings ahead. Default: 1. */
  readonly horizon?: number;
  /** Readings in a window, where the graph does not say. Default: 1. */
  readonly lookback?: number;
}

/** A model file, and what was assumed to make it. */
export interface ImportedModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Written by `streamflow export`, with everything in it. */
  readonly own: boolean;
  /** A sentence each. */
  readonly assumptions: readonly string[];
  /** What the model does. */
  readonly task: ModelMetadata["task"]["kind"];
}

/** Options that contradict what a graph is: they are about the other kind of models. */
export const OPTIONS_OF_OTHERS = {
  classification: ["target", "horizon", "lookback"],
  forecast: ["classes"],
} as const satisfies Record<ModelMetadata["task"]["kind"], readonly (keyof ImportOptions)[]>;

/**
 * The model file of an ONNX file's bytes.
 *
 * @throws {OnnxError} where it is no ONNX file, or its graph is no network here
 * @throws {RangeError} where the network is not possible, or over the limits
 * @throws {ModelFileError} where what `streamflow export` wrote was changed since
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): ImportedModel {
  const model = decodeOnnx(bytes);
  return model.metadata.has(`${OWN_PREFIX}formatVersion`) ? restore(model) : adopt(model, options);
}

/** What `streamflow export` wrote: the metadata as it was, the numbers rounded to 32 bits. */
function restore({ metadata: entries, initializers }: OnnxModel): ImportedModel {
  const texts = [...entries].filter(([key]) => key.startsWith(OWN_PREFIX))
    .map(([key, text]) => [key.slice(OWN_PREFIX.length), text] as const);
  const metadata = parseMetadata(Object.fromEntries(texts));
  const { architecture } = metadata;
  const bytes = written(filled(architecture, parametersFromConstants(architecture, initializers)), metadata);
  return { bytes, own: true, assumptions: [], task: metadata.task.kind };
}

/** As it will be read: whatever is wrong with it is said now. */
function written(network: Network, metadata: ModelMetadata): Uint8Array<ArrayBuffer> {
  const bytes = writeModel(network, metadata);
  readModel(bytes);
  return bytes;
}

function filled(spec: NetworkSpec, parameters: Float64Array): Network {
  const network = allocateNetwork(spec);
  network.parameters.set(parameters);
  return network;
}

/** A graph of somebody else's tool. */
function adopt(model: OnnxModel, options: ImportOptions): ImportedModel {
  const graph = followGraph(model, {
    ...(options.lookback === undefined ? {} : { steps: options.lookback }),
    ...(options.features === undefined ? {} : { features: options.features.length }),
  });
  const answers = countOutputs(graph.spec);
  const last = graph.spec.layers.at(-1)!;
  const activation = last.kind === "dense" ? last.activation : "identity";
  const classes = options.classes ?? graph.classes;
  const classifies = activation === "softmax" ||
    (classes !== null && answers > 1 && activation === "identity");
  if (!classifies && answers !== 1) {
    throw new OnnxError(
      `Cannot make a model of the graph: it answers with ${answers} numbers that end in ${activation}; one number, ` +
        "a softmax, or logits of classes that are named (--classes) are expected",
    );
  }
  const made = classifies ? classifier(graph, options) : forecaster(graph, options);
  const metadata = {
    ...made.metadata,
    name: options.name ?? (model.name || "imported"),
    recipe: { seed: 0, importedFrom: `${model.producer} ${model.producerVersion}`.trim() || "ONNX" },
    training: { name: "not known: imported from ONNX", sha256: null, readings: 0, sources: 0 },
    metrics: {},
  };
  const ignored = graph.ignored.length === 0
    ? []
    : [`output ${graph.ignored.join(", ")} of the graph is left alone`];
  const bytes = written(filled(metadata.architecture, graph.parameters), metadata);
  return { bytes, own: false, assumptions: [...made.assumptions, ...ignored], task: made.metadata.task.kind };
}

type Known = "architecture" | "preparation" | "task";

interface Made {
  readonly metadata: Pick<ForecastMetadata, Known> | Pick<ClassificationMetadata, Known>;
  readonly assumptions: readonly string[];
}

function classifier(
  { spec, center, scale, classes: ownNames }: FollowedGraph,
  { features, classes: given }: ImportOptions,
): Made {
  const classes = given ?? ownNames;
  if (given !== undefined && ownNames !== null) refuseOtherOrder(given, ownNames);
  const answers = countOutputs(spec);
  if (spec.steps > 1) {
    throw new OnnxError(
      `Cannot make a classifier of a graph that takes ${spec.steps} steps: one here takes one record at a time`,
    );
  }
  const names = namesOf("features", features, spec.inputs);
  const words = namesOf("classes", classes ?? undefined, answers);
  const layers = [
    ...spec.layers.slice(0, -1),
    { kind: "dense", units: answers, activation: "softmax" } as const,
  ];
  const preparation: TabularPreparation = {
    kind: "tabular",
    clip: null,
    columns: names.map((name, i) => ({
      name,
      kind: "number",
      log: false,
      center: center[i]!,
      scale: scale[i]!,
    })),
  };
  return {
    metadata: {
      architecture: { ...spec, layers },
      preparation,
      task: {
        kind: "classification",
        target: "class",
        classes: words,
        offsets: words.map(() => 0),
        baseline: words[0]!,
      },
    },
    assumptions: [
      ...(features === undefined ? [`its inputs are called ${shortList(names)} (--features)`] : []),
      ...(given !== undefined && ownNames !== null && given.join() !== ownNames.join()
        ? [`its classes ${shortList(ownNames)} are called ${shortList(words)} (--classes)`]
        : []),
      ...(classes === null ? [`its classes are called ${shortList(words)} (--classes)`] : []),
      `the class to beat is ${words[0]}, as the most frequent one is not known`,
    ],
  };
}

function forecaster({ spec, shape, center, scale }: FollowedGraph, options: ImportOptions): Made {
  const own = shape.length === 2 ? shape[0]! : spec.steps > 1 ? spec.steps : null;
  if (own !== null && options.lookback !== undefined && options.lookback !== own) {
    throw new OnnxError(`Cannot take windows of ${options.lookback} readings: the graph takes ${own} steps`);
  }
  const lookback = own ?? options.lookback ?? 1;
  const width = center.length / lookback;
  if (!Number.isInteger(width)) {
    throw new OnnxError(
      `Cannot take windows of ${lookback} readings: the graph takes ${center.length} numbers`,
    );
  }
  const names = namesOf("features", options.features, width);
  const target = options.target ?? (names.includes("temperature") ? "temperature" : names.at(-1)!);
  const targetIndex = names.indexOf(target);
  if (targetIndex < 0) {
    throw new OnnxError(`Cannot forecast "${target}": it is none of the features ${shortList(names)}`);
  }
  const horizon = options.horizon ?? 1;
  const preparation: Preparation = {
    kind: "values",
    lookback,
    features: names.map((name) => ({ name, unit: "" })),
    targetIndex,
    center: [...center],
    scale: [...scale],
    clip: SCALED_MAX,
    targetScale: 1,
    targetClip: SCALED_MAX,
    answer: "value",
  };
  return {
    metadata: { architecture: spec, preparation, task: { kind: "forecast", target, unit: "", horizon } },
    assumptions: [
      ...(options.features === undefined ? [`its inputs are called ${shortList(names)} (--features)`] : []),
      ...(options.target === undefined ? [`it forecasts ${target} itself, not its change (--target)`] : []),
      ...(options.horizon === undefined ? [`it looks ${horizon} reading ahead (--horizon)`] : []),
      `a window holds ${lookback} reading${lookback === 1 ? "" : "s"}, oldest first`,
    ],
  };
}

/** Other names are new names; the same ones in another order would swap the answers. */
function refuseOtherOrder(given: readonly string[], own: readonly string[]): void {
  if (given.join() === own.join() || [...given].sort().join() !== [...own].sort().join()) return;
  throw new OnnxError(
    `Cannot call the classes ${shortList(given)}: the graph itself has them in the order ${shortList(own)}`,
  );
}

/** Names that were given, or numbered ones. */
function namesOf(
  what: "features" | "classes",
  given: readonly string[] | undefined,
  count: number,
): readonly string[] {
  if (given === undefined) {
    return Array.from({ length: count }, (_, i) => `${what === "features" ? "feature" : "class"}-${i + 1}`);
  }
  if (given.length !== count || new Set(given).size !== count) {
    throw new OnnxError(
      `Cannot name ${count} ${what} with ${given.length} words (${
        shortList(given)
      }): one each is expected, all different`,
    );
  }
  return given;
}

function shortList(words: readonly string[]): string {
  return words.length <= 6 ? words.join(", ") : `${words.slice(0, 3).join(", ")}, … ${words.at(-1)}`;
}
