/** A labelled data set as columns: what a classifier is trained on. */

/** A measured quantity, or a text out of a few. */
export type TableColumn =
  | {
    readonly name: string;
    readonly kind: "number";
    /** (R) */
    readonly values: Float64Array;
  }
  | {
    readonly name: string;
    readonly kind: "category";
    /** Every text that occurs, in the order of its first row. */
    readonly values: readonly string[];
    /** (R) Places in `values`. */
    readonly codes: Int32Array;
  };

/** R rows, each of one class. */
export interface Table {
  /** For people and for the model file: the file's path. */
  readonly name: string;
  /** Of the file's bytes, hexadecimal. */
  readonly sha256: string;
  /** R. */
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  readonly classes: readonly string[];
  /** (R) Places in `classes`. */
  readonly labels: Int32Array;
  /** Rows that were left out because nobody knows the class of their label. */
  readonly skipped: number;
}
