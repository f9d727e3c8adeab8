/** What the kernels in WebAssembly may not exceed, with units. */

/** Bytes in one page of WebAssembly memory. */
export const PAGE_BYTES = 65_536;

/** Pages of one network's memory: 4 GiB, all that 32-bit addresses reach; taken only as they are used. */
export const MEMORY_PAGES_MAX = 65_536;
