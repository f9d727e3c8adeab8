// Not pure: it reads and writes files.
/** Model files on disk: read with an error for people, written whole or not at all. */
import { UserError } from "../runtime/errors.ts";
import { openingFailure } from "../runtime/own_streams.ts";
import { fileKind } from "../runtime/file_kind.ts";
import { formatCount } from "../runtime/progress.ts";
import { saveFile } from "../runtime/save_file.ts";
import { MODEL_FILE_BYTES_MAX } from "./limits.ts";
import { type Model, ModelFileError, readModel } from "./model_file.ts";

/** What to do about a file that is no model of ours: nothing that would overwrite it. */
export const NO_MODEL_HINT =
  "name a file that 'streamflow train' has written with --model, or one that 'streamflow import' has made of an ONNX file";

/** Model files of one kind. */
export interface ModelKind<M> {
  /** @throws {ModelFileError} where the bytes are no such model. */
  readonly read: (bytes: Uint8Array) => M;
  /** Command that makes them. */
  readonly made: string;
  /** What to do about a file that is none. */
  readonly hint: string;
}

/** Model files that forecast readings or classify tables. */
const READING_MODELS: ModelKind<Model> = { read: readModel, made: "streamflow train", hint: NO_MODEL_HINT };

/** Reads a model file. @throws {UserError} where there is none, or it is not one of this version. */
export function loadModel(path: string): Promise<Model> {
  return loadModelOf(READING_MODELS, path);
}

/** Reads a model file of this kind. @throws {UserError} where there is none, or it is not one of this version. */
export async function loadModelOf<M>({ read, made, hint }: ModelKind<M>, path: string): Promise<M> {
  const bytes = await readModelBytes(path, {
    hint: `make one with: ${made} --model ${path}`,
    kind: "a safetensors file",
  });
  try {
    return read(bytes);
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new UserError(`${path}: ${error.message}`, { hint, cause: error });
  }
}

/**
 * The bytes of a model file, of whatever format.
 *
 * @param options.hint where there is no such file
 * @param options.kind that it has to be; unchecked where it is left out
 * @throws {UserError} where there is none, it is too large, or it cannot be read.
 */
export async function readModelBytes(
  path: string,
  { hint, kind }: { readonly hint: string; readonly kind?: ModelFileKind },
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size, isFile, isDirectory } = await Deno.stat(path);
    if (!isFile || size > MODEL_FILE_BYTES_MAX) {
      const found = isFile ? `${formatCount(size)} bytes long` : isDirectory ? "a folder" : "no file";
      throw new UserError(`Cannot read the model ${path}: it is ${found}`, {
        hint: kind === "an ONNX model" ? "name an ONNX file with --onnx" : NO_MODEL_HINT,
      });
    }
    const bytes = await Deno.readFile(path);
    if (kind !== undefined) refuseForeign(path, { bytes, kind });
    return bytes;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const missing = error instanceof Deno.errors.NotFound;
    const found = missing ? "there is no such file" : openingFailure(error);
    throw new UserError(`Cannot read the model ${path}: ${found}`, {
      hint: missing ? hint : "check the path and its rights",
      cause: error,
    });
  }
}

/** The formats that models come in. */
export type ModelFileKind = "a safetensors file" | "an ONNX model";

/** A file of another kind is called by its name, before its bytes are taken for numbers. */
function refuseForeign(
  path: string,
  { bytes, kind }: { readonly bytes: Uint8Array; readonly kind: ModelFileKind },
): void {
  const found = fileKind(bytes);
  if (found === undefined || found === kind) return;
  const isModel = found === "an ONNX model" || found === "a safetensors file";
  throw new UserError(
    `${path} is ${found}` + (isModel || found === "empty" ? "" : `, and no model`) +
      (isModel ? `; ${kind} is expected here` : ""),
    {
      hint: found === "an ONNX model"
        ? `make a model of it with: streamflow import --onnx ${path} --model model.safetensors`
        : found === "a CSV file"
        ? `train on it with: streamflow train --csv ${path} --model model.safetensors`
        : kind === "an ONNX model"
        ? "name an ONNX file with --onnx"
        : NO_MODEL_HINT,
    },
  );
}

/** Writes a model file, see {@linkcode saveFile}. @throws {UserError} where it cannot be written. */
export async function saveModel(path: string, bytes: Uint8Array): Promise<void> {
  await saveFile(path, bytes, { what: "model", flag: "--model" });
}
