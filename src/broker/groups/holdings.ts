/** What all groups of a broker hold together: clients name as many groups as they like. */

/** Limits of all groups together. */
export interface HoldingsLimits {
  /** What members bring: offers, assignments, names. */
  readonly memberBytesMax: number;
  /** Ids that were given out and not used yet. */
  readonly pendingIdsMax: number;
}

/** Counts what groups hold. */
export class Holdings {
  readonly #limits: HoldingsLimits;
  #sizeBytes = 0;
  /** Ids that were given out, the oldest first, and until when each may be used, in its group's own list. */
  readonly #pending = new Map<string, Map<string, number>>();

  constructor(limits: HoldingsLimits) {
    this.#limits = limits;
  }

  /** Bytes that members hold. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Ids that were given out and not used yet. */
  get pendingIds(): number {
    return this.#pending.size;
  }

  /** Whether so many bytes more may be held. */
  mayHold(sizeBytes: number): boolean {
    return this.#sizeBytes + sizeBytes <= this.#limits.memberBytesMax;
  }

  hold(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
  }

  /**
   * Notes an id in its group's list, which holds `ownMax` at most. Past a limit the oldest is evicted: its client
   * asks for another.
   */
  addPending(
    own: Map<string, number>,
    { id, untilMs, ownMax }: { id: string; untilMs: number; ownMax: number },
  ): void {
    own.set(id, untilMs);
    this.#pending.set(id, own);
    if (own.size > ownMax) this.#deleteFirst(own.keys(), own);
    if (this.#pending.size > this.#limits.pendingIdsMax) this.#deleteFirst(this.#pending.keys());
  }

  #deleteFirst(ids: Iterable<string>, own?: Map<string, number>): void {
    for (const id of ids) return void this.deletePending(own ?? this.#pending.get(id)!, id);
  }

  /** Forgets an id; whether it was known. */
  deletePending(own: Map<string, number>, id: string): boolean {
    if (!own.delete(id)) return false;
    this.#pending.delete(id);
    return true;
  }
}
