/**
 * Standard streams by the paths that systems give them. The program may open files, but no devices: what these paths
 * name is open already.
 */

const STANDARD = /^\/(?:dev\/(?:std(in|out|err)|fd\/([012]))|proc\/self\/fd\/([012]))$/;

/** Whether a path is this process's standard input; so is `-`. */
export function isStandardInput(path: string): boolean {
  return path === "-" || numberOf(path) === 0;
}

/** The stream that a path names: standard output or error; `null` for any other path. */
export function standardOutput(path: string): typeof Deno.stdout | typeof Deno.stderr | null {
  const number = numberOf(path);
  return number === 1 ? Deno.stdout : number === 2 ? Deno.stderr : null;
}

function numberOf(path: string): number | null {
  const [found, name, device, process] = STANDARD.exec(path) ?? [];
  if (found === undefined) return null;
  return name === undefined ? Number(device ?? process) : ["in", "out", "err"].indexOf(name);
}

/** Why a file could not be opened, for people. */
export function openingFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.NotCapable) return `it is a ${CLOSED}`;
  return error instanceof Error ? error.message : String(error);
}

/** What a path is that the program has no right to. */
export const CLOSED = "device or file of the system, which this program has no right to";
