/** Writes the model card beside the model file. */
import { UserError } from "../runtime/errors.ts";
import type { SettingKey } from "../config/settings.ts";
import { type CardFacts, isModelCard, modelCard } from "../train/mod.ts";
import { commandLineOf, type GivenSettings } from "./command_line.ts";
import { CLASSIFIER_KEYS, RECIPE_KEYS, TASK_KEYS } from "./train_recipe.ts";

/** Settings of `train` that change the model. */
const KEYS: readonly SettingKey[] = [
  ...["dataset", "train", "test", "unknownLabel", "csv", "key", "features", "timestamp", "limit"] as const,
  ...["fromTopic", "maxMessages"] as const,
  ...TASK_KEYS,
  ...RECIPE_KEYS,
  ...CLASSIFIER_KEYS,
  "model",
];

/** The command that trains the same model. */
export function trainCommandLine(given: Pick<GivenSettings, "settings" | "origin">): string {
  return commandLineOf({ name: "train", keys: KEYS, ...given });
}

/** `ids.safetensors` → `ids.md`. */
export function cardFileOf(model: string): string {
  return `${model.replace(/\.safetensors$/, "")}.md`;
}

/**
 * Writes the card; an older card there is replaced, anything else is not.
 *
 * @returns The card's path.
 * @throws {UserError} where another file has its place, or it cannot be written
 */
export async function writeCard(model: string, facts: CardFacts): Promise<string> {
  const path = cardFileOf(model);
  try {
    const found = await Deno.readTextFile(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (found !== undefined && !isModelCard(found)) throw new Error("there is a file that is no model card");
    await Deno.writeTextFile(path, modelCard(facts));
    return path;
  } catch (error) {
    throw new UserError(
      `The model is written, but not its card ${path}: ${error instanceof Error ? error.message : error}`,
      { hint: "move that file, or name another model file with --model", cause: error },
    );
  }
}
