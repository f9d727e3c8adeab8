/** The file that remembers where a log begins, after records were deleted from its front. */
import { readIfThere, replaceFile } from "../store/append_file.ts";
import { decodeFrames, encodeFrame } from "../store/frames.ts";

const LOG_START_FILE = "log-start-offset";

/** Remembers the start of the log in a directory. @throws {StorageError} */
export function writeLogStart(directory: string, offset: number): void {
  replaceFile(`${directory}/${LOG_START_FILE}`, encodeFrame({ kind: LOG_START_FILE, offset }));
}

/** What the file of the log's start says; where it is damaged, the log begins with its first record, and that is noted. */
export function readLogStart(directory: string, notes: string[]): number {
  const path = `${directory}/${LOG_START_FILE}`;
  const bytes = readIfThere(path);
  let start: number | null = null;
  decodeFrames(bytes, ({ offset }) => start = offset as number);
  if (start !== null || bytes.length === 0) return start ?? 0;
  // Before there were frames, it was a line of text.
  const [line] = /^\d{1,15}(?=\n$)/.exec(new TextDecoder().decode(bytes)) ?? [];
  if (line === undefined) notes.push(`${path} is damaged: records that were deleted may be there again`);
  return Number(line ?? 0);
}
