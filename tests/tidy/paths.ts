/** Paths for the tests of style: `node:path` with forward slashes. */
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

/** A file URL as a path with forward slashes. */
export function fromFileUrl(url: URL): string {
  return fileURLToPath(url).replaceAll("\\", "/");
}

/** Where `to` is, seen from `from`. */
export function relative(from: string, to: string): string {
  return posix.relative(from, to);
}

/** The file that an import specifier names, seen from the importing file; `null` for packages. */
export function resolveImport(importer: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return posix.normalize(posix.join(posix.dirname(importer), specifier));
}
