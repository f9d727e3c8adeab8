/**
 * Ids of rows: unique in all files, the same when the same file is read again, in constant memory and without knowing
 * what follows. An id has the row's number and a hash of the file's path and of all rows up to it: two files differ in
 * their path, what comes from standard input in its content, rows of the same content in their number.
 */
import { basename, resolve } from "node:path";

/** Longest part of an id that is for people. */
const STEM_CHARS_MAX = 40;
/** 8 characters of base 36: two files of one name agree at a row once in 2.8 × 10¹² times. */
const HASH_CHARS = 8;

/** Numbers the rows of one pass. */
export class RowIds {
  readonly #stem: string;
  // The state of cyrb53 (public domain): two sums of 32 bits, each changed by every character.
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;

  /** @param path `-` = standard input, whose content alone counts */
  constructor(path: string) {
    this.#stem = stemOf(path);
    this.#add(path === "-" ? "-" : resolve(path));
  }

  /** The id of the next row. @param number of the row, from 1 @param content all that the row holds */
  next(number: number, content: string): string {
    this.#add(content);
    const hash = (this.#b >>> 0) % 2 ** 21 * 2 ** 32 + (this.#a >>> 0);
    return `${this.#stem}-${number}-${hash.toString(36).slice(-HASH_CHARS).padStart(HASH_CHARS, "0")}`;
  }

  #add(text: string): void {
    let [a, b] = [this.#a, this.#b];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 2_654_435_761);
      b = Math.imul(b ^ code, 1_597_334_677);
    }
    // The end of a text counts, too: "ab", "c" is not "a", "bc".
    a = Math.imul(a ^ a >>> 16, 2_246_822_507) ^ Math.imul(b ^ b >>> 13, 3_266_489_909);
    b = Math.imul(b ^ b >>> 16, 2_246_822_507) ^ Math.imul(a ^ a >>> 13, 3_266_489_909);
    [this.#a, this.#b] = [a, b];
  }
}

/** A file's name without its endings: what its rows are called, and its only source. */
export function stemOf(path: string): string {
  if (path === "-") return "stdin";
  const stem = basename(path).replace(/\.gz$/i, "").replace(/\.[^.]+$/, "");
  return [...stem].slice(0, STEM_CHARS_MAX).join("") || "csv";
}
