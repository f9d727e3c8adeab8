/** `streamflow inspect MODEL`: what a model file is. */
import { formatCount } from "../../runtime/progress.ts";
import { loadModel, loadModelOf, readModelBytes } from "../../models/disk.ts";
import type { ClassificationModel, ForecastModel, Model } from "../../models/model_file.ts";
import { modelFacts } from "../../models/facts.ts";
import { describeContext } from "../../models/context.ts";
import type { Preparation } from "../../models/preparation.ts";
import type { TrainingHistory } from "../../models/training_history.ts";
import { TRAFFIC_MODELS } from "../../traffic/model/file.ts";
import { isTrafficModel } from "../../traffic/model/file.ts";
import { defineCommand } from "../command.ts";
import { describeTraffic, summarizeTraffic } from "./inspect_traffic.ts";
import { networkRows, row } from "./rows.ts";
import { UserError } from "../../runtime/errors.ts";

/** The `inspect` command. */
export const inspectCommand = defineCommand({
  name: "inspect",
  summary: "Show what a model file is: layers, inputs, task, training data, metrics",
  examples: ["inspect model.safetensors", "inspect model.safetensors --json"],
  args: "<model>",
  settings: ["json"],
  async run({ json }, { args, out }) {
    const path = args[0];
    if (path === undefined) {
      throw new UserError("Cannot inspect: no model file was named", {
        hint: "streamflow inspect model.safetensors",
        exitCode: 2,
      });
    }
    const bytes = await readModelBytes(path, {
      hint: `make one with: streamflow train --model ${path}`,
      kind: "a safetensors file",
    });
    if (isTrafficModel(bytes)) {
      const model = await loadModelOf(TRAFFIC_MODELS, path);
      if (json) out(JSON.stringify(summarizeTraffic(model, path)));
      else for (const line of describeTraffic(model, path)) out(line);
      return 0;
    }
    const model = await loadModel(path);
    if (json) out(JSON.stringify(modelFacts(model, path)));
    else for (const line of describeModel(model, path)) out(line);
    return 0;
  },
});

/** What `inspect` prints, a line each. */
export function describeModel(model: Model, file: string): string[] {
  const { metadata, network, formatVersion, sha256, version } = model;
  const { recipe, training } = metadata;
  const records = model.kind === "forecaster"
    ? `${formatCount(training.readings)} readings of ${formatCount(training.sources)} sources`
    : `${formatCount(training.readings)} records`;
  return [
    row("Model", `${metadata.name}, version ${version}`),
    row("File", `${file}, format version ${formatVersion}`),
    row("SHA-256", sha256),
    ...(model.kind === "forecaster" ? describeForecaster(model) : describeClassifier(model)),
    ...networkRows(network),
    row("Recipe", Object.entries(recipe).map(([key, value]) => `${key} ${setting(value)}`).join(", ")),
    ...(metadata.history === undefined ? [] : [describeHistory(metadata.history)]),
    row("Training data", `${training.name}: ${records}`),
    row("", `SHA-256 ${training.sha256 ?? "unknown"}`),
    ...(model.kind === "forecaster" ? describeErrors(metadata.metrics) : describeScores(metadata.metrics)),
  ];
}

function describeHistory({ kept, epochs, validationLoss, baselineLoss }: TrainingHistory): string {
  const at = epochs.indexOf(kept);
  const loss = at < 0
    ? ""
    : `: validation loss ${short(validationLoss[at]!)} (baseline ${short(baselineLoss[at]!)})`;
  return row("Epochs", `${epochs.at(-1) ?? 0}, kept is ${kept}${loss}`);
}

function setting(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function describeForecaster(
  { metadata: { task, preparation }, lookback }: ForecastModel,
): string[] {
  const withUnit = (name: string, unit: string) => unit === "" ? name : `${name} (${unit})`;
  return [
    row("Task", `${withUnit(task.target, task.unit)}, ${task.horizon} readings ahead`),
    row("Inputs", preparation.features.map(({ name, unit }) => withUnit(name, unit)).join(", ")),
    row("Look-back", `${lookback} readings`),
    ...describeContext(preparation).map((phrase, i) => row(i === 0 ? "Beside it" : "", phrase)),
    row("Preparation", describePreparation(preparation)),
    row(
      "Scaler",
      `${preparation.scale.length} scales from ${range(preparation.scale)}, clipped to ±` +
        `${preparation.clip}; target scale ${short(preparation.targetScale)}, clipped to ±` +
        `${preparation.targetClip}`,
    ),
  ];
}

function describeClassifier({ metadata: { task, preparation } }: ClassificationModel): string[] {
  const { columns, clip } = preparation;
  const numbers = columns.flatMap((column) => column.kind === "number" ? [column] : []);
  const texts = columns.flatMap((column) => column.kind === "category" ? [column] : []);
  const logarithms = numbers.filter(({ log }) => log).length;
  const offsets = task.offsets.every((offset) => offset === 0)
    ? "none"
    : task.classes.map((name, k) => `${name} ${short(task.offsets[k]!)}`).join(", ");
  return [
    row("Task", `${task.target}: ${task.classes.join(", ")}; most frequent in training: ${task.baseline}`),
    row(
      "Inputs",
      `${numbers.length} numbers, ${logarithms} of them by their logarithm, ` +
        (clip === null ? "not clipped" : `clipped to ±${clip}`),
    ),
    ...texts.map(({ name, values }) => row("", `${name}: one of ${values.length} texts`)),
    row("Offsets", offsets),
  ];
}

/** Training was stopped before. */
const UNMEASURED_ROW = "none: streamflow evaluate measures the model";

const SCOPES: readonly (readonly [string, string])[] = [
  ["test.all", "test part"],
  ["test.withoutEvents", "test part, no events"],
  ["test.withoutLargest", "test part, all but jumps"],
  ["stream.all", "every reading"],
  ["stream.withoutEvents", "every reading, no events"],
  ["stream.withoutLargest", "every reading, all but jumps"],
];

/** Scores of a classifier, a line each. */
function describeScores(metrics: Readonly<Record<string, number>>): string[] {
  const scores = Object.entries(metrics);
  if (scores.every(([name]) => name === "keptEpoch")) return [row("Metrics", UNMEASURED_ROW)];
  const width = Math.max(...scores.map(([name]) => name.length));
  return scores.map(([name, value], i) =>
    row(i === 0 ? "Metrics" : "", `${name.padEnd(width)}  ${short(value)}`)
  );
}

/** MSE and MAE of network and last value, a line for each part that was measured. */
function describeErrors(
  metrics: Readonly<Record<string, number>>,
): string[] {
  const known = SCOPES.filter(([scope]) => metrics[`${scope}.count`] !== undefined);
  if (known.length === 0) return [row("Metrics", UNMEASURED_ROW)];
  const pair = (scope: string, measure: string) =>
    `${measure.toUpperCase()} ${short(metrics[`${scope}.network.${measure}`] ?? NaN)} ` +
    `(last value ${short(metrics[`${scope}.lastValue.${measure}`] ?? NaN)})`;
  const width = Math.max(...known.map(([, label]) => label.length));
  return known.map(([scope, label], i) =>
    row(i === 0 ? "Metrics" : "", `${label.padEnd(width)}  ${pair(scope, "mse")}, ${pair(scope, "mae")}`)
  );
}

function describePreparation({ kind, lookback, answer }: Preparation): string {
  const answers = answer === "value" ? "predicts the value" : "predicts the change";
  return kind === "differences"
    ? `differences of ${lookback - 1} earlier readings from the last one; ${answers}`
    : `the values of ${lookback} readings; ${answers}`;
}

function range(values: readonly number[]): string {
  return `${short(Math.min(...values))} to ${short(Math.max(...values))}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
