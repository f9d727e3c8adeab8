/** What a model file says beside the numbers: JSON in its `__metadata__`, every field checked. */
import { denseSpec } from "../../nn/mod.ts";
import {
  checkCommon,
  checkFormatVersion,
  type CommonMetadata,
  formatTexts,
  type MetadataTexts,
  parseTexts,
} from "./container.ts";
import { Fields, isPositive, notRead } from "./fields.ts";
import type { Context } from "./context.ts";
import type { References } from "./references.ts";
import { READINGS_KEPT_MAX } from "./limits.ts";
import {
  countInputs,
  countReach,
  needsHistory,
  type Preparation,
  type PreparationShape,
} from "./preparation.ts";
import { countTabularInputs, type TabularPreparation } from "./tabular.ts";
import { checkHistory, type TrainingHistory } from "./training_history.ts";

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

interface ReadingsMetadata extends CommonMetadata {
  /** How the training went; files of before, and imported ones, have none. */
  readonly history?: TrainingHistory;
  readonly training: CommonMetadata["training"] & { readonly readings: number; readonly sources: number };
}

/** Of a model that forecasts. */
export interface ForecastMetadata extends ReadingsMetadata {
  readonly preparation: Preparation;
  /** What the network is compared with; files of before have none. */
  readonly references?: References;
  readonly task: ForecastTask;
}

/** Of a model that classifies. */
export interface ClassificationMetadata extends ReadingsMetadata {
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
  return {
    formatVersion: seesMore ? CONTEXT_FORMAT_VERSION : MODEL_FORMAT_VERSION,
    ...formatTexts(metadata, METADATA_KEYS),
    ...(isForecast(metadata) && metadata.references !== undefined
      ? { references: JSON.stringify(metadata.references) }
      : {}),
    ...(metadata.history === undefined ? {} : { history: JSON.stringify(metadata.history) }),
  };
}

/** What the texts of `__metadata__` say. @throws {ModelFileError} */
export function parseMetadata(texts: MetadataTexts): ModelMetadata {
  if (texts["kind"] === "traffic") {
    notRead(
      "it forecasts network traffic, which 'streamflow traffic forecast' and 'streamflow traffic evaluate' do",
    );
  }
  checkFormatVersion(texts, READABLE_VERSIONS);
  const values = parseTexts(texts, { keys: METADATA_KEYS, optional: ["references", "history"] });
  if (texts["formatVersion"] === "1") migrate(values);
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
    activation: architecture.choice("activation", ["relu", "tanh"]),
  });
  const { task } = values;
  if (typeof task === "object" && task !== null) values["task"] = { kind: "forecast", ...task };
}

function checkMetadata(metadata: Fields): void {
  const { inputs, outputs } = checkCommon(metadata);
  const task = metadata.object("task");
  const preparation = metadata.object("preparation");
  if (task.choice("kind", ["forecast", "classification"]) === "forecast") {
    task.text("unit");
    task.integer("horizon", 1);
    checkPreparation(preparation, { target: task.text("target"), inputs });
    if (metadata.has("references")) checkReferences(metadata.object("references"), inputs);
  } else {
    checkClassification(task, { architecture: metadata.object("architecture"), outputs });
    checkTabular(preparation, inputs);
  }
  for (const key of ["readings", "sources"]) metadata.object("training").integer(key, 0);
  if (metadata.has("history")) checkHistory(metadata.object("history"));
}

function checkClassification(
  task: Fields,
  { architecture, outputs }: { readonly architecture: Fields; readonly outputs: number },
): void {
  task.text("target");
  const classes = task.texts("classes");
  const offsets = task.numbers(
    "offsets",
    (value) => typeof value === "number" && Math.abs(value) <= OFFSET_MAX,
  );
  if (classes.length < 2 || classes.length !== offsets.length || outputs !== offsets.length) {
    notRead(
      `${classes.length} classes, ${offsets.length} offsets and ${outputs} outputs; ` +
        "as many of each, and at least 2, are expected",
    );
  }
  architecture.objects("layers").at(-1)!.choice("activation", ["softmax"]);
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
    notRead(`its columns are [${names.join(", ")}]; different ones are expected`);
  }
  const found = countTabularInputs({ columns: preparation.list("columns") as TabularPreparation["columns"] });
  if (found !== inputs) {
    notRead(`its columns make ${found} inputs, and the network has ${inputs}`);
  }
}

function checkReferences(references: Fields, inputs: number): void {
  if (references.has("seasonMs")) references.positive("seasonMs");
  const ridge = references.object("ridge");
  ridge.finite("intercept");
  const weights = ridge.numbers("weights").length;
  if (weights !== inputs) notRead(`its ridge has ${weights} weights for ${inputs} inputs`);
}

/** What a forecast sees beside the look-back, where there is such a thing. */
function checkContext(preparation: Fields): Pick<PreparationShape, "context" | "spreadReadings"> {
  const spread = preparation.has("spreadReadings")
    ? { spreadReadings: preparation.integer("spreadReadings", 2) }
    : {};
  if (!preparation.has("context")) return spread;
  const fields = preparation.object("context");
  const aheadMs = fields.positive("aheadMs"), stepMs = fields.positive("stepMs");
  const seasonsMs = fields.numbers("seasonsMs", isPositive);
  if (seasonsMs.some((season, i) => season < aheadMs || season <= (seasonsMs[i - 1] ?? 0))) {
    notRead(`its seasons are ${seasonsMs.join(", ")} ms; rising ones from ${aheadMs} ms on are expected`);
  }
  const context: Context = { aheadMs, stepMs, seasonsMs, calendar: fields.toggle("calendar") };
  return { ...spread, context };
}

function checkPreparation(
  preparation: Fields,
  { target, inputs: networkInputs }: { readonly target: string; readonly inputs: number },
): void {
  const kind = preparation.choice("kind", ["differences", "values"]);
  const lookback = preparation.integer("lookback", 1);
  const features = preparation.objects("features");
  const names = features.map((feature) => feature.text("name"));
  for (const feature of features) feature.text("unit");
  const targetIndex = preparation.integer("targetIndex", 0);
  if (names[targetIndex] !== target || new Set(names).size !== names.length) {
    notRead(
      `its features are ${names.join(", ")} with the target at ${targetIndex}, ` +
        `but the task is to forecast ${target}`,
    );
  }
  const shape: PreparationShape = { kind, lookback, features, ...checkContext(preparation) };
  const inputs = countInputs(shape);
  if (countReach(shape) > READINGS_KEPT_MAX) {
    notRead(
      `it looks back at ${countReach(shape)} readings of a source, more than ` +
        `${READINGS_KEPT_MAX}`,
    );
  }
  const center = preparation.numbers("center").length;
  const scale = preparation.numbers("scale", isPositive).length;
  if (center !== inputs || scale !== inputs) {
    notRead(`the scaler has ${center} centres and ${scale} scales for ${inputs} inputs`);
  }
  if (inputs !== networkInputs) {
    notRead(`its windows make ${inputs} inputs, and the network has ${networkInputs}`);
  }
  for (const key of ["clip", "targetScale", "targetClip"]) preparation.positive(key);
  if (preparation.has("answer")) preparation.choice("answer", ["change", "value"]);
}
