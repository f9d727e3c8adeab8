/** The kernels in TypeScript: the reference, and what runs where WebAssembly's SIMD does not. */
import type { Kernels } from "./kernels.ts";
import { activate, activationBackward, adamStep, softmaxRows, sumColumns, transpose } from "./elements.ts";
import { lstmStep, lstmStepBackward } from "./lstm.ts";
import { multiply } from "./product.ts";
import { multiplySparse, multiplySparseTransposed } from "./sparse.ts";

/** The kernels in TypeScript; their arrays are ordinary ones, and their memory is the runtime's. */
export const typescriptKernels: Kernels = {
  name: "typescript",
  allocate: (length) => new Float64Array(length),
  allocateIndices: (length) => new Int32Array(length),
  owns: () => true,
  ...{ multiply, multiplySparse, multiplySparseTransposed, sumColumns, transpose },
  ...{ activate, activationBackward, softmaxRows, lstmStep, lstmStepBackward, adamStep },
};
