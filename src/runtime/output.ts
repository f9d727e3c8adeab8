/** Standard output and error: whole lines, harmless, at once, and a reader that went away is no failure. */
import { UserError } from "./errors.ts";
import { harmless, harmlessLine, wrapWords } from "./harmless.ts";

const encoder = new TextEncoder();

/** What takes bytes at once. */
export interface SyncWriter {
  /** Writes some of the bytes. @returns how many */
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes all of `text`.
 *
 * @returns `false` where the reader has gone away (a closed pipe), and where standard error takes nothing: that
 *   could be said nowhere.
 * @throws {UserError} where standard output takes nothing (a full disk)
 */
export function writeAllSync(writer: SyncWriter, text: string): boolean {
  const bytes = encoder.encode(text);
  try {
    for (let written = 0; written < bytes.length;) written += writer.writeSync(bytes.subarray(written));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe || writer === Deno.stderr) return false;
    if (writer !== Deno.stdout) throw error;
    throw new UserError(
      `Cannot write to standard output: ${error instanceof Error ? error.message : error}`,
      {
        hint: "write to a file on a disk with free space, or to a program that keeps reading",
        cause: error,
      },
    );
  }
}

/** Gives the terminal back as it was: main screen, cursor and line wrap; for an end without farewell. */
export function restoreTerminal(): void {
  const terminal = [Deno.stderr, Deno.stdout].find((stream) => stream.isTerminal());
  if (terminal !== undefined) writeAllSync(terminal, "\x1b[?1049l\x1b[?25h\x1b[?7h");
}

/** A writer of lines; calls `onClosed` once when nobody reads them any more, and drops what follows. */
export function createLineWriter(writer: SyncWriter, onClosed: () => void): (line: string) => void {
  let open = true;
  return (line) => {
    if (!open) return;
    open = writeAllSync(writer, `${harmlessLine(line)}\n`);
    if (!open) onClosed();
  };
}

/** How messages are laid out. */
export interface MessageLayout {
  /** Cells of the terminal; `null` where there is none: lines stay as long as they are. */
  readonly columns: number | null;
}

/** Cells of standard error's terminal; `null` where it is none. */
export function messageColumns(): number | null {
  if (!Deno.stderr.isTerminal()) return null;
  try {
    return Deno.consoleSize().columns;
  } catch {
    return null; // no size, as on a serial line
  }
}

/**
 * A message for people as it is written: harmless, between words where it does not fit; lines after the first are
 * indented, so that nothing inside of a message looks like another one. `lead` stands before it and may have colours,
 * `leadWidth` are its cells.
 */
export function layOut(
  message: string,
  { columns, lead = "", leadWidth = 0 }: MessageLayout & {
    readonly lead?: string;
    readonly leadWidth?: number;
  },
): string {
  const text = harmless(message);
  const indent = 4;
  const room = columns === null ? Infinity : Math.max(20, columns - Math.max(indent, leadWidth) - 1);
  const lines = text.split("\n").map((line, number) => {
    // What is indented on purpose, a pointer below a word, stays where it is.
    const at = number > 0 && /^ {2}(?! *hint:)/.test(line) ? "" : " ".repeat(indent);
    return (number === 0 ? "" : at) + wrapWords(line, room).join(`\n${at}`);
  });
  return lead + lines.join("\n");
}
