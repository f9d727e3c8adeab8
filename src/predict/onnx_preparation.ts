/**
 * A model's preparation as ONNX operations: a graph takes what a reading holds, not what a network sees.
 *
 * Everything up to the scaled inputs is computed in 64 bits: a change of 0.01 in a pressure of 100,000 is lost in
 * 32. Behind that the network is one of 32 bits.
 */
import { ELEMENT, type GraphBuilder } from "../../nn/onnx/mod.ts";
import { SCALED_MAX } from "./limits.ts";
import { countInputs, type Preparation } from "./preparation.ts";
import type { NumberColumn, TabularPreparation } from "./tabular.ts";

/** Name of the batch's size. */
export const BATCH = "N";

const DOUBLE = { type: ELEMENT.double };
const INTEGER = { type: ELEMENT.int64 };

/** (value − center) / scale, clipped to ±clip, in 32 bits. */
function addScaler(
  graph: GraphBuilder,
  value: string,
  { center, scale, clip }: { center: readonly number[]; scale: readonly number[]; clip: number },
): string {
  const centered = graph.node("Sub", [value, graph.constant("center", center, DOUBLE)], { name: "centered" });
  const scaled = graph.node("Div", [centered, graph.constant("scale", scale, DOUBLE)], { name: "scaled" });
  const clipped = addClip(graph, scaled, { clip, name: "clipped" });
  return graph.node("Cast", [clipped], { name: "prepared", attributes: { to: ELEMENT.float } });
}

function addClip(graph: GraphBuilder, value: string, { clip, name }: { clip: number; name: string }): string {
  const least = graph.constant(`${name}.min`, [-clip], { ...DOUBLE, shape: [] });
  const most = graph.constant(`${name}.max`, [clip], { ...DOUBLE, shape: [] });
  return graph.node("Clip", [value, least, most], { name });
}

/** Adds `window` (N, L, F) of raw values, oldest first; gives the network's inputs (N, I), and the window. */
export function addWindow(graph: GraphBuilder, preparation: Preparation): { window: string; inputs: string } {
  const { kind, lookback, features } = preparation;
  const window = graph.input("window", ELEMENT.double, [BATCH, lookback, features.length]);
  let values = window;
  if (kind === "differences") {
    const last = addStep(graph, window, lookback - 1);
    const order = Array.from({ length: lookback - 1 }, (_, k) => lookback - 2 - k);
    const earlier = graph.node("Gather", [window, graph.constant("earlier.steps", order, INTEGER)], {
      name: "earlier",
      attributes: { axis: 1 },
    });
    values = graph.node("Sub", [earlier, last], { name: "differences" });
  }
  const shape = graph.constant("flat.shape", [0, countInputs(preparation)], INTEGER);
  const flat = graph.node("Reshape", [values, shape], { name: "flat" });
  return { window, inputs: addScaler(graph, flat, preparation) };
}

/** (N, L, F) → (N, 1, F). */
function addStep(graph: GraphBuilder, window: string, step: number): string {
  const place = graph.constant("last.step", [step], INTEGER);
  return graph.node("Gather", [window, place], { name: "last", attributes: { axis: 1 } });
}

/** Adds `forecast` (N, 1), in the target's unit: the network's answer, added to the target's last value if need be. */
export function addForecast(
  graph: GraphBuilder,
  preparation: Preparation,
  { window, answer }: { window: string; answer: string },
): void {
  const { targetIndex, targetClip, targetScale, lookback } = preparation;
  const wide = graph.node("Cast", [answer], { name: "answer", attributes: { to: ELEMENT.double } });
  const clipped = addClip(graph, wide, { clip: targetClip, name: "answer.clipped" });
  const scale = graph.constant("target.scale", [targetScale], { ...DOUBLE, shape: [] });
  if (preparation.answer === "value") {
    graph.output(graph.node("Mul", [clipped, scale], { name: "forecast" }), ELEMENT.double, [BATCH, 1]);
    return;
  }
  const change = graph.node("Mul", [clipped, scale], { name: "change" });
  const step = graph.constant("target.step", [lookback - 1], { ...INTEGER, shape: [] });
  const row = graph.node("Gather", [window, step], { name: "last.row", attributes: { axis: 1 } });
  const column = graph.constant("target.column", [targetIndex], INTEGER);
  const last = graph.node("Gather", [row, column], { name: "last.target", attributes: { axis: 1 } });
  const forecast = graph.node("Add", [last, change], { name: "forecast" });
  graph.output(forecast, ELEMENT.double, [BATCH, 1]);
}

/**
 * Adds `numbers` (N, columns of numbers, in their order) and an input of text (N, 1) for each column of categories;
 * gives the network's inputs (N, I). A value that was not there in training is all zeros.
 */
export function addRow(graph: GraphBuilder, { columns, clip }: TabularPreparation): string {
  const numbers = columns.filter((column) => column.kind === "number");
  const parts = numbers.length === 0 ? [] : addNumbers(graph, numbers, { runs: runsOf(columns), clip });
  const pieces: string[] = [];
  let run = 0;
  columns.forEach((column, i) => {
    if (column.kind === "category") {
      const text = graph.input(column.name, ELEMENT.text, [BATCH, 1]);
      const encoded = graph.node("OneHotEncoder", [text], {
        name: `${column.name}.places`,
        domain: "ai.onnx.ml",
        attributes: { cats_strings: { kind: "texts", value: column.values }, zeros: 1 },
      });
      const shape = graph.constant(`${column.name}.shape`, [0, column.values.length], INTEGER);
      pieces.push(graph.node("Reshape", [encoded, shape], { name: `${column.name}.input` }));
    } else if (columns[i - 1]?.kind !== "number") pieces.push(parts[run++]!);
  });
  if (pieces.length === 1) return pieces[0]!;
  return graph.node("Concat", pieces, { name: "inputs", attributes: { axis: 1 } });
}

/** How many columns of numbers stand side by side, for each such run. */
function runsOf(columns: TabularPreparation["columns"]): number[] {
  const runs: number[] = [];
  columns.forEach(({ kind }, i) => {
    if (kind !== "number") return;
    if (columns[i - 1]?.kind === "number") runs[runs.length - 1]!++;
    else runs.push(1);
  });
  return runs;
}

function addNumbers(
  graph: GraphBuilder,
  columns: readonly NumberColumn[],
  { runs, clip }: { runs: readonly number[]; clip: number | null },
): string[] {
  let values = graph.input("numbers", ELEMENT.double, [BATCH, columns.length]);
  if (columns.some(({ log }) => log)) {
    const size = graph.node("Abs", [values], { name: "size" });
    const one = graph.constant("one", [1], { ...DOUBLE, shape: [] });
    const logarithm = graph.node("Log", [graph.node("Add", [one, size], { name: "size.from.1" })], {
      name: "log",
    });
    const signed = graph.node("Mul", [graph.node("Sign", [values], { name: "sign" }), logarithm], {
      name: "log.signed",
    });
    const chosen = graph.constant("log.columns", columns.map(({ log }) => log ? 1 : 0), {
      type: ELEMENT.bool,
    });
    values = graph.node("Where", [chosen, signed, values], { name: "numbers.log" });
  }
  const scaler = {
    center: columns.map(({ center }) => center),
    scale: columns.map(({ scale }) => scale),
    clip: Math.min(clip ?? SCALED_MAX, SCALED_MAX),
  };
  const prepared = addScaler(graph, values, scaler);
  if (runs.length === 1) return [prepared];
  const sizes = graph.constant("runs", runs, INTEGER);
  return graph.nodes("Split", [prepared, sizes], {
    name: "run",
    attributes: { axis: 1 },
    outputs: runs.length,
  });
}
