/** `streamflow export`: a model as an ONNX file. */
import manifest from "../../../deno.json" with { type: "json" };
import type { OnnxPort } from "../../../nn/onnx/mod.ts";
import { NO_MODEL_HINT, readModelBytes } from "../../models/disk.ts";
import { formatCount } from "../../runtime/progress.ts";
import { saveFile } from "../../runtime/save_file.ts";
import { ModelFileError } from "../../models/model_file.ts";
import { type ExportedModel, exportOnnx } from "../../models/onnx/export.ts";
import { UserError } from "../../runtime/errors.ts";
import { defineCommand } from "../command.ts";
import { refuseOverwriting } from "../files.ts";

/** The `export` command. */
export const exportCommand = defineCommand({
  name: "export",
  summary: "Write a model as an ONNX file that takes raw readings",
  examples: ["export --model model.safetensors --onnx model.onnx"],
  settings: ["model", "onnx", "json"],
  async run({ model, onnx, json }, { out }) {
    refuseOverwriting(["--onnx", onnx], { "--model": model });
    const { bytes, inputs, outputs } = exportFile(
      model,
      await readModelBytes(model, {
        hint: `make one with: streamflow train --model ${model}`,
        kind: "a safetensors file",
      }),
    );
    await saveFile(onnx, bytes, { what: "ONNX file", flag: "--onnx" });
    if (json) {
      out(
        JSON.stringify({ onnx, bytes: bytes.length, inputs: inputs.map(plain), outputs: outputs.map(plain) }),
      );
    } else {
      out(`${onnx}: ${formatCount(bytes.length)} bytes, ONNX operator set 17, weights in 32 bits`);
      for (const port of inputs) out(`  in   ${describePort(port)}`);
      for (const port of outputs) out(`  out  ${describePort(port)}`);
    }
    return 0;
  },
});

function exportFile(path: string, bytes: Uint8Array): ExportedModel {
  try {
    return exportOnnx(bytes, { producerVersion: manifest.version });
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new UserError(`${path}: ${error.message}`, {
      hint: NO_MODEL_HINT,
      cause: error,
    });
  }
}

const TYPE_NAMES: Readonly<Record<number, string>> = { 1: "float", 8: "string", 11: "double" };

function plain({ name, type, shape }: OnnxPort) {
  return { name, type: TYPE_NAMES[type] ?? String(type), shape };
}

function describePort(port: OnnxPort): string {
  const { name, type, shape } = plain(port);
  return `${name}: ${type} [${shape.join(", ")}]`;
}
