/** How devices learn, as the global model's file says it: participants have no settings of their own for it. */
import { createSchedule, type OptimizerName } from "../../../nn/mod.ts";
import { ModelFileError } from "../../models/fields.ts";
import { BATCH_SIZE_MAX, DEVICE_WINDOW_MAX, EPOCHS_MAX } from "../limits.ts";
import { FEDERATED_RECIPE, type Normalisation } from "../simulate/recipe.ts";
import type { LocalRecipe } from "./learner.ts";

/** What a device needs to know. */
export interface DeviceRecipe extends LocalRecipe {
  /** Examples that it keeps to learn from. */
  readonly windowLength: number;
  /** Examples that are new since its last update, before it sends the next one. */
  readonly newExamples: number;
  /** μ of FedProx's term. */
  readonly proximal: number;
  readonly normalisation: Normalisation;
  /** Of the local model's first weights, and of every device's chance. */
  readonly seed: number;
  /** η of a round. */
  readonly rateOf: (round: number) => number;
}

const OPTIMIZERS: readonly OptimizerName[] = ["sgd", "adam", "adamw", "rmsprop"];
/** What is left of η when it has fallen. */
const RATE_LEFT = 0.1;

/**
 * The recipe in a model's metadata. Of a model that was not made for devices (no `windowLength`), what is known to work.
 *
 * @throws {ModelFileError} for a number that is out of range
 */
export function readDeviceRecipe(recipe: Readonly<Record<string, unknown>>): DeviceRecipe {
  const isForDevices = typeof recipe["windowLength"] === "number";
  const fields: Readonly<Record<string, unknown>> = {
    ...FEDERATED_RECIPE,
    proximal: 0,
    ...(isForDevices ? recipe : {}),
  };
  const number = (key: string, { from, to, whole = false }: Range): number => {
    const value = fields[key];
    if (typeof value === "number" && value >= from && value <= to && (!whole || Number.isInteger(value))) {
      return value;
    }
    throw new ModelFileError(
      `Cannot learn by the global model's recipe: its ${key} is ${value}, ${
        whole ? "an integer" : "a number"
      } from ` +
        `${from} to ${to} is wanted`,
    );
  };
  const optimizer = fields["optimizer"] as OptimizerName;
  if (!OPTIMIZERS.includes(optimizer)) {
    throw new ModelFileError(`Cannot learn by the global model's recipe: its optimizer is ${optimizer}`);
  }
  const batchSize = number("batchSize", { from: 1, to: BATCH_SIZE_MAX, whole: true });
  const windowLength = number("windowLength", { from: 1, to: DEVICE_WINDOW_MAX, whole: true });
  const learningRate = number("learningRate", { from: Number.MIN_VALUE, to: 10 });
  return {
    ...{ batchSize, windowLength, learningRate, optimizer },
    epochs: number("epochs", { from: 1, to: EPOCHS_MAX, whole: true }),
    huberDelta: number("huberDelta", { from: Number.MIN_VALUE, to: Number.MAX_VALUE }),
    proximal: number("proximal", { from: 0, to: 1e6 }),
    seed: number("seed", { from: 0, to: Number.MAX_SAFE_INTEGER, whole: true }),
    normalisation: fields["normalisation"] === "federation" ? "federation" : "own",
    newExamples: "newExamples" in fields
      ? number("newExamples", { from: 1, to: windowLength, whole: true })
      : Math.min(batchSize, windowLength),
    rateOf: rates(
      learningRate,
      fields["coolingRounds"] === undefined
        ? null
        : number("coolingRounds", { from: 1, to: 1e6, whole: true }),
    ),
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly whole?: boolean;
}

/** The same always, or falling along half a cosine over so many rounds. */
function rates(learningRate: number, coolingRounds: number | null): (round: number) => number {
  if (coolingRounds === null) return () => learningRate;
  const schedule = createSchedule(
    { kind: "cosine", epochs: coolingRounds, minimum: RATE_LEFT * learningRate },
    learningRate,
  );
  return (round) => schedule.rate(round + 1);
}

/** Of a device's chance: another for each, the same again after a restart (FNV-1a, 32 bits). */
export function seedOf(device: string, seed: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < device.length; i++) hash = Math.imul(hash ^ device.charCodeAt(i), 0x01000193) >>> 0;
  return (hash + seed) % Number.MAX_SAFE_INTEGER;
}
