/**
 * Ids of rows: unique in all files, the same when the same file is read again, in constant memory and without knowing
 * what follows. An id has the row's number and a hash of the file's path and of all rows up to it: two files differ in
 * their path, what comes from standard input in its content, rows of the same content in their number.
 */
import { basename, resolve } from "node:path";
import { TextHash } from "./text_hash.ts";

/** Longest part of an id that is for people. */
const STEM_CHARS_MAX = 40;
/** Numbers the rows of one pass. */
export class RowIds {
  readonly #stem: string;
  readonly #hash = new TextHash();

  /** @param path `-` = standard input, whose content alone counts */
  constructor(path: string) {
    this.#stem = stemOf(path);
    this.#hash.add(path === "-" ? "-" : resolve(path));
  }

  /** The id of the next row. @param number of the row, from 1 @param content all that the row holds */
  next(number: number, content: string): string {
    return `${this.#stem}-${number}-${this.#hash.add(content).digits}`;
  }
}

/** A file's name without its endings: what its rows are called, and its only source. */
export function stemOf(path: string): string {
  if (path === "-") return "stdin";
  const stem = basename(path).replace(/\.gz$/i, "").replace(/\.[^.]+$/, "");
  return [...stem].slice(0, STEM_CHARS_MAX).join("") || "csv";
}
