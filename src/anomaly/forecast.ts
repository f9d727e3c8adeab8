/**
 * Forecast: how far a row is from what an LSTM (Hochreiter and Schmidhuber 1997) forecasts from the rows before, which
 * learns online, one step a row, through the whole look-back (anomalies from such residuals: Malhotra et al. 2015,
 * Long Short Term Memory Networks for Anomaly Detection in Time Series).
 *
 * Inputs are rows in standard deviations from a running mean, cut at ±4; what is forecast is the change from the last
 * row, so that a network that knows nothing forecasts the last value. The score is how rare the residual is among
 * those before (tail.ts). The same seed gives the same scores.
 */
import { boundedValue, checkOption, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { checkOnlineOptions, networkInput, type OnlineOptions, OnlineState } from "./online_network.ts";

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
  readonly #kept: OnlineState;
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
    this.#kept = new OnlineState(
      {
        inputs: 1,
        steps: lookbackRows,
        layers: [{ kind: "lstm", units: hidden }, { kind: "dense", units: 1, activation: "identity" }],
      },
      { rows: lookbackRows, errors: "residuals", ...this.#options },
      state,
    );
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const { lookbackRows, limit } = this.#options, { scale, network, errors, window } = this.#kept;
    const x = boundedValue(value);
    let score = 0;
    if (window.length === lookbackRows) {
      const answer = network.answer(this.#kept.inputs());
      const last = window[lookbackRows - 1]!;
      this.expected = boundedValue(last + answer[0]! * scale.spread);
      score = scoreOf(errors.rarity(Math.abs(x - this.expected)), limit);
      this.#wanted[0] = networkInput(x, { center: last, spread: scale.spread });
      network.learn(answer, this.#wanted);
    }
    window.push(x);
    if (window.length > lookbackRows) window.shift();
    scale.take(x);
    return score;
  }

  toJson(): DetectorJson {
    return {
      name: "forecast",
      options: { ...this.#options },
      state: this.#kept.toJson(),
    };
  }
}
