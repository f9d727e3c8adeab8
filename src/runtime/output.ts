/** Standard output and error: whole lines, at once, and a reader that went away is no failure. */

const encoder = new TextEncoder();

/** What takes bytes at once. */
export interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes all of `text`.
 *
 * @returns `false` where the reader has gone away (a closed pipe).
 */
export function writeAllSync(writer: SyncWriter, text: string): boolean {
  const bytes = encoder.encode(text);
  try {
    for (let written = 0; written < bytes.length;) written += writer.writeSync(bytes.subarray(written));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
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
    open = writeAllSync(writer, `${line}\n`);
    if (!open) onClosed();
  };
}
