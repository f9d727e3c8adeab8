/** Memory mode: the bytes that all logs of a broker may hold together, and who gives some back when that is full. */
import { MEMORY_BYTES_MAX, MEMORY_SEGMENT_BYTES_MAX, MEMORY_SEGMENT_BYTES_MIN } from "./limits.ts";

/** A log in memory. */
export interface MemoryHolder {
  /** Bytes that it holds. */
  readonly heldBytes: number;
  /** Lets go of its oldest segment. */
  dropOldest(): void;
}

/**
 * One budget for all logs. When it is full, the log that holds most loses its oldest records: a busy topic makes room
 * for itself, and a small one (models, dead letters) keeps what it has.
 */
export class MemoryBudget {
  readonly bytesMax: number;
  readonly #holders = new Set<MemoryHolder>();
  #usedBytes = 0;

  constructor(bytesMax = MEMORY_BYTES_MAX) {
    this.bytesMax = bytesMax;
  }

  /** Bytes that are held. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What a segment may hold: a fraction of a log's fair share, as a log loses one at a time. */
  get segmentBytesMax(): number {
    const share = this.bytesMax / Math.max(1, this.#holders.size);
    return Math.max(MEMORY_SEGMENT_BYTES_MIN, Math.min(MEMORY_SEGMENT_BYTES_MAX, Math.floor(share / 8)));
  }

  join(holder: MemoryHolder): void {
    this.#holders.add(holder);
  }

  leave(holder: MemoryHolder): void {
    this.#holders.delete(holder);
  }

  /** Notes that so many bytes more are held; or fewer. */
  count(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Makes room for `bytes`, as far as logs hold something. Large logs go first, those half as large with them. */
  makeRoom(bytes: number): void {
    while (this.#usedBytes + bytes > this.bytesMax) {
      const before = this.#usedBytes;
      let largest = 0;
      for (const { heldBytes } of this.#holders) largest = Math.max(largest, heldBytes);
      for (const holder of this.#holders) {
        if (this.#usedBytes + bytes <= this.bytesMax) return;
        if (holder.heldBytes > 0 && 2 * holder.heldBytes >= largest) holder.dropOldest();
      }
      if (this.#usedBytes === before) return;
    }
  }
}
