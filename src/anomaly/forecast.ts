/**
 * Forecast: how far a row is from what an LSTM (Hochreiter and Schmidhuber 1997) forecasts from the rows before, which
 * learns online, one step a row, through the whole look-back (anomalies from such residuals: Malhotra et al. 2015,
 * Long Short Term Memory Networks for Anomaly Detection in Time Series).
 *
 * Inputs are rows in standard deviations from a running mean, cut at ±4; what is forecast is the change from the last
 * row, so that a network that knows nothing forecasts the last value. The score is how rare the residual is among
 * those before (tail.ts). The same seed gives the same scores.
 */
import { boundedValue, checkOption, numbersIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import type { Moments } from "./moments.ts";
import {
  checkOnlineOptions,
  networkInput,
  onlineErrors,
  OnlineNetwork,
  type OnlineOptions,
  onlineScale,
} from "./online_network.ts";
import type { Tail } from "./tail.ts";

/** See {@linkcode Forecast}. */
export interface ForecastOptions extends OnlineOptions {
  /** Rows that a forecast is made from. @default 12 */
  readonly lookbackRows?: number;
  /** Units of the LSTM. @default 8 */
  readonly hidden?: number;
}

/** Residual of a forecast. */
export class ForecastDetector implements Detector {
  expected: number | null = null;
  readonly #options: Required<ForecastOptions>;
  readonly #scale: Moments;
  readonly #network: OnlineNetwork;
  readonly #residuals: Tail;
  /** The last rows, oldest first. */
  readonly #window: number[];
  readonly #inputs: Float64Array;
  readonly #wanted = new Float64Array(1);

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: ForecastOptions = {}, state?: DetectorJson["state"]) {
    const lookbackRows = checkOption("lookbackRows", options.lookbackRows ?? 12, {
      from: 1,
      to: 1_000,
      whole: true,
    });
    const hidden = checkOption("hidden", options.hidden ?? 8, { from: 1, to: 256, whole: true });
    this.#options = { lookbackRows, hidden, ...checkOnlineOptions(options) };
    this.#network = new OnlineNetwork(
      {
        inputs: 1,
        steps: lookbackRows,
        layers: [{ kind: "lstm", units: hidden }, { kind: "dense", units: 1, activation: "identity" }],
      },
      this.#options,
      state,
    );
    this.#scale = onlineScale(state);
    this.#residuals = onlineErrors("residuals", state);
    this.#window = state === undefined ? [] : numbersIn(state, "window", lookbackRows);
    this.#inputs = new Float64Array(lookbackRows);
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const { lookbackRows, limit } = this.#options, scale = this.#scale;
    const x = boundedValue(value);
    let score = 0;
    if (this.#window.length === lookbackRows) {
      this.#window.forEach((row, place) => this.#inputs[place] = networkInput(row, scale));
      const answer = this.#network.answer(this.#inputs);
      const last = this.#window[lookbackRows - 1]!;
      this.expected = boundedValue(last + answer[0]! * scale.spread);
      score = scoreOf(this.#residuals.rarity(Math.abs(x - this.expected)), limit);
      this.#wanted[0] = networkInput(x, { center: last, spread: scale.spread });
      this.#network.learn(answer, this.#wanted);
    }
    this.#window.push(x);
    if (this.#window.length > lookbackRows) this.#window.shift();
    scale.take(x);
    return score;
  }

  toJson(): DetectorJson {
    return {
      name: "forecast",
      options: { ...this.#options },
      state: {
        ...{ ...this.#scale.toJson(), ...this.#network.toJson() },
        ...{ residuals: this.#residuals.toArray(), window: [...this.#window] },
      },
    };
  }
}
