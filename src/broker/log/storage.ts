/** Where the bytes of a segment are: in a file ({@linkcode AppendFile}), or in memory. */
import { ARENA_BYTES_MAX, ARENA_BYTES_MIN } from "./limits.ts";
import type { MemoryBudget } from "./memory_budget.ts";

/** Bytes that grow at the end. Positions count from the first byte. Files throw StorageError. */
export interface SegmentStorage {
  readonly sizeBytes: number;
  /** Adds all of it, or throws and adds nothing. */
  append(bytes: Uint8Array): void;
  /** At most `length` bytes from `position`. Memory gives what lies in one piece there, which is whole appends. */
  read(position: number, length: number): Uint8Array;
  /** Forgets everything from `sizeBytes` on. */
  truncate(sizeBytes: number): void;
  /** Forces what was appended to the disk. */
  sync(): void;
  /** Gives the file handle back; the next use opens it again. */
  close(): void;
  /** Closes it and deletes what it holds. */
  remove(): void;
}

interface Arena {
  readonly position: number;
  readonly bytes: Uint8Array;
  used: number;
}

/** Memory in pieces; what one append brought never lies in two. */
export class MemoryStorage implements SegmentStorage {
  readonly #budget: MemoryBudget;
  readonly #firstArenaBytes: number;
  #arenas: Arena[] = [];
  #sizeBytes = 0;
  #heldBytes = 0;

  /** `expectedBytes`: what is likely to come, so that a busy log begins with large pieces. */
  constructor(budget: MemoryBudget, expectedBytes = 0) {
    this.#budget = budget;
    this.#firstArenaBytes = Math.max(ARENA_BYTES_MIN, Math.min(ARENA_BYTES_MAX, expectedBytes));
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Bytes of memory, used or not. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#budget.count(bytes);
  }

  /** Bytes of memory that an append of `length` bytes takes. */
  growthFor(length: number): number {
    const arena = this.#arenas.at(-1);
    if (arena !== undefined && arena.used + length <= arena.bytes.length) return 0;
    const grown = arena === undefined
      ? this.#firstArenaBytes
      : Math.min(ARENA_BYTES_MAX, 2 * arena.bytes.length);
    return Math.max(grown, length);
  }

  append(bytes: Uint8Array): void {
    let arena = this.#arenas.at(-1);
    const growth = this.growthFor(bytes.length);
    if (arena === undefined || growth > 0) {
      arena = { position: this.#sizeBytes, bytes: new Uint8Array(growth), used: 0 };
      this.#arenas.push(arena);
      this.#hold(growth);
    }
    arena.bytes.set(bytes, arena.used);
    arena.used += bytes.length;
    this.#sizeBytes += bytes.length;
  }

  read(position: number, length: number): Uint8Array {
    let low = 0;
    let high = this.#arenas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#arenas[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    const arena = this.#arenas[low - 1];
    if (arena === undefined) return new Uint8Array(0);
    const start = position - arena.position;
    return arena.bytes.subarray(start, Math.min(arena.used, start + length));
  }

  truncate(sizeBytes: number): void {
    this.#arenas = this.#arenas.filter((arena) => arena.position < sizeBytes);
    this.#hold(this.#arenas.reduce((sum, { bytes }) => sum + bytes.length, 0) - this.#heldBytes);
    const last = this.#arenas.at(-1);
    if (last !== undefined) last.used = Math.min(last.used, sizeBytes - last.position);
    this.#sizeBytes = sizeBytes;
  }

  sync(): void {}

  close(): void {}

  remove(): void {
    this.#arenas = [];
    this.#sizeBytes = 0;
    this.#hold(-this.#heldBytes);
  }
}
