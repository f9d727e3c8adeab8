/** Traffic models on disk: read with an error for people. */
import { ModelFileError } from "../../models/fields.ts";
import { readModelBytes } from "../../models/disk.ts";
import { UserError } from "../../runtime/errors.ts";
import type { TrafficModel } from "./model.ts";
import { readTrafficModel } from "./file.ts";

/** Reads a model file. @throws {UserError} where there is none, or it is no traffic model of this version. */
export async function loadTrafficModel(path: string): Promise<TrafficModel> {
  const bytes = await readModelBytes(path, {
    hint: `make one with: streamflow traffic train --model ${path}`,
    kind: "a safetensors file",
  });
  try {
    return readTrafficModel(bytes);
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new UserError(`${path}: ${error.message}`, {
      hint: "name a file that 'streamflow traffic train' has written with --model",
      cause: error,
    });
  }
}
