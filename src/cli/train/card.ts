/** Writes the model card beside the model file. */
import { UserError } from "../../runtime/errors.ts";
import { isFilePlace, saveFile } from "../../runtime/save_file.ts";
import type { SettingKey } from "../../config/settings.ts";
import { type CardFacts, isModelCard, modelCard } from "../../train/mod.ts";
import { commandLineOf, type GivenSettings } from "../program/command_line.ts";
import { CSV_KEYS } from "../readings/csv_rows.ts";
import { CLASSIFIER_KEYS, RECIPE_KEYS, TASK_KEYS } from "./recipe.ts";

/** Settings of `train` that change the model. */
const KEYS: readonly SettingKey[] = [
  ...["dataset", "train", "test", "unknownLabel", ...CSV_KEYS, "limit"] as const,
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
 * @returns The card's path; `null` where the model is no file (a device, a pipe) that one could stand beside.
 * @throws {UserError} where another file has its place, or it cannot be written
 */
export async function writeCard(model: string, facts: CardFacts): Promise<string | null> {
  if (!await isFilePlace(model)) return null;
  const path = cardFileOf(model);
  try {
    if (!await isFilePlace(path)) throw new Error("it is no file");
    const found = await Deno.readTextFile(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (found !== undefined && !isModelCard(found)) throw new Error("there is a file that is no model card");
    await saveFile(path, new TextEncoder().encode(modelCard(facts)), { what: "card", flag: "--model" });
    return path;
  } catch (error) {
    throw new UserError(
      `The model is written, but not its card ${path}: ${error instanceof Error ? error.message : error}`,
      { hint: "move that file, or name another model file with --model", cause: error },
    );
  }
}
