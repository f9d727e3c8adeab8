/** `streamflow import`: an ONNX file as a model. */
import { basename, extname } from "node:path";
import { OnnxError } from "../../../nn/onnx/mod.ts";
import { readModelBytes, saveModel } from "../../models/disk.ts";
import { ModelFileError } from "../../models/model_file.ts";
import {
  type ImportedModel,
  importOnnx,
  type ImportOptions,
  OPTIONS_OF_OTHERS,
} from "../../models/onnx/import.ts";
import { UserError } from "../../runtime/errors.ts";
import { defineCommand } from "../command.ts";
import { refuseOverwriting } from "../files.ts";

/** Settings that name what a file of another tool does not. */
const NAMES = ["features", "classes", "target", "horizon", "lookback"] as const;

/** The `import` command. */
export const importCommand = defineCommand({
  name: "import",
  summary: "Make a model from an ONNX file, exported by streamflow or another tool",
  examples: [
    "import --onnx model.onnx --model model.safetensors",
    "import --onnx net.onnx --features duration,bytes --classes normal,attack --model net.safetensors",
    "import --onnx lstm.onnx --features temperature,pressure --target temperature --horizon 6",
  ],
  settings: ["onnx", "model", ...NAMES, "json"],
  next: ({ model }) => ({ command: "inspect", args: [model] }),
  async run({ onnx, model, json, ...given }, { out, log, origin }) {
    refuseOverwriting(["--model", model], { "--onnx": onnx });
    const bytes = await readModelBytes(onnx, {
      hint: "name an ONNX file with --onnx",
      kind: "an ONNX model",
    });
    const options: ImportOptions = {
      name: basename(onnx, extname(onnx)),
      ...(given.features === undefined ? {} : { features: given.features }),
      ...(given.classes === undefined ? {} : { classes: given.classes }),
      ...(given.target === undefined ? {} : { target: given.target }),
      ...("horizon" in origin ? { horizon: given.horizon } : {}),
      ...("lookback" in origin ? { lookback: given.lookback } : {}),
    };
    const imported = importFile(onnx, { bytes, options });
    refuseContradictions(onnx, { imported, flags: NAMES.filter((key) => origin[key]?.startsWith("flag ")) });
    await saveModel(model, imported.bytes);
    if (json) {
      const { own, assumptions } = imported;
      out(JSON.stringify({ model, onnx, own, assumptions }));
    } else {
      for (const assumption of imported.assumptions) log.info(`assumed: ${assumption}`);
      out(`${model}: made from ${onnx}; see it with: streamflow inspect ${model}`);
    }
    return 0;
  },
});

/** @throws {UserError} (exit code 2) for a flag that contradicts what the graph is */
function refuseContradictions(
  onnx: string,
  { imported: { own, task }, flags }: {
    readonly imported: ImportedModel;
    readonly flags: readonly (typeof NAMES)[number][];
  },
): void {
  const named = own ? flags[0] : undefined;
  if (named !== undefined) {
    throw new UserError(
      `--${named} is for files of other tools: ${onnx} says itself what goes in and comes out`,
      { hint: "leave it out", exitCode: 2 },
    );
  }
  const others: readonly string[] = OPTIONS_OF_OTHERS[task];
  const foreign = flags.find((key) => others.includes(key));
  if (foreign === undefined) return;
  const is = task === "forecast"
    ? "answers with one number that is no probability, so it is a forecaster"
    : "answers with a probability for each class, so it is a classifier of one record at a time";
  throw new UserError(`--${foreign} contradicts ${onnx}: the graph ${is}`, {
    hint: `leave --${foreign} out, or name another file with --onnx`,
    exitCode: 2,
  });
}

function importFile(path: string, { bytes, options }: { bytes: Uint8Array; options: ImportOptions }) {
  try {
    return importOnnx(bytes, options);
  } catch (error) {
    if (error instanceof OnnxError || error instanceof ModelFileError || error instanceof RangeError) {
      throw new UserError(`${path}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
