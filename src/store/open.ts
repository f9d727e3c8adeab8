/** Which store a place names. */
import type { Store } from "./store.ts";

/**
 * Opens the store at a path (SQLite).
 *
 * @throws {StoreError}
 */
export async function openStore(place: string): Promise<Store> {
  const { SqliteStore } = await import("./sqlite/sqlite_store.ts");
  return new SqliteStore(place);
}
