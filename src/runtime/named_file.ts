/** Files that a setting names. */
import { UserError } from "./errors.ts";

/**
 * The text of a file that a setting names.
 *
 * @param what What it is, as the message says it: `password file`.
 * @param options What the error has beside its message.
 * @throws {UserError} where it cannot be read
 */
export async function readNamedFile(
  path: string,
  what: string,
  options: { readonly hint?: string; readonly exitCode?: 1 | 2 } = {},
): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new UserError(`cannot read the ${what} ${path}: ${found}`, { ...options, cause: error });
  }
}

/** Its first line: where a secret stands. */
export function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}
