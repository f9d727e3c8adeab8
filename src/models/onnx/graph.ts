/** Whole models as ONNX graphs: preparation, network, answer. */
import { addNetwork, ELEMENT, GraphBuilder, type NetworkNumbers } from "../../../nn/onnx/mod.ts";
import type { ClassificationTask } from "../metadata.ts";
import { addForecast, addRow, addWindow, BATCH } from "./preparation.ts";
import type { Preparation } from "../preparation.ts";
import type { TabularPreparation } from "../tabular.ts";

/**
 * `window` (N, L, F) of raw values, and what else the preparation takes of a source → `forecast` (N, 1), in the target's
 * unit.
 */
export function forecastGraph(network: NetworkNumbers, preparation: Preparation): GraphBuilder {
  const graph = new GraphBuilder();
  const { inputs, ...raw } = addWindow(graph, preparation);
  addForecast(graph, preparation, { ...raw, answer: addNetwork(graph, network, { input: inputs }) });
  return graph;
}

/** Raw columns → `probabilities` (N, C) and `label` (N), the class with the largest. */
export function classificationGraph(
  network: NetworkNumbers,
  preparation: TabularPreparation,
  { classes, offsets }: Pick<ClassificationTask, "classes" | "offsets">,
): GraphBuilder {
  const graph = new GraphBuilder();
  let logits = addNetwork(graph, network, { input: addRow(graph, preparation), logits: true });
  if (offsets.some((offset) => offset !== 0)) {
    logits = graph.node("Add", [logits, graph.constant("offsets", offsets)], { name: "logits" });
  }
  const probabilities = graph.node("Softmax", [logits], { name: "probabilities", attributes: { axis: 1 } });
  const place = graph.node("ArgMax", [probabilities], {
    name: "class",
    attributes: { axis: 1, keepdims: 0 },
  });
  const label = graph.node("LabelEncoder", [place], {
    name: "label",
    domain: "ai.onnx.ml",
    attributes: {
      keys_int64s: classes.map((_, i) => i),
      values_strings: { kind: "texts", value: classes },
    },
  });
  graph.output(probabilities, ELEMENT.float, [BATCH, classes.length]);
  graph.output(label, ELEMENT.text, [BATCH]);
  return graph;
}
