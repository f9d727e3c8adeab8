/** Files that a command reads and writes: what is looked at before the work begins. */
import { dirname, resolve } from "node:path";
import { UserError } from "../runtime/errors.ts";

/**
 * Looks for the folders of the files that a long work writes at its end.
 *
 * @param files flag → file, `undefined` where none is asked for
 * @throws {UserError} (exit code 2) for the first that has no folder
 */
export async function requireFolders(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [flag, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const folder = dirname(file);
    const found = await Deno.stat(folder).catch(() => undefined);
    if (found?.isDirectory) continue;
    throw new UserError(`Cannot write ${file}: there is no folder ${folder}`, {
      hint: `make it, or name another file with ${flag}`,
      exitCode: 2,
    });
  }
}

/**
 * Refuses to write over what is read.
 *
 * @param written flag and file
 * @param read flag → file, `undefined` where none is named
 * @throws {UserError} (exit code 2)
 */
export function refuseOverwriting(
  [flag, file]: readonly [string, string],
  read: Readonly<Record<string, string | undefined>>,
): void {
  const same = Object.keys(read).find((key) =>
    read[key] !== undefined && resolve(read[key]) === resolve(file)
  );
  if (same === undefined) return;
  throw new UserError(`${same} and ${flag} name the same file: ${file}`, {
    hint: `name another file with ${flag}: it is written`,
    exitCode: 2,
  });
}
