/** The setting `--store` → a store, with failures as people read them. */
import type { Settings } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { secretHint } from "../../config/resolve.ts";
import { firstLine, readNamedFile } from "../../runtime/named_file.ts";
import { isMongo, openStore, requireStore } from "../../store/open.ts";
import { type Store, StoreError, type StoreErrorKind, type StoreState } from "../../store/store.ts";

const HINTS: Readonly<Record<StoreErrorKind, string>> = {
  "locked": "wait until the other process has written, or end it, then run it again",
  "full": "make room on its disk, then run it again",
  "away": "check that it can be reached and written (of a file: its folder), or name another with --store",
  "row": "its rows are not what the tables say: this is a fault of the program; please report it",
  "foreign": "name another store with --store; 'streamflow store init --store PATH' makes one",
};

/** What `work` resolves to. @throws {UserError} for a {@linkcode StoreError} */
export async function orUserError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new UserError(`store: ${error.message}`, { hint: HINTS[error.kind], cause: error });
  }
}

/** The settings that say where the store is. */
export const STORE_KEYS = ["store", "storePassword", "storePasswordFile"] as const;

/** See {@linkcode STORE_KEYS}. */
export type StoreSettings = Pick<Settings, (typeof STORE_KEYS)[number]>;

/**
 * Opens the store that `--store` names; its tables may be missing.
 *
 * @throws {UserError} where it cannot be opened, and for a password in the open.
 */
async function openedStore(
  { store: place, storePassword, storePasswordFile }: StoreSettings,
): Promise<Store> {
  if (!isMongo(place)) return await orUserError(openStore(place));
  if (!URL.canParse(place)) {
    throw new UserError("--store is no URL of MongoDB", {
      hint: "write mongodb://HOST:PORT/DATABASE",
      exitCode: 2,
    });
  }
  const { username, password: shown } = new URL(place);
  if (shown !== "") {
    throw new UserError("--store has a password in it, for everybody to see who lists the processes", {
      hint: secretHint("storePassword"),
      exitCode: 2,
    });
  }
  if (username === "") return await orUserError(openStore(place));
  const password = storePassword ??
    (storePasswordFile === undefined
      ? undefined
      : firstLine(await readNamedFile(storePasswordFile, "password file")));
  if (password !== undefined && password !== "") return await orUserError(openStore(place, { password }));
  throw new UserError(`the store needs the password of '${decodeURIComponent(username)}'`, {
    hint: secretHint("storePassword"),
    exitCode: 2,
  });
}

/**
 * Opens the store that `--store` names to read it.
 *
 * @throws {UserError} where there is none.
 */
export async function openExistingStore(settings: StoreSettings): Promise<Store> {
  if (!isMongo(settings.store)) await orUserError(requireStore(settings.store));
  return await openedStore(settings);
}

/**
 * Opens the store that `--store` names, and makes its tables where they are missing.
 *
 * @throws {UserError} where it cannot be opened.
 */
export async function openNamedStore(
  settings: StoreSettings,
): Promise<{ readonly store: Store; readonly state: StoreState }> {
  const store = await openedStore(settings);
  try {
    return { store, state: await orUserError(store.init()) };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
