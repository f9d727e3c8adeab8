/** Counts by name, in bounded memory. Pure. */

/** How many names are counted separately, and what all later ones are called. */
export interface NameCountsOptions {
  readonly max: number;
  readonly others: string;
}

/** How often each name came. */
export class NameCounts {
  readonly #options: NameCountsOptions;
  readonly #counts = new Map<string, number>();

  constructor(options: NameCountsOptions) {
    this.#options = options;
  }

  /** Counts a name. */
  add(name: string): void {
    const { max, others } = this.#options;
    const counted = this.#counts.has(name) || this.#counts.size < max ? name : others;
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
  }

  /** Counts from nothing. */
  clear(): void {
    this.#counts.clear();
  }

  /** By name, most first. */
  descending(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([, a], [, b]) => b - a));
  }
}
