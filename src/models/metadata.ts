/** What a model file says beside the numbers: JSON in its `__metadata__`, every field checked. */
import { type Activation, denseSpec, type NetworkSpec } from "../../nn/mod.ts";
import { Fields, isPositive, ModelFileError } from "./fields.ts";
import type { Context } from "./context.ts";
import type { References } from "./references.ts";
import { READINGS_KEPT_MAX } from "./limits.ts";
import { countInputs, countReach, type InputShape, needsHistory, type Preparation } from "./preparation.ts";
import { countTabularInputs, type TabularPreparation } from "./tabular.ts";

export { ModelFileError } from "./fields.ts";

/** Version of the format that this program writes; it reads {@linkcode READABLE_VERSIONS}. */
export const MODEL_FORMAT_VERSION = "2";

/** Version of a model that sees more than its look-back, which a program that reads no more than `2` would not heed. */
const CONTEXT_FORMAT_VERSION = "3";

/**
 * Versions that are read. In `1` every network was one of dense layers that forecast; up to `2` none saw the calendar or
 * a season.
 */
export const READABLE_VERSIONS: readonly string[] = ["1", "2", "3"];

/** A feature is forecast some readings ahead. */
export interface ForecastTask {
  readonly kind: "forecast";
  readonly target: string;
  readonly unit: string;
  /** How many readings ahead. */
  readonly horizon: number;
}

/** Each record is of one class. */
export interface ClassificationTask {
  readonly kind: "classification";
  /** What the classes are of: `class`. */
  readonly target: string;
  readonly classes: readonly string[];
  /** By class: added to the logarithms of the network's probabilities, so that rare classes get their share; zeros add nothing. */
  readonly offsets: readonly number[];
  /** The most frequent class of the training data. */
  readonly baseline: string;
}

interface CommonMetadata {
  readonly name: string;
  readonly architecture: NetworkSpec;
  /** The seed and everything else that it takes to train the same network again. */
  readonly recipe: Readonly<Record<string, unknown>> & { readonly seed: number };
  readonly training: {
    readonly name: string;
    readonly sha256: string | null;
    readonly readings: number;
    readonly sources: number;
  };
  /** Errors or scores on the held-out test part: name → value. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Of a model that forecasts. */
export interface ForecastMetadata extends CommonMetadata {
  readonly preparation: Preparation;
  /** What the network is compared with; files of before have none. */
  readonly references?: References;
  readonly task: ForecastTask;
}

/** Of a model that classifies. */
export interface ClassificationMetadata extends CommonMetadata {
  readonly preparation: TabularPreparation;
  readonly task: ClassificationTask;
}

/** What the file says beside the numbers. */
export type ModelMetadata = ForecastMetadata | ClassificationMetadata;

const METADATA_KEYS = [
  "name",
  "architecture",
  "preparation",
  "task",
  "recipe",
  "training",
  "metrics",
] as const;

/** Most that an offset may be: e to this power is still far from overflow. */
const OFFSET_MAX = 100;

/** Whether a model forecasts. */
export function isForecast(metadata: ModelMetadata): metadata is ForecastMetadata {
  return metadata.task.kind === "forecast";
}

/** The texts of `__metadata__`; the same metadata gives the same texts. */
export function formatMetadata(metadata: ModelMetadata): Record<string, string> {
  const seesMore = isForecast(metadata) && needsHistory(metadata.preparation);
  const texts: Record<string, string> = {
    formatVersion: seesMore ? CONTEXT_FORMAT_VERSION : MODEL_FORMAT_VERSION,
  };
  for (const key of METADATA_KEYS) texts[key] = JSON.stringify(metadata[key]);
  if (isForecast(metadata) && metadata.references !== undefined) {
    texts["references"] = JSON.stringify(metadata.references);
  }
  return texts;
}

/** What the texts of `__metadata__` say. @throws {ModelFileError} */
export function parseMetadata(texts: Readonly<Record<string, string>>): ModelMetadata {
  const version = texts["formatVersion"];
  if (texts["kind"] === "traffic") {
    throw new ModelFileError(
      "Cannot read the model: it forecasts network traffic, which 'streamflow traffic forecast' and " +
        "'streamflow traffic evaluate' do",
    );
  }
  if (version === undefined) {
    throw new ModelFileError(
      "Cannot read the model: no formatVersion in the metadata; it is not streamflow's",
    );
  }
  if (!READABLE_VERSIONS.includes(version)) {
    throw new ModelFileError(
      `Cannot read the model: format version ${JSON.stringify(version)}, this program reads ` +
        `${READABLE_VERSIONS.slice(0, -1).join(", ")} and ${READABLE_VERSIONS.at(-1)}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const key of METADATA_KEYS) values[key] = parseJson(key, texts[key]);
  if (texts["references"] !== undefined) values["references"] = parseJson("references", texts["references"]);
  if (version === "1") migrate(values);
  checkMetadata(new Fields("metadata", values));
  return values as unknown as ModelMetadata;
}

/** From version 1: dense layers only, and forecasts only. */
function migrate(values: Record<string, unknown>): void {
  const architecture = new Fields("metadata.architecture", values["architecture"]);
  values["architecture"] = denseSpec({
    inputs: architecture.integer("inputs", 1),
    hidden: architecture.numbers("hidden"),
    outputs: architecture.integer("outputs", 1),
    activation: architecture.choice("activation", ["relu", "tanh"]) as Activation,
  });
  const { task } = values;
  if (typeof task === "object" && task !== null) values["task"] = { kind: "forecast", ...task };
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

function checkMetadata(metadata: Fields): void {
  metadata.text("name");
  const architecture = metadata.object("architecture");
  const inputs = architecture.integer("inputs", 1) * architecture.integer("steps", 1);
  for (const layer of architecture.objects("layers")) layer.choice("kind", ["dense", "lstm", "dropout"]);
  const task = metadata.object("task");
  const preparation = metadata.object("preparation");
  if (task.choice("kind", ["forecast", "classification"]) === "forecast") {
    task.text("unit");
    task.integer("horizon", 1);
    checkPreparation(preparation, { target: task.text("target"), inputs });
    if (metadata.has("references")) checkReferences(metadata.object("references"), inputs);
  } else {
    checkClassification(task, architecture);
    checkTabular(preparation, inputs);
  }
  metadata.object("recipe").integer("seed", 0);
  const training = metadata.object("training");
  training.text("name");
  training.integer("readings", 0);
  training.integer("sources", 0);
  if (!metadata.object("metrics").values().every(Number.isFinite)) {
    throw new ModelFileError("Cannot read the model: metadata.metrics holds something that is no number");
  }
}

function checkClassification(task: Fields, architecture: Fields): void {
  task.text("target");
  const classes = task.texts("classes");
  const offsets = task.numbers(
    "offsets",
    (value) => typeof value === "number" && Math.abs(value) <= OFFSET_MAX,
  );
  const last = architecture.objects("layers").at(-1);
  const wanted = [classes.length, last?.integer("units", 1)];
  if (classes.length < 2 || wanted.some((count) => count !== offsets.length)) {
    throw new ModelFileError(
      `Cannot read the model: ${classes.length} classes, ${offsets.length} offsets and ${
        wanted[1]
      } outputs; ` +
        "as many of each, and at least 2, are wanted",
    );
  }
  last!.choice("activation", ["softmax"]);
  task.choice("baseline", classes);
}

function checkTabular(preparation: Fields, inputs: number): void {
  preparation.choice("kind", ["tabular"]);
  if (!preparation.isNull("clip")) preparation.positive("clip");
  const columns = preparation.objects("columns");
  for (const column of columns) {
    if (column.choice("kind", ["number", "category"]) === "category") column.texts("values");
    else {
      column.toggle("log");
      column.finite("center");
      column.positive("scale");
    }
  }
  const names = columns.map((column) => column.text("name"));
  if (new Set(names).size !== names.length || names.length === 0) {
    throw new ModelFileError(
      `Cannot read the model: its columns are [${names.join(", ")}]; different ones are wanted`,
    );
  }
  const found = countTabularInputs({ columns: preparation.list("columns") as TabularPreparation["columns"] });
  if (found !== inputs) {
    throw new ModelFileError(
      `Cannot read the model: its columns make ${found} inputs, and the network has ${inputs}`,
    );
  }
}

function checkReferences(references: Fields, inputs: number): void {
  if (references.has("seasonMs")) references.positive("seasonMs");
  const ridge = references.object("ridge");
  ridge.finite("intercept");
  const weights = ridge.numbers("weights").length;
  if (weights === inputs) return;
  throw new ModelFileError(`Cannot read the model: its ridge has ${weights} weights for ${inputs} inputs`);
}

/** What a forecast sees beside the look-back, where there is such a thing. */
function checkContext(preparation: Fields): Pick<InputShape, "context" | "spreadReadings"> {
  const spread = preparation.has("spreadReadings")
    ? { spreadReadings: preparation.integer("spreadReadings", 2) }
    : {};
  if (!preparation.has("context")) return spread;
  const fields = preparation.object("context");
  const aheadMs = fields.positive("aheadMs"), stepMs = fields.positive("stepMs");
  const seasonsMs = fields.numbers("seasonsMs", isPositive);
  if (seasonsMs.some((season, i) => season < aheadMs || season <= (seasonsMs[i - 1] ?? 0))) {
    throw new ModelFileError(
      `Cannot read the model: its seasons are ${
        seasonsMs.join(", ")
      } ms; rising ones from ${aheadMs} ms on are wanted`,
    );
  }
  const context: Context = { aheadMs, stepMs, seasonsMs, calendar: fields.toggle("calendar") };
  return { ...spread, context };
}

function checkPreparation(
  preparation: Fields,
  { target, inputs: networkInputs }: { readonly target: string; readonly inputs: number },
): void {
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
  const shape: InputShape = { kind, lookback, features, ...checkContext(preparation) };
  const inputs = countInputs(shape);
  if (countReach(shape) > READINGS_KEPT_MAX) {
    throw new ModelFileError(
      `Cannot read the model: it looks back at ${countReach(shape)} readings of a source, more than ` +
        `${READINGS_KEPT_MAX}`,
    );
  }
  const center = preparation.numbers("center").length;
  const scale = preparation.numbers("scale", isPositive).length;
  if (center !== inputs || scale !== inputs) {
    throw new ModelFileError(
      `Cannot read the model: the scaler has ${center} centres and ${scale} scales for ${inputs} inputs`,
    );
  }
  if (inputs !== networkInputs) {
    throw new ModelFileError(
      `Cannot read the model: its windows make ${inputs} inputs, and the network has ${networkInputs}`,
    );
  }
  for (const key of ["clip", "targetScale", "targetClip"]) preparation.positive(key);
  if (preparation.has("answer")) preparation.choice("answer", ["change", "value"]);
}
