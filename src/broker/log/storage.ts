/** Where the bytes of a segment are: in a file ({@linkcode AppendFile}), or in memory. */
import { ARENA_BYTES_MAX, ARENA_BYTES_MIN } from "./limits.ts";

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
  #arenas: Arena[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(bytes: Uint8Array): void {
    let arena = this.#arenas.at(-1);
    if (arena === undefined || arena.used + bytes.length > arena.bytes.length) {
      const grown = arena === undefined ? ARENA_BYTES_MIN : Math.min(ARENA_BYTES_MAX, 2 * arena.bytes.length);
      const piece = new Uint8Array(Math.max(grown, bytes.length));
      arena = { position: this.#sizeBytes, bytes: piece, used: 0 };
      this.#arenas.push(arena);
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
    const last = this.#arenas.at(-1);
    if (last !== undefined) last.used = Math.min(last.used, sizeBytes - last.position);
    this.#sizeBytes = sizeBytes;
  }

  sync(): void {}

  close(): void {}

  remove(): void {
    this.#arenas = [];
    this.#sizeBytes = 0;
  }
}
