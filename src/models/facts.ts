/** What is known of a model, as plain values: for `inspect --json` and for whoever asks over HTTP. */
import { layerShapes, type Network } from "../../nn/mod.ts";
import type { Model } from "./model_file.ts";

/** A layer of a network. */
export interface LayerFacts {
  readonly kind: string;
  /** Steps × numbers that go in, and that come out, of one example. */
  readonly shapeIn: readonly [steps: number, numbers: number];
  readonly shapeOut: readonly [steps: number, numbers: number];
  /** What ends a dense layer; `null` for other layers. */
  readonly activation: string | null;
  readonly parameters: number;
}

/** An input of a model: a feature of the readings. */
export interface InputFacts {
  readonly name: string;
  /** `""` where the model says none. */
  readonly unit: string;
  readonly kind: "number" | "category";
  /** What becomes of it, for people. */
  readonly scaling: string;
  /** Texts that a category may be. */
  readonly values?: readonly string[];
}

/** The layers of a network, in their order. */
function layersOf({ spec, tensors }: Network): LayerFacts[] {
  return layerShapes(spec).map(({ steps, inputs, stepsOut, outputs }, l): LayerFacts => {
    const layer = spec.layers[l]!;
    return {
      kind: layer.kind,
      shapeIn: [steps, inputs],
      shapeOut: [stepsOut, outputs],
      activation: layer.kind === "dense" ? layer.activation : null,
      parameters: tensors.filter(({ name }) => name.startsWith(`layers.${l}.`))
        .reduce((sum, { length }) => sum + length, 0),
    };
  });
}

function inputsOf({ metadata: { preparation } }: Model): InputFacts[] {
  if (preparation.kind !== "tabular") {
    const what = preparation.kind === "differences" ? "differences from the last reading" : "values";
    const scaling =
      `${what} of ${preparation.lookback} readings, centred, scaled, clipped to ±${preparation.clip}`;
    return preparation.features.map(({ name, unit }) => ({ name, unit, kind: "number", scaling }));
  }
  return preparation.columns.map((column): InputFacts => {
    if (column.kind === "category") {
      const { name, values } = column;
      return { name, unit: "", kind: "category", scaling: `one of ${values.length} texts, one-hot`, values };
    }
    const { name, log, center, scale } = column;
    const value = log ? "its logarithm" : "the value";
    const scaling = `${value} less ${short(center)}, divided by ${short(scale)}`;
    return { name, unit: "", kind: "number", scaling };
  });
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Everything that the file says, and what follows from it. */
export function modelFacts(model: Model, file: string) {
  const { metadata, network, formatVersion, sha256 } = model;
  return {
    file,
    formatVersion,
    sha256,
    version: model.version,
    ...metadata,
    kind: model.kind,
    task: model.kind === "forecaster"
      ? { ...metadata.task, lookback: model.lookback, reach: model.reach }
      : metadata.task,
    parameters: network.parameters.length,
    tensors: network.tensors.map(({ name, shape }) => ({ name, shape })),
    layers: layersOf(network),
    inputs: inputsOf(model),
  };
}
