/** Names of sources by their bytes: a text is made of a name once, and not for every row. */

/** The hash table doubles when it is half full. */
const SLOTS_FIRST = 256;

/** Finds the numbers of names. */
export class SourceBytes {
  readonly #numberOf: (name: string) => number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #names: { readonly bytes: Uint8Array; readonly hash: number; readonly number: number }[] = [];
  /** Place in `#names` and one; 0 = free. */
  #slots = new Int32Array(SLOTS_FIRST);

  /** @param numberOf the number of a name that is new here */
  constructor(numberOf: (name: string) => number) {
    this.#numberOf = numberOf;
  }

  /** The number of the name in `bytes[start … end)`; −1 for one that is empty, or has blanks or letters beyond ASCII. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return -1;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ hash >>> 15) & mask;
    for (;; slot = (slot + 1) & mask) {
      const place = this.#slots[slot]!;
      if (place === 0) return this.#add(bytes.slice(start, end), hash);
      const known = this.#names[place - 1]!;
      if (known.hash === hash && isSame(known.bytes, bytes, start, end)) return known.number;
    }
  }

  #add(bytes: Uint8Array, hash: number): number {
    const isPrintable = bytes.every((byte) => byte > 0x20 && byte < 0x7f);
    if (!isPrintable) return -1;
    const number = this.#numberOf(this.#decoder.decode(bytes));
    this.#names.push({ bytes, hash, number });
    const { length } = this.#names;
    if (2 * length > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let place = 1; place < length; place++) this.#put(place);
    }
    this.#put(length);
    return number;
  }

  #put(place: number): void {
    const { hash } = this.#names[place - 1]!;
    const mask = this.#slots.length - 1;
    let slot = (hash ^ hash >>> 15) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = place;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
