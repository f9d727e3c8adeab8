/** The memory of one network: arrays one after the other, none of which is given back. */
import { RESERVED_BYTES, writeConstants } from "./constants.ts";
import { MEMORY_PAGES_MAX, MEMORY_PAGES_MIN, PAGE_BYTES } from "./limits.ts";

/** Arrays begin on a cache line. */
const ALIGNMENT_BYTES = 64;

/**
 * Grows as arrays are allocated, and is collected together with the last of them.
 *
 * It is a shared memory although no thread shares it: growing it leaves the views that are in use alone, where growing
 * an ordinary one detaches them.
 */
export class Memory {
  /** For the module's import. */
  readonly memory: WebAssembly.Memory;
  /** One object more per growth; they all mean the same bytes. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  #buffer: ArrayBufferLike;
  #usedBytes = RESERVED_BYTES;

  /** Little, with the kernels' constants at its beginning. @throws RangeError when no memory is to be had */
  constructor() {
    this.memory = new WebAssembly.Memory({
      initial: MEMORY_PAGES_MIN,
      maximum: MEMORY_PAGES_MAX,
      shared: true,
    });
    this.#buffer = this.memory.buffer;
    this.#buffers.add(this.#buffer);
    writeConstants(this.#buffer);
  }

  /** An array of zeros. @throws RangeError when the memory is full */
  allocate(length: number): Float64Array {
    const start = this.#take(length, Float64Array.BYTES_PER_ELEMENT);
    return new Float64Array(this.#buffer, start, length);
  }

  /** An array of zeros. @throws RangeError when the memory is full */
  allocateIndices(length: number): Int32Array {
    const start = this.#take(length, Int32Array.BYTES_PER_ELEMENT);
    return new Int32Array(this.#buffer, start, length);
  }

  /** Whether an array lies in it. */
  owns(array: Float64Array | Int32Array): boolean {
    const buffer = array.buffer;
    return buffer === this.#buffer || this.#buffers.has(buffer);
  }

  /** Takes room behind what is in use. @returns where it begins, in bytes */
  #take(length: number, numberBytes: number): number {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new RangeError(`Cannot allocate ${length} numbers: a whole number of them is wanted`);
    }
    const start = this.#usedBytes;
    const end = start + Math.ceil(length * numberBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    const pages = Math.ceil(end / PAGE_BYTES);
    const missing = pages - this.#buffer.byteLength / PAGE_BYTES;
    if (missing > 0) {
      if (pages > MEMORY_PAGES_MAX || !this.#grow(missing)) {
        throw new RangeError(
          `Cannot allocate ${length} numbers in WebAssembly: ${start} bytes of the network's memory are in use, ` +
            `and it ends at ${
              MEMORY_PAGES_MAX * PAGE_BYTES
            }; make the network or the batch smaller, or run it ` +
            `on the kernels in TypeScript`,
        );
      }
    }
    this.#usedBytes = end;
    return start;
  }

  #grow(pages: number): boolean {
    try {
      this.memory.grow(pages);
    } catch {
      return false; // the caller says what could not be allocated
    }
    this.#buffer = this.memory.buffer;
    this.#buffers.add(this.#buffer);
    return true;
  }
}
