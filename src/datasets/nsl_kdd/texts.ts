/** Texts that occur again and again in bytes: each is decoded once. */

/** The texts met so far, by their bytes. */
export class Texts {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #places = new Map<number, number>();
  readonly #bytes: Uint8Array[] = [];
  /** In the order in which they were met. */
  readonly texts: string[] = [];

  /**
   * Place in `texts` of the text that stands there.
   *
   * @throws {TypeError} for bytes that are not UTF-8.
   */
  place(bytes: Uint8Array, start: number, end: number): number {
    let key = end - start;
    for (let at = start; at < end; at++) key = Math.imul(key, 31) + bytes[at]! | 0;
    // Two texts of one key: the later one takes the next key that is free.
    for (;; key = key + 1 | 0) {
      const place = this.#places.get(key);
      if (place === undefined) return this.#add(key, bytes.slice(start, end));
      if (isSame(this.#bytes[place]!, bytes, start, end)) return place;
    }
  }

  #add(key: number, bytes: Uint8Array): number {
    const place = this.texts.push(this.#decoder.decode(bytes)) - 1;
    this.#bytes.push(bytes);
    this.#places.set(key, place);
    return place;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}
