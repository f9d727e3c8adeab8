/** Says how many milliseconds it takes until kernels can run: `deno run ready.ts`. */
const beforeImportMs = performance.now();
const { createKernels } = await import("../../../nn/kernels/create.ts");
const importedMs = performance.now();
createKernels("wasm");
const readyMs = performance.now();
console.log(JSON.stringify({ importMs: importedMs - beforeImportMs, buildMs: readyMs - importedMs }));
