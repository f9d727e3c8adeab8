/**
 * Going through JSON text byte by byte, for records that mostly look the same: keys in a known order, texts of printable
 * ASCII without escapes. Whoever scans leaves everything else to `JSON.parse`.
 */

const QUOTE = 34, BACKSLASH = 92;

/** A place in a text, and the texts that come over and over. */
export class TextScan {
  /** The text. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The next byte to look at. */
  at = 0;
  readonly #texts: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[];
  readonly #mask: number;

  /** @param textsCached how many texts are kept at most: a power of two */
  constructor(textsCached: number) {
    this.#texts = new Array(textsCached);
    this.#mask = textsCached - 1;
  }

  /** From the beginning of another text. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
  }

  /** Goes past `expected`, if that is what comes. */
  pass(expected: Uint8Array): boolean {
    const bytes = this.bytes;
    const start = this.at;
    for (let index = 0; index < expected.length; index++) {
      if (bytes[start + index] !== expected[index]) return false;
    }
    this.at = start + expected.length;
    return true;
  }

  /** Goes to the quote that ends a text, or to what must not be in it. @returns a hash of the text */
  passText(): number {
    const bytes = this.bytes;
    let at = this.at;
    let hash = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE || byte < 32 || byte > 126 || byte === BACKSLASH) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.at = at;
    return hash;
  }

  /** The text up to the quote, or to what must not be in it; `null` where it is longer than `charsMax`. */
  text(charsMax: number): string | null {
    const start = this.at;
    const place = this.passText() & this.#mask;
    const known = this.#texts[place];
    if (this.at - start > charsMax) return null;
    if (known !== undefined && this.#isText(known.bytes, start)) return known.text;
    const text = asciiOf(this.bytes, { start, end: this.at });
    // A copy: what Node's Buffer calls a slice is a view, and would keep all that was fetched with it.
    const bytes = new Uint8Array(this.bytes.subarray(start, this.at));
    this.#texts[place] = { bytes, text };
    return text;
  }

  /** Whether the text from `start` to here is `wanted`. */
  #isText(wanted: Uint8Array, start: number): boolean {
    if (wanted.length !== this.at - start) return false;
    const bytes = this.bytes;
    for (let index = 0; index < wanted.length; index++) {
      if (bytes[start + index] !== wanted[index]) return false;
    }
    return true;
  }
}

/** Printable ASCII as a text: for a short one that comes once, sooner than a decoder. */
export function asciiOf(bytes: Uint8Array, { start, end }: { start: number; end: number }): string {
  const { fromCharCode } = String;
  let text = "";
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  }
  for (; at < end; at++) text += fromCharCode(bytes[at]!);
  return text;
}
