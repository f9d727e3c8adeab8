/** Kernels: the fastest that the runtime has, or those that are named. */
import { WasmKernels } from "../wasm/kernels.ts";
import type { Kernels } from "./kernels.ts";
import { typescriptKernels } from "./typescript.ts";

/** Which kernels: those that are named, or the fastest that the runtime has. */
export type KernelsWanted = "fastest" | Kernels["name"];

/** How kernels are made. */
export interface KernelsOptions {
  /**
   * Multiply and add in one instruction where the runtime has it: faster products, rounded once instead of twice.
   * Their results are no longer the same bits everywhere. Default false.
   */
  readonly fma?: boolean;
}

/**
 * Kernels with a memory of their own.
 *
 * @throws RangeError when "wasm" is wanted, and this runtime has no SIMD in WebAssembly or no memory for it
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const fast = createKernels("fastest"), plain = createKernels("typescript");
 * const [a, b] = [fast, plain].map((kernels) => {
 *   const values = kernels.allocate(3);
 *   values.set([-1, 0.1, 2]);
 *   kernels.activate("sigmoid", values, 3);
 *   return [...values];
 * });
 * assert.deepEqual(a, b);
 * ```
 */
export function createKernels(wanted: KernelsWanted, { fma = false }: KernelsOptions = {}): Kernels {
  if (wanted === "typescript") return typescriptKernels;
  const wasm = WasmKernels.create({ fma });
  if (wasm === null && wanted === "wasm") {
    throw new RangeError(
      "Cannot run kernels in WebAssembly: the runtime has no SIMD, or no memory left; " +
        'ask for "fastest" or "typescript"',
    );
  }
  return wasm ?? typescriptKernels;
}
