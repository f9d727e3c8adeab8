/** Data sets of the catalogue by name, and their sizes for people. */
import { CATALOG } from "../../datasets/catalog/catalog.ts";
import type { CatalogEntry } from "../../datasets/catalog/entry.ts";
import { UserError } from "../../runtime/errors.ts";
import { nearest } from "../../runtime/suggest.ts";

/** @throws {UserError} (exit code 2) for a name that is none */
export function entryOf(name: string): CatalogEntry {
  const found = CATALOG.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, CATALOG.map(({ name }) => name));
  throw new UserError(`there is no data set '${name}'`, {
    hint: near === undefined ? "'streamflow datasets list' shows what there is" : `did you mean '${near}'?`,
    exitCode: 2,
  });
}

/** `34 MB`, `0.4 MB`; `~` where the size of some file is not known. */
export function sizeText({ bytes, files }: Pick<CatalogEntry, "bytes" | "files">): string {
  const mb = bytes / 1e6;
  return `${files.some(({ bytes }) => bytes === undefined) ? "~" : ""}${
    mb < 10 ? mb.toFixed(1) : mb.toFixed(0)
  } MB`;
}

/** Command lines that use a data set whose files are in a folder. */
export function useLines({ use }: CatalogEntry, folder: string): string[] {
  return use.map((line) => `streamflow ${line.replaceAll("FOLDER", folder)}`);
}
