/** Ids that were seen, in bounded memory: two generations, of which the older one is evicted. */

/** A set that knows at least the last `limit` ids, and at most twice as many. */
export class RecentIds {
  readonly #limit: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #forgot = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `true` as long as no id was evicted: then every repetition was noticed. */
  get complete(): boolean {
    return !this.#forgot;
  }

  /** Whether the id is among those that are remembered. */
  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  /** Remembers an id. @returns `false` where it was known already */
  add(id: string): boolean {
    if (this.has(id)) return false;
    if (this.#young.size >= this.#limit) {
      if (this.#old.size > 0) this.#forgot = true;
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(id);
    return true;
  }
}
