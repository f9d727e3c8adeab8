/** Real data that others collected, beside the repository: not shipped, and not everywhere. */
import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";

/** A file or folder of `../shared/data`; `null` where it is missing, and a line says what is ignored then. */
export function sharedFile(name: string): string | null {
  const path = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
  if (existsSync(path)) return path;
  console.log(`ignored: there is no ../shared/data/${name}`);
  return null;
}
