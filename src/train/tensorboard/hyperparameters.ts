/**
 * The recipe for TensorBoard's HParams plugin: one session per run, with its beginning and its end. What columns its
 * table has, TensorBoard finds out from the sessions of all runs; a description of the experiment, which it would
 * take from one run alone, is left out so that runs of different recipes can be compared.
 *
 * Field numbers: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/plugins/hparams/plugin_data.proto
 */
import { ProtobufWriter } from "../../../nn/files/protobuf.ts";
import type { Ending } from "../loop/training_log.ts";
import { pluginValue, type SummaryValue } from "./event.ts";

const PLUGIN = "hparams";
const STATUS: Readonly<Record<Ending, number>> = { complete: 1, failed: 2, interrupted: 0 };

/** What a hyperparameter can be. */
export type Hyperparameter = string | number | boolean;

/** A recipe's entries as hyperparameters: lists joined by `-`, what is `null` said as `none`, what is deeper as JSON. */
export function hyperparametersOf(recipe: object): Record<string, Hyperparameter> {
  const flat: Record<string, Hyperparameter> = {};
  for (const [name, value] of Object.entries(recipe)) {
    if (value === undefined) continue;
    if (typeof value === "string" || typeof value === "boolean") flat[name] = value;
    else if (typeof value === "number") flat[name] = value;
    else if (value === null) flat[name] = "none";
    else flat[name] = Array.isArray(value) ? value.join("-") : JSON.stringify(value);
  }
  return flat;
}

/** The session begins. */
export function sessionStartValue(
  hyperparameters: Readonly<Record<string, Hyperparameter>>,
  startSeconds: number,
): SummaryValue {
  const start = new ProtobufWriter();
  for (const [name, value] of Object.entries(hyperparameters)) {
    start.message(1, new ProtobufWriter().text(1, name).message(2, protobufValue(value)));
  }
  return sessionValue("session_start_info", { field: 3, content: start.double(5, startSeconds) });
}

/** The session ends; one that was interrupted has an unknown status there. */
export function sessionEndValue(ending: Ending, endSeconds: number): SummaryValue {
  const end = new ProtobufWriter();
  if (STATUS[ending] !== 0) end.integer(1, STATUS[ending]);
  return sessionValue("session_end_info", { field: 4, content: end.double(2, endSeconds) });
}

function sessionValue(
  name: string,
  { field, content }: { readonly field: number; readonly content: ProtobufWriter },
): SummaryValue {
  return pluginValue(`_hparams_/${name}`, {
    plugin: PLUGIN,
    content: new ProtobufWriter().message(field, content),
  });
}

/** `google.protobuf.Value`. */
function protobufValue(value: Hyperparameter): ProtobufWriter {
  const writer = new ProtobufWriter();
  if (typeof value === "number") return writer.double(2, value);
  return typeof value === "boolean" ? writer.integer(4, value ? 1 : 0) : writer.text(3, value);
}
