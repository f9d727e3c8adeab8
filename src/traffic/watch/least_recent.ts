/** A bounded memory: what was not used for longest is forgotten first. */

/** A map that forgets. Its order is that of the last use, so that `entries()` restores it as it was. */
export class LeastRecent<V> {
  /** How many were evicted for want of room. */
  forgotten: number;
  readonly #max: number;
  readonly #entries: Map<string, V>;

  /** `entries` as {@linkcode LeastRecent.entries} gave them. */
  constructor(max: number, { entries = [], forgotten = 0 }: {
    readonly entries?: Iterable<readonly [string, V]>;
    readonly forgotten?: number;
  } = {}) {
    this.#max = max;
    this.#entries = new Map(entries);
    this.forgotten = forgotten;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** What is kept under the key, used now. */
  use(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Keeps it, used now. @returns what was forgotten for it */
  keep(key: string, value: V): V | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#max) return undefined;
    this.forgotten++;
    return this.dropOldest();
  }

  /** What was not used for longest. */
  oldest(): V | undefined {
    return this.#entries.values().next().value;
  }

  /** Takes out what was not used for longest. */
  dropOldest(): V | undefined {
    for (const [key, value] of this.#entries) {
      this.#entries.delete(key);
      return value;
    }
    return undefined;
  }

  /** Looks without using. */
  peek(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /** Takes it out. */
  drop(key: string): void {
    this.#entries.delete(key);
  }

  /** All of them, the one not used for longest first. */
  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries();
  }
}
