/** Which store a place names. */
import type { Store } from "./store.ts";

/** Whether a place is MongoDB's. */
export function isMongo(place: string): boolean {
  return /^mongodb(\+srv)?:\/\//.test(place);
}

/** Looks whether there is a store in an SQLite file; makes nothing. @throws {StoreError} where there is none */
export async function requireStore(place: string): Promise<void> {
  (await import("./sqlite/sqlite_store.ts")).openSqlite(place, { isReadOnly: true }).close();
}

/**
 * Opens the store at a place: a path (SQLite), or `mongodb://[user@]host[:port]/[database]`.
 *
 * @throws {StoreError}
 */
export async function openStore(
  place: string,
  options: { readonly password?: string | undefined } = {},
): Promise<Store> {
  // Loaded where it is asked for: most commands have no store.
  if (isMongo(place)) return new (await import("./mongo/mongo_store.ts")).MongoStore(place, options);
  return new (await import("./sqlite/sqlite_store.ts")).SqliteStore(place);
}
