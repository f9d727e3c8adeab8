/** Model files on disk: read with an error for people, written whole or not at all. */
import { UserError } from "../runtime/errors.ts";
import { saveFile } from "../runtime/save_file.ts";
import { type Model, ModelFileError, readModel } from "./model_file.ts";

/** Largest model file that is read. */
export const MODEL_FILE_BYTES_MAX = 1_200_000_000;

/** What to do about a file that is no model of ours: nothing that would overwrite it. */
export const NO_MODEL_HINT =
  "name a file that 'streamflow train' has written with --model, or one that 'streamflow import' has made of an ONNX file";

/** Reads a model file. @throws {UserError} where there is none, or it is not one of this version. */
export async function loadModel(path: string): Promise<Model> {
  const bytes = await readModelBytes(path, { hint: `make one with: streamflow train --model ${path}` });
  try {
    return readModel(bytes);
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new UserError(`${path}: ${error.message}`, {
      hint: NO_MODEL_HINT,
      cause: error,
    });
  }
}

/**
 * The bytes of a model file, of whatever format.
 *
 * @param options.hint where there is no such file
 * @throws {UserError} where there is none, it is too large, or it cannot be read.
 */
export async function readModelBytes(
  path: string,
  { hint }: { readonly hint: string },
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile || size > MODEL_FILE_BYTES_MAX) {
      throw new UserError(
        `Cannot read the model ${path}: it is ${isFile ? `${size} bytes long` : "no file"}`,
      );
    }
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const missing = error instanceof Deno.errors.NotFound;
    const found = missing ? "there is no such file" : error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot read the model ${path}: ${found}`, {
      hint: missing ? hint : "check the path and its rights",
      cause: error,
    });
  }
}

/** Writes a model file, see {@linkcode saveFile}. @throws {UserError} where it cannot be written. */
export async function saveModel(path: string, bytes: Uint8Array): Promise<void> {
  await saveFile(path, bytes, { what: "model", flag: "--model" });
}
