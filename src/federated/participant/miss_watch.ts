/** Forecasts that miss beyond a device's own scale. An event is one miss, however many readings it lasts. */
import { ALARM_SCORE } from "../../anomaly/detector.ts";
import { RobustZScore } from "../../anomaly/robust_z_score.ts";
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { Outcome } from "./memory.ts";

/** A forecast that missed. */
export interface Miss extends Pick<Outcome, "timeMs" | "offset" | "actual"> {
  readonly predicted: number;
  /** What errors of this device usually come to, in the target's unit. */
  readonly usualError: number;
  /** From 0.5 to 1. */
  readonly score: number;
}

/** A watch in a snapshot. */
export const missState = shape.object({
  misses: shape.int(),
  isOff: shape.boolean(),
  errors: shape.array(shape.number()),
});

/**
 * How many robust standard deviations are beyond the scale, and of how many errors they are. Errors have long tails: of
 * the meters' forecasts 1 % miss by more than 8, 0.3 % by more than 12, 0.07 % by more than 20.
 */
const ERROR_SCALE = { windowRows: 288, limit: 12, warmUpRows: 50 } as const;

/** Compares each error of a device with those before it. */
export class MissWatch {
  /** Events so far. */
  misses = 0;
  #isOff = false;
  #errors = new RobustZScore(ERROR_SCALE);

  /** The miss that begins with an outcome; `null` where none does. */
  take({ timeMs, offset, actual }: Outcome, predicted: number): Miss | null {
    const error = actual - predicted;
    const score = this.#errors.update(error, timeMs);
    const wasOff = this.#isOff;
    this.#isOff = score >= ALARM_SCORE;
    if (!this.#isOff || wasOff) return null;
    this.misses++;
    const deviations = ERROR_SCALE.limit * score / (1 - score);
    const usualError = Math.abs(error - (this.#errors.expected ?? 0)) / deviations;
    return { timeMs, offset, actual, predicted, usualError, score };
  }

  toJson(): ShapeOf<typeof missState> {
    const errors = this.#errors.toJson().state["window"] as number[];
    return { misses: this.misses, isOff: this.#isOff, errors };
  }

  /** Goes on from a state. @throws RangeError for one that is none */
  restore({ misses, isOff, errors }: ShapeOf<typeof missState>): void {
    this.misses = misses;
    this.#isOff = isOff;
    this.#errors = new RobustZScore(ERROR_SCALE, { window: errors });
  }
}
