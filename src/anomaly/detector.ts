/**
 * What every detector of anomalies is: an estimator that scores each value of one series by what came before it, and
 * then learns it. Pure: time comes in, chance is seeded, the same rows give the same scores.
 *
 * Scores of all detectors share one scale: d / (d + limit), where d is how far the value is from what was expected, in
 * the detector's own unit, and `limit` the d at which it would raise an alarm. So 0 = as expected, 0.5 = alarm, and
 * ever larger deviations come ever nearer to 1.
 */
import { DEVIATION_MAX, VALUE_MAX, WINDOW_ROWS_MAX } from "./limits.ts";

/** A value that JSON keeps: numbers are finite. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What {@linkcode Detector.toJson} gives: the detector's name, its options and its state. */
export interface DetectorJson {
  /** One of `DETECTORS`. */
  readonly name: string;
  /** With all defaults filled in. */
  readonly options: { readonly [key: string]: Json };
  /** What it has learned. */
  readonly state: { readonly [key: string]: Json };
  /** Plain JSON. */
  readonly [key: string]: Json;
}

/** An online detector of anomalies in one series. */
export interface Detector {
  /**
   * Scores this value given everything before it, then learns it.
   *
   * @param value what was measured; a NaN or an infinity is a gap: it scores 0 and teaches nothing
   * @param timeMs when, Unix time in milliseconds; need not be regular, nor grow
   * @returns from 0 to 1; from 0.5 on it is an alarm by the detector's own limit
   */
  update(value: number, timeMs: number): number;
  /** What was expected in place of the last value; `null` where too little is known, or the detector has no such notion. */
  readonly expected: number | null;
  /** The whole of it, as JSON keeps it; `restoreDetector` goes on from it with the same scores. */
  toJson(): DetectorJson;
}

/** The score at which a detector raises an alarm by its own limit. */
export const ALARM_SCORE = 0.5;

/** A deviation (≥ 0, in the unit of `limit`; an infinite one is the largest) as a score from 0 to 1, 0.5 at the limit. */
export function scoreOf(deviation: number, limit: number): number {
  const bounded = Math.min(deviation, limit * DEVIATION_MAX);
  return bounded / (bounded + limit);
}

/** The value, brought within ±{@linkcode VALUE_MAX}. */
export function boundedValue(value: number): number {
  return Math.min(Math.max(value, -VALUE_MAX), VALUE_MAX);
}

/**
 * How many spreads lie between a value and what was expected. A spread of 0 (a constant series) counts as a billionth
 * of the expected value, so that any real change of a constant is a large deviation, and rounding is none.
 */
export function deviation(value: number, { center, spread }: { center: number; spread: number }): number {
  const distance = Math.abs(value - center);
  if (distance === 0) return 0;
  const floor = Math.max(1e-9 * Math.abs(center), Number.MIN_VALUE);
  return Math.min(distance / Math.max(spread, floor), DEVIATION_MAX);
}

/** {@linkcode deviation}, below 0 where the value lies below the center. */
export function signedDeviation(value: number, scale: { center: number; spread: number }): number {
  return Math.sign(value - scale.center) * deviation(value, scale);
}

/**
 * An option within its range.
 *
 * @throws RangeError otherwise
 */
export function checkOption(
  name: string,
  value: number,
  { from, to, whole = false }: { from: number; to: number; whole?: boolean },
): number {
  if (!(value >= from && value <= to) || (whole && !Number.isInteger(value))) {
    const kind = whole ? "an integer" : "a number";
    throw new RangeError(
      `Cannot make a detector with ${name} ${value}: ${kind} from ${from} to ${to} is wanted`,
    );
  }
  return value;
}

/**
 * A window's length, in rows.
 *
 * @throws RangeError when it is no integer from 2 to {@linkcode WINDOW_ROWS_MAX}
 */
export function checkRows(name: string, value: number): number {
  return checkOption(name, value, { from: 2, to: WINDOW_ROWS_MAX, whole: true });
}

/**
 * A number of a snapshot.
 *
 * @throws RangeError when there is none by that name
 */
export function numberIn(state: { readonly [key: string]: Json | undefined }, name: string): number {
  const value = state[name];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new RangeError(`Cannot restore a detector: its state has no number '${name}'`);
}

/**
 * The numbers of a list in a snapshot.
 *
 * @throws RangeError when there is no list of numbers by that name, or a longer one than `atMost`
 */
export function numbersIn(
  state: { readonly [key: string]: Json | undefined },
  name: string,
  atMost: number = Infinity,
): number[] {
  const list = state[name];
  if (Array.isArray(list) && list.length <= atMost && list.every(Number.isFinite)) return list as number[];
  throw new RangeError(
    `Cannot restore a detector: its state has no list '${name}' of at most ${atMost} numbers`,
  );
}
