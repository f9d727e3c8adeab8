/** Validation and test: the two halves of a file that training does not see. */
import { Random } from "../../../nn/mod.ts";

/** Numbers of rows, ascending within neither half: a seeded order cut in two. */
export interface Halves {
  /** The first half; one row less than the other where the number is odd. */
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * Splits rows at random: the same seed gives the same halves (Fisher–Yates by nn's generator).
 *
 * @throws {RangeError} for fewer than 2 rows
 */
export function splitHalves(rows: number, seed: number): Halves {
  if (rows < 2) throw new RangeError(`Cannot split ${rows} rows into two halves: 2 or more are expected`);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  new Random(seed).shuffle(order);
  return { validation: order.slice(0, rows >> 1), test: order.slice(rows >> 1) };
}
