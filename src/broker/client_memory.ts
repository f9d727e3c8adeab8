/** What all connections hold in memory together, and who has to go when it is too much. */

/** Whoever holds memory for a client. */
export interface Holder {
  /** Gives all of it back, now. */
  evict(reason: string): void;
}

/** Bytes by holder: past the limit whoever holds most goes, so that one client's cost is its own. */
export class ClientMemory {
  readonly #bytesMax: number;
  readonly #held = new Map<Holder, number>();
  #sizeBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that are held. */
  get heldBytes(): number {
    return this.#sizeBytes;
  }

  /** Bytes that may be held beside those that are. */
  get freeBytes(): number {
    return Math.max(0, this.#bytesMax - this.#sizeBytes);
  }

  /** Sets what a holder holds; 0: nothing. */
  set(holder: Holder, sizeBytes: number): void {
    this.#sizeBytes += sizeBytes - (this.#held.get(holder) ?? 0);
    if (sizeBytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, sizeBytes);
    while (this.#sizeBytes > this.#bytesMax) this.#evictLargest();
  }

  #evictLargest(): void {
    let largest: Holder | null = null;
    let most = 0;
    for (const [holder, sizeBytes] of this.#held) {
      if (sizeBytes > most) [largest, most] = [holder, sizeBytes];
    }
    if (largest === null) return;
    const all = this.#sizeBytes;
    this.set(largest, 0);
    largest.evict(
      `it held ${most} of ${all} bytes of requests and answers, the most of all; ${this.#bytesMax} may be held in all`,
    );
  }
}
