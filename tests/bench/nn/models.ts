/** The networks of the tasks, and their ONNX files for the contenders that read some. */
import { createNetwork, denseSpec, type NetworkSpec, Random } from "../../../nn/mod.ts";
import { addNetwork, ELEMENT, encodeOnnx, GraphBuilder } from "../../../nn/onnx/mod.ts";
import { LSTM, MLP, SENSOR } from "./tasks.ts";

/** By the task of one record. */
export const SPECS: Readonly<Record<"mlp-one" | "sensor-one" | "lstm-one", NetworkSpec>> = {
  "mlp-one": denseSpec({
    ...MLP,
    hidden: [...MLP.hidden],
    activation: "relu",
    outputActivation: "softmax",
  }),
  "sensor-one": denseSpec({ ...SENSOR, hidden: [...SENSOR.hidden], activation: "relu" }),
  "lstm-one": {
    inputs: LSTM.inputs,
    steps: LSTM.steps,
    layers: [...LSTM.units.map((units) => ({ kind: "lstm", units } as const)), {
      kind: "dense",
      units: LSTM.outputs,
      activation: "identity",
    }],
  },
};

/** Writes `<task>.onnx` of each: from x (N, T×F) to y (N, O). */
export async function writeOnnxFiles(folder: string): Promise<void> {
  for (const [name, spec] of Object.entries(SPECS)) {
    const graph = new GraphBuilder();
    const input = graph.input("x", ELEMENT.float, ["N", spec.steps * spec.inputs]);
    const last = addNetwork(graph, createNetwork(spec, new Random(1)), { input });
    const outputs = name === "mlp-one" ? MLP.outputs : 1;
    graph.output(graph.node("Identity", [last], { name: "y" }), ELEMENT.float, [
      "N",
      outputs,
    ]);
    const model = graph.finish({
      name,
      producer: "streamflow",
      producerVersion: "1",
      metadata: new Map(),
    });
    await Deno.writeFile(`${folder}/${name}.onnx`, encodeOnnx(model));
  }
}
