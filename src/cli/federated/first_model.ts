/** The first global model of a federation: a model file, or an untrained one for the devices of a data set. */
import type { Settings } from "../../config/settings.ts";
import { makeFirstModel, toGlobalModel } from "../../federated/server/first_model.ts";
import { makeFederation } from "../../federated/simulate/devices.ts";
import type { Strategy } from "../../federated/strategies/strategy.ts";
import { NO_MODEL_HINT, readModelBytes } from "../../models/disk.ts";
import { ModelFileError } from "../../models/model_file.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext } from "../command.ts";
import { given } from "../train/recipe.ts";
import {
  type DATA_KEYS,
  readDevices,
  type RECIPE_KEYS,
  recipeOf,
  type TASK_KEYS,
  taskOf,
} from "./devices.ts";

/** Settings that say what it is. */
export type FirstModelSettings = Pick<
  Settings,
  typeof DATA_KEYS[number] | typeof TASK_KEYS[number] | typeof RECIPE_KEYS[number]
>;

/** Rounds have no end here: all readings may be looked at for the scale of the federation. */
const ROUNDS = 1;

/**
 * The bytes of global model 0, and where they come from, for people.
 *
 * @param options.file is read where it is there
 * @throws {UserError} where the file is no forecaster, or the data makes none
 */
export async function firstGlobalModel(
  settings: FirstModelSettings,
  { file, strategy, context }: {
    readonly file: string | null;
    readonly strategy: Strategy;
    readonly context: CommandContext;
  },
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly from: string }> {
  if (file !== null && await isThere(file)) {
    const kept = await readModelBytes(file, { hint: NO_MODEL_HINT, kind: "a safetensors file" });
    return { bytes: convert(kept, { file, settings, strategy, origin: context.origin }), from: file };
  }
  const set = await readDevices(settings, context);
  const { horizon, ...task } = taskOf(settings, context.origin);
  const recipe = recipeOf(settings, ROUNDS);
  const federation = makeFederation(set, { task: { ...task, horizon }, recipe });
  const bytes = makeFirstModel(set, { federation, horizon, recipe, strategy });
  return { bytes, from: `${set.name}, untrained (seed ${recipe.seed})` };
}

function convert(
  bytes: Uint8Array,
  { file, settings, strategy, origin }: {
    readonly file: string;
    readonly settings: FirstModelSettings;
    readonly strategy: Strategy;
    readonly origin: CommandContext["origin"];
  },
): Uint8Array<ArrayBuffer> {
  const { epochs, batchSize, learningRate, optimizer, deviceWindow } = settings;
  const windowLength = origin["deviceWindow"] === undefined ? undefined : deviceWindow;
  try {
    const said = given({ epochs, batchSize, learningRate, optimizer, windowLength });
    return toGlobalModel(bytes, { strategy, said });
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new UserError(`${file}: ${error.message}`, { hint: NO_MODEL_HINT, cause: error });
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await Deno.stat(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
