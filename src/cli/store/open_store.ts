/** The setting `--store` → a store, with failures as people read them. */
import type { Settings } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { openStore } from "../../store/open.ts";
import { type Store, StoreError, type StoreErrorKind, type StoreState } from "../../store/store.ts";

const HINTS: Readonly<Record<StoreErrorKind, string>> = {
  "locked": "wait until the other process has written, or end it, then run it again",
  "full": "make room on its disk, then run it again",
  "away": "check that its folder exists and can be written, or name another store with --store",
  "row": "its rows are not what the tables say: this is a fault of the program; please report it",
  "foreign": "name another store with --store; 'streamflow store init --store PATH' makes one",
};

/** What `work` resolves to. @throws {UserError} for a {@linkcode StoreError} */
async function orUserError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new UserError(`store: ${error.message}`, { hint: HINTS[error.kind], cause: error });
  }
}

/**
 * Opens the store that `--store` names, and makes its tables where they are missing.
 *
 * @throws {UserError} where it cannot be opened.
 */
export async function openNamedStore(
  { store: place }: Pick<Settings, "store">,
): Promise<{ readonly store: Store; readonly state: StoreState }> {
  const store = await orUserError(openStore(place));
  try {
    return { store, state: await orUserError(store.init()) };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
