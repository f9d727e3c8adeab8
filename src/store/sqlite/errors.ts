/** What SQLite says → what it means for a store. Pure. */
import { StoreError, type StoreErrorKind } from "../store.ts";

/** `node:sqlite` gives no code here: SQLite's own texts, which have not changed in many years. */
const MEANINGS: readonly (readonly [RegExp, StoreErrorKind, string])[] = [
  [/database (table )?is locked/, "locked", "another process holds the write lock"],
  [/database or disk is full/, "full", "the disk is full"],
  [/constraint failed|cannot store \w+ value|datatype mismatch|string or blob too big/, "row", ""],
  [/file is not a database/, "foreign", "it is no SQLite database"],
  [/./, "away", ""],
];

/** What SQLite threw as a {@linkcode StoreError}; another error as it is. @param place path of the file */
export function toStoreError(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || (error as Error & { code?: unknown }).code !== "ERR_SQLITE_ERROR") {
    return error;
  }
  const [, kind, meaning] = MEANINGS.find(([pattern]) => pattern.test(error.message))!;
  const found = meaning === "" ? error.message : `${meaning} (${error.message})`;
  return new StoreError(kind, `${place}: ${found}`, { cause: error });
}
