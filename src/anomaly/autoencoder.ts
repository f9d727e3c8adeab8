/**
 * Autoencoder: how badly a network with a narrow middle gives back the last rows (Sakurada and Yairi 2014, Anomaly
 * Detection Using Autoencoders with Nonlinear Dimensionality Reduction). It learns online, one step a row, from scaled
 * rows that are cut at ±4 standard deviations; the error is taken from rows that are not cut.
 *
 * The score is how rare the error is among the errors before (tail.ts). The network begins with the seed's parameters:
 * the same seed, the same scores.
 */
import { denseSpec } from "../../nn/spec.ts";
import { boundedValue, checkOption, numbersIn, scoreOf, signedDeviation } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { Moments } from "./moments.ts";
import { OnlineNetwork } from "./online_network.ts";
import { Tail } from "./tail.ts";

/** See {@linkcode Autoencoder}. */
export interface AutoencoderOptions {
  /** Rows that are given back. @default 24 */
  readonly windowRows?: number;
  /** Width of the middle. @default 6 */
  readonly hidden?: number;
  /** Of Adam. @default 0.003 */
  readonly learningRate?: number;
  /** Of the first parameters. @default 1 */
  readonly seed?: number;
  /** Rarity (−log₁₀ of a share of rows) from which on it is an alarm. @default 2.5, one row in 300 */
  readonly limit?: number;
}

const SCALE = { weight: 0.005, bound: 4, trustedRows: 50 } as const;
/** What the network sees of a row, in standard deviations. */
const INPUT_MAX = 4;
/** Errors that an error is compared with. */
const ERRORS = { rows: 2_000, warmUp: 100 } as const;

/** Error of a reconstruction. */
export class Autoencoder implements Detector {
  expected: number | null = null;
  readonly #options: Required<AutoencoderOptions>;
  readonly #scale: Moments;
  readonly #network: OnlineNetwork;
  readonly #errors: Tail;
  /** The last rows, oldest first. */
  readonly #window: number[];
  readonly #inputs: Float64Array;

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
    const learningRate = checkOption("learningRate", options.learningRate ?? 0.003, { from: 0, to: 1 });
    const seed = options.seed ?? 1;
    const limit = checkOption("limit", options.limit ?? 2.5, { from: 1e-6, to: 1e6 });
    this.#options = { windowRows, hidden, learningRate, seed, limit };
    const spec = denseSpec({ inputs: windowRows, hidden: [hidden], outputs: windowRows, activation: "tanh" });
    this.#network = new OnlineNetwork(spec, { seed, learningRate }, state);
    this.#scale = new Moments(SCALE, state);
    this.#errors = new Tail({
      ...ERRORS,
      numbers: state === undefined ? [] : numbersIn(state, "errors", ERRORS.rows),
    });
    this.#window = state === undefined ? [] : numbersIn(state, "window", windowRows);
    this.#inputs = new Float64Array(windowRows);
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const { windowRows, limit } = this.#options, scale = this.#scale, inputs = this.#inputs;
    const x = boundedValue(value);
    this.#window.push(x);
    if (this.#window.length > windowRows) this.#window.shift();
    let score = 0;
    if (this.#window.length === windowRows) {
      this.#window.forEach((row, place) => inputs[place] = cut(signedDeviation(row, scale)));
      const answer = this.#network.answer(inputs);
      const last = answer[windowRows - 1]!;
      let squares = (signedDeviation(x, scale) - last) ** 2;
      for (let place = 0; place < windowRows - 1; place++) squares += (inputs[place]! - answer[place]!) ** 2;
      this.expected = boundedValue(scale.center + last * scale.spread);
      score = scoreOf(this.#errors.rarity(Math.sqrt(squares)), limit);
      this.#network.learn(answer, inputs);
    }
    scale.take(x);
    return score;
  }

  toJson(): DetectorJson {
    return {
      name: "autoencoder",
      options: { ...this.#options },
      state: {
        ...{ ...this.#scale.toJson(), ...this.#network.toJson() },
        ...{ errors: this.#errors.toArray(), window: [...this.#window] },
      },
    };
  }
}

function cut(z: number): number {
  return Math.min(Math.max(z, -INPUT_MAX), INPUT_MAX);
}
