/** What the kernels in WebAssembly may not exceed, with units. */

/** Bytes in one page of WebAssembly memory. */
export const PAGE_BYTES = 65_536;

/** Pages of one network's memory: 4 GiB, all that 32-bit addresses reach; taken only as they are used. */
export const MEMORY_PAGES_MAX = 65_536;

/**
 * Pages that every memory has from the beginning. The compiler knows: it need not check an address that is a
 * constant (all of ./constants.ts), nor the offset behind one that is not.
 */
export const MEMORY_PAGES_MIN = 1;
