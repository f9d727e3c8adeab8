/**
 * A model's preparation as ONNX operations: a graph takes what a reading holds, not what a network sees.
 *
 * Everything up to the scaled inputs is computed in 64 bits: a change of 0.01 in a pressure of 100,000 is lost in
 * 32. Behind that the network is one of 32 bits.
 */
import { ELEMENT, type GraphBuilder } from "../../../nn/onnx/mod.ts";
import { CALENDAR_COLUMNS } from "../context.ts";
import { SCALED_MAX } from "../limits.ts";
import { countInputs, type Preparation } from "../preparation.ts";
import type { NumberColumn, TabularPreparation } from "../tabular.ts";

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

/** What of a source goes in beside its window, where the preparation asks for it. */
interface Beside {
  /** `mean` and `deviation` (N, F) of its last readings. */
  readonly spread: { readonly mean: string; readonly deviation: string } | null;
  /** `seasons`: the target a season before what is forecast, (N, K), or (N, L, K) of each step. */
  readonly seasons: string | null;
  /** `calendar` of what is forecast, (N, 4), or (N, L, 4) of each step. */
  readonly calendar: string | null;
}

function addBeside(
  graph: GraphBuilder,
  { kind, lookback, features, context, spreadReadings }: Preparation,
): Beside {
  const input = (name: string, columns: number, steps: readonly number[] = []) =>
    graph.input(name, ELEMENT.double, [BATCH, ...steps, columns]);
  const steps = kind === "values" ? [lookback] : [];
  const seasons = context?.seasonsMs.length ?? 0;
  return {
    spread: spreadReadings === undefined
      ? null
      : { mean: input("mean", features.length), deviation: input("deviation", features.length) },
    seasons: seasons === 0 ? null : input("seasons", seasons, steps),
    calendar: context?.calendar ? input("calendar", CALENDAR_COLUMNS, steps) : null,
  };
}

/**
 * Adds `window` (N, L, F) of raw values, oldest first, and what else of a source the preparation takes; gives the
 * network's inputs (N, I), the window, and the deviation that is the unit of an answer, where there is one.
 */
export function addWindow(
  graph: GraphBuilder,
  preparation: Preparation,
): { window: string; deviation: string | null; inputs: string } {
  const { kind, lookback, features } = preparation;
  const window = graph.input("window", ELEMENT.double, [BATCH, lookback, features.length]);
  const beside = addBeside(graph, preparation);
  const raw = kind === "values"
    ? addValues(graph, preparation, { window, beside })
    : addDifferences(graph, preparation, { window, beside });
  const shape = graph.constant("flat.shape", [0, countInputs(preparation)], INTEGER);
  const flat = graph.node("Reshape", [raw, shape], { name: "flat" });
  return {
    window,
    deviation: beside.spread?.deviation ?? null,
    inputs: addScaler(graph, flat, preparation),
  };
}

interface RawParts {
  readonly window: string;
  readonly beside: Beside;
}

/** Earlier readings, level, seasons and calendar side by side. */
function addDifferences(graph: GraphBuilder, preparation: Preparation, { window, beside }: RawParts): string {
  const { lookback, features: { length: width }, targetIndex } = preparation;
  const { spread, seasons, calendar } = beside;
  const last = addStep(graph, window, lookback - 1);
  const order = Array.from({ length: lookback - 1 }, (_, k) => lookback - 2 - k);
  const earlier = graph.node("Gather", [window, graph.constant("earlier.steps", order, INTEGER)], {
    name: "earlier",
    attributes: { axis: 1 },
  });
  const differences = graph.node("Sub", [earlier, last], { name: "differences" });
  if (spread === null && seasons === null && calendar === null) return differences;
  const row = addReshape(graph, last, { to: [0, width], name: "last.values" });
  const unit = spread === null ? null : addUnit(graph, spread.deviation);
  const over = (value: string, by: string | null, name: string) =>
    by === null ? value : graph.node("Div", [value, by], { name });
  const steps = unit === null ? null : addReshape(graph, unit, { to: [0, 1, width], name: "unit.steps" });
  const scaled = over(differences, steps, "differences.scaled");
  const parts = [addReshape(graph, scaled, { to: [0, (lookback - 1) * width], name: "differences.row" })];
  if (spread !== null) {
    parts.push(over(graph.node("Sub", [row, spread.mean], { name: "level" }), unit, "level.scaled"));
  }
  if (seasons !== null) {
    const target = addColumn(graph, row, { column: targetIndex, name: "season.from" });
    const own = unit === null ? null : addColumn(graph, unit, { column: targetIndex, name: "season.unit" });
    parts.push(over(graph.node("Sub", [seasons, target], { name: "season" }), own, "season.scaled"));
  }
  if (calendar !== null) parts.push(calendar);
  return graph.node("Concat", parts, { name: "raw", attributes: { axis: 1 } });
}

/** Values, seasons and calendar of each step. */
function addValues(graph: GraphBuilder, preparation: Preparation, { window, beside }: RawParts): string {
  const { features: { length: width }, targetIndex } = preparation;
  const { spread, seasons, calendar } = beside;
  let values = window, season = seasons;
  if (spread !== null) {
    const unit = addUnit(graph, spread.deviation);
    const standardise = (value: string, column: number | null, name: string) => {
      const of = (source: string, part: string) => {
        const chosen = column === null
          ? source
          : addColumn(graph, source, { column, name: `${name}.${part}.column` });
        return addReshape(graph, chosen, {
          to: [0, 1, column === null ? width : 1],
          name: `${name}.${part}`,
        });
      };
      const centered = graph.node("Sub", [value, of(spread.mean, "mean")], { name: `${name}.centered` });
      return graph.node("Div", [centered, of(unit, "unit")], { name: `${name}.scaled` });
    };
    values = standardise(window, null, "values");
    if (seasons !== null) season = standardise(seasons, targetIndex, "season");
  }
  const parts = [values, season, calendar].filter((part) => part !== null);
  return parts.length === 1 ? values : graph.node("Concat", parts, { name: "raw", attributes: { axis: 2 } });
}

/** A deviation to divide by: of a source that has not changed everything becomes 0. */
function addUnit(graph: GraphBuilder, deviation: string): string {
  const still = graph.node("Equal", [deviation, graph.constant("zero", [0], { ...DOUBLE, shape: [] })], {
    name: "still",
  });
  const endless = graph.constant("endless", [Infinity], { ...DOUBLE, shape: [] });
  return graph.node("Where", [still, endless, deviation], { name: "unit" });
}

function addReshape(
  graph: GraphBuilder,
  value: string,
  { to, name }: { readonly to: readonly number[]; readonly name: string },
): string {
  return graph.node("Reshape", [value, graph.constant(`${name}.shape`, to, INTEGER)], { name });
}

/** (N, F) → (N, 1). */
function addColumn(
  graph: GraphBuilder,
  value: string,
  { column, name }: { readonly column: number; readonly name: string },
): string {
  const place = graph.constant(`${name}.place`, [column], INTEGER);
  return graph.node("Gather", [value, place], { name, attributes: { axis: 1 } });
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
  { window, deviation, answer }: { window: string; deviation: string | null; answer: string },
): void {
  const { targetIndex, targetClip, targetScale, lookback } = preparation;
  const wide = graph.node("Cast", [answer], { name: "answer", attributes: { to: ELEMENT.double } });
  const clipped = addClip(graph, wide, { clip: targetClip, name: "answer.clipped" });
  const fitted = graph.constant("target.scale", [targetScale], { ...DOUBLE, shape: [] });
  const scale = deviation === null ? fitted : graph.node("Mul", [
    fitted,
    addColumn(graph, deviation, { column: targetIndex, name: "target.deviation" }),
  ], { name: "target.unit" });
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
