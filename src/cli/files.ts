/** Files that a command reads and writes: what is looked at before the work begins. */
import { dirname, resolve } from "node:path";
import { UserError } from "../runtime/errors.ts";
import { refusalOf } from "../runtime/save_file.ts";

/**
 * Looks whether the files that a long work writes at its end have a folder, and are no folders themselves.
 *
 * @param files flag → file, `undefined` where none is asked for
 * @throws {UserError} (exit code 2) for the first that cannot be written
 */
export async function requireWritable(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [flag, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const folder = dirname(file);
    const kind = await refusalOf(file).catch(() => null);
    if (kind !== null) {
      throw new UserError(`Cannot write ${file}: it is a ${kind}`, {
        hint: `name a file with ${flag}`,
        exitCode: 2,
      });
    }
    // A device's folder is closed to this program; the device itself is not, if it came so far.
    if (folder.startsWith("/dev")) continue;
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
  const same = Object.keys(read).find((key) => read[key] !== undefined && isSameFile(read[key], file));
  if (same === undefined) return;
  throw new UserError(`${same} and ${flag} name the same file: ${file}`, {
    hint: `name another file with ${flag}: it is written`,
    exitCode: 2,
  });
}

/** By name, or behind links. */
function isSameFile(a: string, b: string): boolean {
  if (resolve(a) === resolve(b)) return true;
  try {
    const [one, other] = [Deno.statSync(a), Deno.statSync(b)];
    return one.isFile && one.ino !== null && one.dev === other.dev && one.ino === other.ino;
  } catch {
    return false; // what is not there is no other file's name
  }
}
