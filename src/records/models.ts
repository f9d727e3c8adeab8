/**
 * What is on the topic of `--models`: announcements. Key: the name of the model's file, without folder and ending. The value
 * is the file itself, where that is no more than a record may be; else JSON that says where the file is, for machines
 * that all see it, and what it must be. Of each key the newest record counts.
 */
import { basename } from "node:path";
import { z } from "zod";
import { readAs } from "./formats/json.ts";
import { ANNOUNCED_BYTES_MAX } from "./limits.ts";

/** Where the file of an announced model is. */
export const modelPlaceSchema = z.object({
  file: z.string().describe("Path of the file, the same for everyone who reads this"),
  sha256: z.coerce.string().optional().describe(
    "Of the file's bytes, in hexadecimal; another file is refused",
  ),
}).describe("An announcement of a model whose file is too large for a record");

/** Where a file is, see {@linkcode modelPlaceSchema}. */
export type ModelPlace = z.infer<typeof modelPlaceSchema>;

/** The key of a model's announcements: `plant` of `/models/plant.safetensors`. */
export function modelKeyOf(path: string): string {
  return basename(path).replace(/\.[^.]+$/, "");
}

/** Where the file is that a record's value names; `null` where the value is the file itself. */
export function readModelPlace(value: Uint8Array): ModelPlace | null {
  // A model file may begin with the same byte, but is no JSON.
  return value[0] === "{".charCodeAt(0) ? readAs(modelPlaceSchema, value) : null;
}

/** The value of a record that announces a model: the file's bytes, or its place where they are too many. */
export function printModel(bytes: Uint8Array, place: ModelPlace): Uint8Array {
  return bytes.length <= ANNOUNCED_BYTES_MAX ? bytes : new TextEncoder().encode(JSON.stringify(place));
}
