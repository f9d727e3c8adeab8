/** `streamflow inspect MODEL`: what a model file is. */
import { activationsOf, widthsOf } from "../../nn/mod.ts";
import { loadModel } from "../predict/model_disk.ts";
import { MODEL_FORMAT_VERSION } from "../predict/model_file.ts";
import type { Model } from "../predict/model_file.ts";
import { defineCommand } from "./command.ts";
import { UserError } from "../runtime/errors.ts";

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
    const model = await loadModel(path);
    if (json) out(JSON.stringify(summarize(model, path)));
    else for (const line of describeModel(model, path)) out(line);
    return 0;
  },
});

/** What `inspect --json` prints. */
function summarize({ metadata, network, sha256, version, lookback }: Model, file: string) {
  return {
    file,
    formatVersion: MODEL_FORMAT_VERSION,
    sha256,
    version,
    ...metadata,
    task: { ...metadata.task, lookback },
    parameters: network.parameters.length,
    tensors: network.tensors.map(({ name, shape }) => ({ name, shape })),
  };
}

/** What `inspect` prints, a line each. */
export function describeModel(
  { metadata, network, sha256, version, lookback }: Model,
  file: string,
): string[] {
  const { architecture, preparation, task, recipe, training, metrics } = metadata;
  const withUnit = (name: string, unit: string) => unit === "" ? name : `${name} (${unit})`;
  const row = (label: string, text: string) => `${label.padEnd(14)}${text}`;
  return [
    row("Model", `${metadata.name}, version ${version}`),
    row("File", `${file}, format version ${MODEL_FORMAT_VERSION}`),
    row("SHA-256", sha256),
    row("Task", `${withUnit(task.target, task.unit)}, ${task.horizon} readings ahead`),
    row("Inputs", preparation.features.map(({ name, unit }) => withUnit(name, unit)).join(", ")),
    row("Look-back", `${lookback} readings`),
    row("Preparation", describePreparation(preparation)),
    row(
      "Scaler",
      `${preparation.scale.length} scales from ${range(preparation.scale)}, clipped to ±` +
        `${preparation.clip}; target scale ${short(preparation.targetScale)}, clipped to ±` +
        `${preparation.targetClip}`,
    ),
    row(
      "Network",
      `${widthsOf(architecture)}, ${activationsOf(architecture)}, ${
        count(network.parameters.length)
      } parameters`,
    ),
    ...network.tensors.map(({ name, shape }) => row("", `${name} [${shape.join(", ")}]`)),
    row("Recipe", Object.entries(recipe).map(([key, value]) => `${key} ${value}`).join(", ")),
    row(
      "Training data",
      `${training.name}: ${count(training.readings)} readings of ${count(training.sources)} sources`,
    ),
    row("", `SHA-256 ${training.sha256 ?? "unknown"}`),
    ...describeMetrics(metrics, row),
  ];
}

const SCOPES: readonly (readonly [string, string])[] = [
  ["test.all", "test part"],
  ["test.withoutEvents", "test part, no events"],
  ["test.withoutLargest", "test part, all but jumps"],
  ["stream.all", "every reading"],
  ["stream.withoutEvents", "every reading, no events"],
  ["stream.withoutLargest", "every reading, all but jumps"],
];

/** MSE and MAE of network and last value, a line for each part that was measured. */
function describeMetrics(
  metrics: Readonly<Record<string, number>>,
  row: (label: string, text: string) => string,
): string[] {
  const known = SCOPES.filter(([scope]) => metrics[`${scope}.count`] !== undefined);
  if (known.length === 0) return [row("Metrics", "none")];
  const pair = (scope: string, measure: string) =>
    `${measure.toUpperCase()} ${short(metrics[`${scope}.network.${measure}`] ?? NaN)} ` +
    `(last value ${short(metrics[`${scope}.lastValue.${measure}`] ?? NaN)})`;
  const width = Math.max(...known.map(([, label]) => label.length));
  return known.map(([scope, label], i) =>
    row(i === 0 ? "Metrics" : "", `${label.padEnd(width)}  ${pair(scope, "mse")}, ${pair(scope, "mae")}`)
  );
}

function describePreparation({ kind, lookback }: Model["metadata"]["preparation"]): string {
  return kind === "differences"
    ? `differences of ${lookback - 1} earlier readings from the last one; predicts the change`
    : `the values of ${lookback} readings; predicts the change`;
}

function range(values: readonly number[]): string {
  return `${short(Math.min(...values))} to ${short(Math.max(...values))}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
