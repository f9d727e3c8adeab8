/** When to stop training: as Keras' `EarlyStopping`. */

/** See {@linkcode EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** Epochs in a row without a better one after which training stops; from 1. */
  readonly patience: number;
  /** Better is by more than this; default 0. */
  readonly minDelta?: number;
  /** Whether low figures are good, or high ones; default "min". */
  readonly mode?: "min" | "max";
}

/** What it remembers; plain JSON. */
export interface EarlyStoppingState {
  /** Epochs seen so far. */
  readonly epochs: number;
  /** The best epoch, from 1, and its figure; null before the first that is a number. */
  readonly best: { readonly epoch: number; readonly figure: number } | null;
  /** Epochs since the best, or since the beginning. */
  readonly waited: number;
}

/**
 * Watches one figure per epoch, a validation loss for example.
 *
 * A figure that is not finite is never better.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const stopping = new EarlyStopping({ patience: 2 });
 * assert.deepEqual([0.9, 0.7, 0.8, 0.75].map((loss) => stopping.observe(loss)), ["best", "best", "wait", "stop"]);
 * assert.deepEqual(stopping.best, { epoch: 2, figure: 0.7 });
 * ```
 */
export class EarlyStopping {
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #sign: 1 | -1;
  #state: EarlyStoppingState = { epochs: 0, best: null, waited: 0 };

  /**
   * Before the first epoch.
   *
   * @throws RangeError when the patience is no positive integer, or `minDelta` is below 0 or not finite
   */
  constructor({ patience, minDelta = 0, mode = "min" }: EarlyStoppingOptions) {
    if (!Number.isSafeInteger(patience) || patience < 1) {
      throw new RangeError(`Cannot stop early with a patience of ${patience}: a positive integer is wanted`);
    }
    if (!(minDelta >= 0 && minDelta < Infinity)) {
      throw new RangeError(
        `Cannot stop early by a difference of ${minDelta}: a finite number from 0 is wanted`,
      );
    }
    this.#patience = patience;
    this.#minDelta = minDelta;
    this.#sign = mode === "min" ? 1 : -1;
  }

  /**
   * Reports the figure of a finished epoch.
   *
   * @returns `best` when it is the best so far (keep its parameters), `stop` when the patience is at its end, else
   * `wait`
   */
  observe(figure: number): "best" | "wait" | "stop" {
    const { best } = this.#state, epochs = this.#state.epochs + 1;
    const before = best === null ? Infinity : this.#sign * best.figure;
    if (Number.isFinite(figure) && this.#sign * figure + this.#minDelta < before) {
      this.#state = { epochs, best: { epoch: epochs, figure }, waited: 0 };
      return "best";
    }
    const waited = this.#state.waited + 1;
    this.#state = { epochs, best, waited };
    return waited >= this.#patience ? "stop" : "wait";
  }

  /** The best epoch, from 1, and its figure; null before the first that is a number. */
  get best(): EarlyStoppingState["best"] {
    return this.#state.best;
  }

  /** A copy of what it remembers. */
  state(): EarlyStoppingState {
    return structuredClone(this.#state);
  }

  /** Goes on from a state. @throws RangeError when it is none */
  restore(state: EarlyStoppingState): void {
    const { epochs, best, waited } = state;
    const whole = [epochs, waited, best?.epoch ?? 0].every((count) =>
      Number.isSafeInteger(count) && count >= 0
    );
    const figure = best === null || Math.abs(best.figure) < Infinity;
    if (!whole || !figure || waited + (best?.epoch ?? 0) !== epochs) {
      throw new RangeError(
        `Cannot restore the state ${
          JSON.stringify(state)
        }: the epochs, the best of them and those since are wanted`,
      );
    }
    this.#state = structuredClone(state);
  }
}
