/**
 * Autoencoder: how badly a network with a narrow middle gives back the last rows (Sakurada and Yairi 2014, Anomaly
 * Detection Using Autoencoders with Nonlinear Dimensionality Reduction). It learns online, one step a row, from scaled
 * rows that are cut at ±4 standard deviations; the error is taken from rows that are not cut.
 *
 * The score is how rare the error is among the errors before (tail.ts). The network begins with the seed's parameters:
 * the same seed, the same scores.
 */
import { denseSpec } from "../../nn/spec.ts";
import { boundedValue, checkOption, scoreOf, signedDeviation } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { checkOnlineOptions, type OnlineOptions, OnlineState } from "./online_network.ts";

/** See {@linkcode Autoencoder}. */
export interface AutoencoderOptions extends OnlineOptions {
  /** Rows that are given back. @default 24 */
  readonly windowRows?: number;
  /** Width of the middle. @default 6 */
  readonly hidden?: number;
}

/** Error of a reconstruction. */
export class Autoencoder implements Detector {
  expected: number | null = null;
  readonly #options: Required<AutoencoderOptions>;
  readonly #kept: OnlineState;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: AutoencoderOptions = {}, state?: DetectorJson["state"]) {
    const windowRows = checkOption("windowRows", options.windowRows ?? 24, {
      from: 2,
      to: 1_000,
      whole: true,
    });
    const hidden = checkOption("hidden", options.hidden ?? 6, { from: 1, to: windowRows, whole: true });
    this.#options = { windowRows, hidden, ...checkOnlineOptions(options) };
    const spec = denseSpec({ inputs: windowRows, hidden: [hidden], outputs: windowRows, activation: "tanh" });
    this.#kept = new OnlineState(spec, { rows: windowRows, errors: "errors", ...this.#options }, state);
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const { windowRows, limit } = this.#options, { scale, network, errors, window } = this.#kept;
    const x = boundedValue(value);
    window.push(x);
    if (window.length > windowRows) window.shift();
    let score = 0;
    if (window.length === windowRows) {
      const inputs = this.#kept.inputs();
      const answer = network.answer(inputs);
      const last = answer[windowRows - 1]!;
      let squares = (signedDeviation(x, scale) - last) ** 2;
      for (let place = 0; place < windowRows - 1; place++) squares += (inputs[place]! - answer[place]!) ** 2;
      this.expected = boundedValue(scale.center + last * scale.spread);
      score = scoreOf(errors.rarity(Math.sqrt(squares)), limit);
      network.learn(answer, inputs);
    }
    scale.take(x);
    return score;
  }

  toJson(): DetectorJson {
    return {
      name: "autoencoder",
      options: { ...this.#options },
      state: this.#kept.toJson(),
    };
  }
}
