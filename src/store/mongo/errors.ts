/** What the driver or the server says → what it means for a store. Pure. */
import { StoreError, type StoreErrorKind } from "../store.ts";

/** The server's codes (`src/mongo/base/error_codes.yml`). */
const MEANINGS: Readonly<Record<number, readonly [StoreErrorKind, string]>> = {
  2: ["row", "the document is not as the server takes it"],
  121: ["row", "the document is not as its collection's validator says"],
  10334: ["row", "the document is too large"],
  14031: ["full", "its disk is full"],
};

/** A document with this key is there already. */
const DUPLICATE_KEY = 11000;

interface Failure extends Error {
  readonly code?: unknown;
  /** Of a bulk write: those that were not taken. */
  readonly writeErrors?: unknown;
}

function failuresOf(
  { writeErrors }: Failure,
): readonly { readonly code?: unknown; readonly errmsg?: string }[] {
  return Array.isArray(writeErrors) ? writeErrors : writeErrors === undefined ? [] : [writeErrors] as never;
}

/** What a bulk write failed with, where it is not that documents were there already; `null` where it is. */
export function otherThanDuplicates(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const failures = failuresOf(error);
  if (failures.length === 0) return (error as Failure).code === DUPLICATE_KEY ? null : error;
  const other = failures.find(({ code }) => code !== DUPLICATE_KEY);
  return other === undefined
    ? null
    : Object.assign(new Error(other.errmsg, { cause: error }), { name: error.name, code: other.code });
}

/** What the driver threw as a {@linkcode StoreError}; another error as it is. @param place without a password */
export function toStoreError(error: unknown, place: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const { name, message, code } = error as Failure;
  if (!/^(Mongo|BSON)/.test(name)) return error;
  const [kind, meaning] = MEANINGS[Number(code)] ?? [/^BSON/.test(name) ? "row" : "away", ""];
  const found = meaning === "" ? message : `${meaning} (${message})`;
  return new StoreError(kind, `${place}: ${found}`, { cause: error });
}
