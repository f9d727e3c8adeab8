/** Chosen examples side by side for a network, and what it forecasts of them. */
import { forward, type Network } from "../../../nn/mod.ts";
import {
  answerOf,
  countColumns,
  type InputSpec,
  type InputWriter,
  inputWriter,
  lastValues,
  restoreTargets,
  type WindowRows,
} from "../model/inputs.ts";
import { TRAFFIC_FEATURES } from "../observed.ts";
import { rowsPerSlice, type Work } from "../../train/loop/work.ts";
import type { TrafficExamples } from "./examples.ts";

const WIDTH = TRAFFIC_FEATURES.length;
/** Examples that go through the network at once where nothing is learned. */
const FORECAST_ROWS = 256;

/** The windows before an example, as its forecast sees them. */
export function seenBy(
  { series, which, rows }: TrafficExamples,
  example: number,
  windowUs: number,
): WindowRows {
  const { values, startUs } = series[which[example]!]!;
  const end = rows[example]!;
  return { values, end, newestUs: startUs + (end - 1) * windowUs };
}

/** What came (K), in the targets' units. */
export function outcomeOf(
  { series, which, rows }: TrafficExamples,
  example: number,
  places: readonly number[],
): number[] {
  const { values } = series[which[example]!]!;
  return places.map((place) => values[rows[example]! * WIDTH + place]!);
}

/** Columns of the targets in a series' values. */
export function targetPlaces({ targets }: Pick<InputSpec, "targets">): number[] {
  return targets.map((target) => TRAFFIC_FEATURES.indexOf(target));
}

/** Examples in memory that is allocated once. */
export class ExampleBatch {
  /** (rows, L · columns) */
  readonly inputs: Float64Array;
  /** (rows, K), scaled as the network answers them. */
  readonly targets: Float64Array;
  /** (rows, K): the targets as they came, in their units. */
  readonly outcomes: Float64Array;
  /** (rows, K): the window before. */
  readonly last: Float64Array;
  readonly #spec: InputSpec;
  readonly #write: InputWriter;
  readonly #width: number;
  readonly #places: readonly number[];

  constructor(spec: InputSpec, { kernels }: Pick<Network, "kernels">, rowsMax: number) {
    this.#spec = spec;
    this.#write = inputWriter(spec);
    this.#width = spec.lookback * countColumns(spec);
    this.#places = targetPlaces(spec);
    this.inputs = kernels.allocate(rowsMax * this.#width);
    const outputs = spec.targets.length;
    this.targets = new Float64Array(rowsMax * outputs);
    this.outcomes = new Float64Array(rowsMax * outputs);
    this.last = new Float64Array(rowsMax * outputs);
  }

  /** Puts an example into a row. */
  load(
    examples: TrafficExamples,
    { example, row }: { readonly example: number; readonly row: number },
  ): void {
    const seen = seenBy(examples, example, this.#spec.windowUs);
    this.#write(seen, this.inputs, row * this.#width);
    const outputs = this.#places.length, at = row * outputs;
    lastValues(this.#spec, seen, this.last.subarray(at, at + outputs));
    outcomeOf(examples, example, this.#places).forEach((value, k) => {
      this.outcomes[at + k] = value;
      this.targets[at + k] = answerOf(this.#spec, k, { value, last: this.last[at + k]! });
    });
  }

  /** What an answer of the network (K) to a row stands for. In place. */
  restore(answers: Float64Array, row: number): void {
    const outputs = this.#places.length;
    restoreTargets(this.#spec, answers, this.last.subarray(row * outputs, (row + 1) * outputs));
  }
}

/** Forecasts of examples (n, K), in the targets' units. */
export function* forecastExamples(
  spec: InputSpec,
  network: Network,
  examples: TrafficExamples,
): Work<Float64Array> {
  const outputs = spec.targets.length, count = examples.rows.length;
  const forecasts = new Float64Array(count * outputs);
  const batch = new ExampleBatch(spec, network, Math.min(FORECAST_ROWS, Math.max(1, count)));
  const slice = rowsPerSlice(network, FORECAST_ROWS);
  for (let from = 0; from < count; from += slice) {
    const rows = Math.min(slice, count - from);
    for (let row = 0; row < rows; row++) batch.load(examples, { example: from + row, row });
    forecasts.set(forward(network, batch.inputs, rows), from * outputs);
    for (let row = 0; row < rows; row++) {
      batch.restore(forecasts.subarray((from + row) * outputs, (from + row + 1) * outputs), row);
    }
    yield null;
  }
  return forecasts;
}
