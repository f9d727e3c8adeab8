/** `streamflow export`: a model file as an ONNX file that takes raw readings. */
import { encodeOnnx, type OnnxPort } from "../../../nn/onnx/mod.ts";
import { formatMetadata, isForecast, type ModelMetadata } from "../metadata.ts";
import { readModel } from "../model_file.ts";
import { classificationGraph, forecastGraph } from "./graph.ts";

/** Keys of the ONNX metadata that hold the model file's own metadata, so that it comes back whole. */
export const OWN_PREFIX = "streamflow.";

/** An ONNX file, and what goes in and comes out. */
export interface ExportedModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/**
 * The ONNX file of a model file's bytes. The same model gives the same bytes.
 *
 * @throws {ModelFileError} where the bytes are no model
 */
export function exportOnnx(
  bytes: Uint8Array,
  { producerVersion }: { producerVersion: string },
): ExportedModel {
  const { metadata, network, version, sha256 } = readModel(bytes);
  const graph = isForecast(metadata)
    ? forecastGraph(network, metadata.preparation)
    : classificationGraph(network, metadata.preparation, metadata.task);
  const onnx = graph.finish({
    name: metadata.name,
    producer: "streamflow",
    producerVersion,
    metadata: new Map([
      ...describe(metadata),
      ["version", version],
      ["sha256", sha256],
      ...ownTexts(metadata),
    ]),
  });
  return { bytes: encodeOnnx(onnx), inputs: onnx.inputs, outputs: onnx.outputs };
}

/** For people and other programs. */
function describe(metadata: ModelMetadata): [string, string][] {
  const common: [string, string][] = [["name", metadata.name], ["task", metadata.task.kind]];
  if (!isForecast(metadata)) {
    const features = metadata.preparation.columns.map(({ name }) => name);
    return [
      ...common,
      ["features", JSON.stringify(features)],
      ["classes", JSON.stringify(metadata.task.classes)],
    ];
  }
  const { preparation: { features }, task } = metadata;
  return [
    ...common,
    ["features", JSON.stringify(features.map(({ name }) => name))],
    ["units", JSON.stringify(features.map(({ unit }) => unit))],
    ["target", task.target],
    ["horizon", String(task.horizon)],
  ];
}

function ownTexts(metadata: ModelMetadata): [string, string][] {
  return Object.entries(formatMetadata(metadata)).map(([key, text]) => [`${OWN_PREFIX}${key}`, text]);
}
