/** What the fast kernels may not exceed, with units; a network beyond runs on the kernels in TypeScript. */

/** Bytes in one page of WebAssembly memory. */
export const PAGE_BYTES = 65_536;

/** Pages of one network's memory: 2 GiB. */
export const MEMORY_PAGES_MAX = 32_768;
