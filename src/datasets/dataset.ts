/** What every data set is: readings in batches, and what is known of them. */
import type { Reading } from "../records/readings/schema.ts";

/** A reading with what is known of it beyond the measurement; none of that goes to a topic. */
export interface LabelledReading extends Reading {
  /** Whether it is labelled as part of an event. */
  readonly event?: boolean;
  /** Whether it was measured indoors. */
  readonly indoor?: boolean;
  /** Number of its row in its file, from 1. */
  readonly row?: number;
}

/** A measured quantity. */
export interface Feature {
  readonly name: string;
  /** Empty where nobody has said. */
  readonly unit: string;
}

/** Rows of one pass by what became of them. */
export interface RowCounts {
  /** Rows below the header. */
  rows: number;
  /** Rows that are no readings. */
  bad: number;
  /** Rows without any value. */
  empty: number;
  /** Rows that lack some of the values. */
  incomplete: number;
  /** Values that are not there, in rows that have others. */
  missing: number;
}

/**
 * A batch of n readings of F features as columns: what goes through millions of them makes no object of each. Its arrays
 * are used again for the next one.
 */
export interface ReadingColumns {
  /** n; the arrays may be longer. */
  readonly count: number;
  /** (n) Which of the names. */
  readonly sources: Int32Array;
  /** All sources so far; grows. */
  readonly names: readonly string[];
  /** (n) Unix ms. */
  readonly times: Float64Array;
  /** (n, F), NaN where a value is missing. */
  readonly values: Float64Array;
  /** (n) Number of the reading's row, from 1. */
  readonly rows: Float64Array;
}

/** Readings that can be gone through, in the order in which they are sent. */
export interface Dataset {
  /** For people and for the model file: `sensors`, or the file's path. */
  readonly name: string;
  readonly features: readonly Feature[];
  /** Readings of one pass; `undefined` where only reading to the end shows it. */
  readonly count: number | undefined;
  /** Whether a second pass is possible (standard input can be read once). */
  readonly repeatable: boolean;
  /** What was taken for granted, a sentence each. */
  readonly assumptions: readonly string[];
  /**
   * One pass over all readings.
   *
   * @throws {UserError} naming file and line for a row that is no reading.
   */
  batches(): AsyncIterable<LabelledReading[]>;
  /**
   * The same pass as columns, where they are read faster than readings: rows without any value are among them.
   *
   * @throws {UserError} as {@linkcode Dataset.batches}
   */
  columns?(): AsyncIterable<ReadingColumns>;
  /** SHA-256 of the bytes of the last complete pass, hexadecimal; `null` before its end. */
  sha256(): string | null;
  /** Rows left out so far, in all passes, because nobody knows the class of their label; absent where rows have none. */
  skipped?(): number;
  /** Rows of the last pass so far by what became of them; absent where all are readings. */
  rows?(): RowCounts;
}

/** Readings per batch. */
export const BATCH_READINGS_MAX = 500;
