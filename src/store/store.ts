/** The contract of a store. SQLite and MongoDB keep it; `tests/store/contract.ts` holds both to it. */
import type { Row, RowsByTable, TableName } from "./tables.ts";

/** How far a consumer has copied a partition. */
export interface StoredOffset {
  readonly topic: string;
  /** Another one under the same name is another topic. `null`: the broker gives none. */
  readonly topicId: string | null;
  readonly incarnation: number;
  readonly partition: number;
  /** Where to read next. */
  readonly offset: number;
}

/** What is written together. */
export interface Writing {
  readonly rows: RowsByTable;
  /** How far the rows go. @default nothing is noted */
  readonly offsets?: { readonly consumer: string; readonly of: readonly StoredOffset[] };
}

/** What a store is, and whether it was made now. */
export interface StoreState {
  readonly created: boolean;
  /** Version of its tables before, 0 where there were none. */
  readonly from: number;
  /** Version of its tables now. */
  readonly version: number;
}

/** Rows of a table or an answer, in batches. */
export interface Store extends AsyncDisposable {
  /** Its place as a message may name it: without a password. */
  readonly name: string;
  /** Makes what is missing: tables, indexes, views; does nothing where all is there. @throws {StoreError} */
  init(): Promise<StoreState>;
  /** How far `consumer` has copied. @throws {StoreError} */
  offsets(consumer: string): Promise<StoredOffset[]>;
  /**
   * Writes rows, then notes offsets: both or neither in SQLite; in MongoDB rows first, so that a crash in between
   * writes rows again that are there. A row that is there already, by its table's key, is not doubled.
   *
   * @throws {StoreError}
   */
  write(writing: Writing): Promise<void>;
  /** All rows of a table, in the order of its key, in batches. @throws {StoreError} */
  rows<T extends TableName>(table: T): AsyncIterable<Row<T>[]>;
}

/**
 * Why a store did not do it. `locked`, `full` and `away` may pass; `row` is a row that does not fit its table;
 * `foreign` is something that is no store of this program's, or one of a later version.
 */
export type StoreErrorKind = "locked" | "full" | "away" | "row" | "foreign";

/** A failure of the store; `message` says what was found. */
export class StoreError extends Error {
  /** Stays the same where the program is minified. */
  override readonly name = "StoreError";
  readonly kind: StoreErrorKind;
  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
