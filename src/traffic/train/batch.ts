/** Chosen examples side by side for a network, and what it forecasts of them. */
import { forward, type Network } from "../../../nn/mod.ts";
import {
  countColumns,
  type InputSpec,
  type InputWriter,
  inputWriter,
  lastValues,
  restoreForecast,
  type WindowRows,
} from "../inputs.ts";
import { TRAFFIC_FEATURES } from "../observed.ts";
import type { Examples } from "./examples.ts";

const WIDTH = TRAFFIC_FEATURES.length;
/** Examples that go through the network at once where nothing is learned. */
const FORECAST_ROWS = 256;

/** The windows before an example, as its forecast sees them. */
export function seenBy({ series, which, rows }: Examples, example: number, windowUs: number): WindowRows {
  const { values, startUs } = series[which[example]!]!;
  const end = rows[example]!;
  return { values, end, newestUs: startUs + (end - 1) * windowUs };
}

/** What came (K), in the targets' units. */
export function outcomeOf(
  { series, which, rows }: Examples,
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
  /** (rows, K), scaled as the network tells them. */
  readonly targets: Float64Array;
  readonly #spec: InputSpec;
  readonly #write: InputWriter;
  readonly #width: number;
  readonly #places: readonly number[];
  readonly #last: Float64Array;

  constructor(spec: InputSpec, { kernels }: Pick<Network, "kernels">, rowsMax: number) {
    this.#spec = spec;
    this.#write = inputWriter(spec);
    this.#width = spec.lookback * countColumns(spec);
    this.#places = targetPlaces(spec);
    this.#last = new Float64Array(spec.targets.length);
    this.inputs = kernels.allocate(rowsMax * this.#width);
    this.targets = new Float64Array(rowsMax * spec.targets.length);
  }

  /** Puts an example into a row. */
  load(examples: Examples, { example, row }: { readonly example: number; readonly row: number }): void {
    const { windowUs, answer, outputs: { center, scale } } = this.#spec;
    const seen = seenBy(examples, example, windowUs);
    this.#write(seen, this.inputs, row * this.#width);
    lastValues(this.#spec, seen, this.#last);
    const outcomes = outcomeOf(examples, example, this.#places);
    outcomes.forEach((outcome, k) => {
      const told = answer === "change" ? outcome - this.#last[k]! : outcome;
      this.targets[row * outcomes.length + k] = (told - center[k]!) / scale[k]!;
    });
  }
}

/** Forecasts of examples (n, K), in the targets' units. */
export function forecastExamples(spec: InputSpec, network: Network, examples: Examples): Float64Array {
  const outputs = spec.targets.length, count = examples.rows.length;
  const forecasts = new Float64Array(count * outputs);
  const batch = new ExampleBatch(spec, network, Math.min(FORECAST_ROWS, Math.max(1, count)));
  const last = new Float64Array(outputs);
  for (let from = 0; from < count; from += FORECAST_ROWS) {
    const rows = Math.min(FORECAST_ROWS, count - from);
    for (let row = 0; row < rows; row++) batch.load(examples, { example: from + row, row });
    forecasts.set(forward(network, batch.inputs, rows), from * outputs);
    for (let row = 0; row < rows; row++) {
      lastValues(spec, seenBy(examples, from + row, spec.windowUs), last);
      restoreForecast(spec, forecasts.subarray((from + row) * outputs, (from + row + 1) * outputs), last);
    }
  }
  return forecasts;
}
