/** The memory of the kernels in WebAssembly: what grows, what stays, what is refused. */
import assert from "node:assert/strict";
import { createKernels } from "../../nn/kernels/create.ts";
import { MEMORY_PAGES_MAX, PAGE_BYTES } from "../../nn/wasm/limits.ts";

Deno.test("allocate() gives zeros, and growing keeps the arrays given before", () => {
  const kernels = createKernels("wasm");
  const first = kernels.allocate(5), indices = kernels.allocateIndices(3);
  first.set([1, 2, 3, 4, 5]);
  indices.set([7, 8, 9]);
  for (let i = 0; i < 20; i++) {
    const more = kernels.allocate(50_000);
    assert.ok(more.length === 50_000 && more.every((number) => number === 0));
    more.fill(-1);
    assert.ok(kernels.owns(more));
  }
  assert.deepEqual([...first], [1, 2, 3, 4, 5]);
  assert.deepEqual([...indices], [7, 8, 9]);
  assert.ok(kernels.owns(first) && kernels.owns(indices) && kernels.owns(first.subarray(1, 2)));
  kernels.activate("relu", first, 5);
  assert.deepEqual([...first], [1, 2, 3, 4, 5]);
});

Deno.test("owns() is about this memory, not another network's", () => {
  const [one, other] = [createKernels("wasm"), createKernels("wasm")];
  assert.ok(!one.owns(other.allocate(1)) && !one.owns(new Float64Array(1)) && !one.owns(new Int32Array(1)));
  assert.ok(one.owns(one.allocate(0)));
  assert.ok(createKernels("typescript").owns(new Float64Array(1)));
});

Deno.test("allocate() refuses what does not fit, says so, and goes on with what does", () => {
  const kernels = createKernels("wasm");
  const tooMany = MEMORY_PAGES_MAX * PAGE_BYTES / Float64Array.BYTES_PER_ELEMENT;
  assert.throws(
    () => kernels.allocate(tooMany),
    (error) => error instanceof RangeError && error.message.includes(`Cannot allocate ${tooMany} numbers`),
  );
  assert.throws(() => kernels.allocateIndices(2 * tooMany), RangeError);
  assert.equal(kernels.allocate(2).length, 2);
  for (const length of [-1, 0.5, NaN, Infinity]) assert.throws(() => kernels.allocate(length), RangeError);
});

Deno.test("allocate() does not touch what the kernels keep for themselves", () => {
  const kernels = createKernels("wasm");
  const values = kernels.allocate(2);
  kernels.allocate(100).fill(NaN);
  kernels.activate("sigmoid", values, 2);
  assert.deepEqual([...values], [0.5, 0.5]);
});

Deno.test("allocate() gives every array a place of its own, none behind or before it touched by another", () => {
  const kernels = createKernels("wasm");
  const lengths = [...Array(40).keys(), 100, 1000, 8191, 8192, 8193];
  const arrays = lengths.flatMap((length) => [kernels.allocate(length), kernels.allocateIndices(length)]);
  arrays.forEach((array, i) => array.fill(i + 1));
  kernels.softmaxRows(kernels.allocate(3), 1, 3);
  arrays.forEach((array, i) => assert.ok(array.every((number) => number === i + 1), `array ${i}`));
});

Deno.test("createKernels() gives those in TypeScript where there is no shared memory, and refuses the others", async () => {
  const url = new URL("../../nn/kernels/create.ts", import.meta.url).href;
  const source = `
    delete globalThis.SharedArrayBuffer;
    const { createKernels } = await import(${JSON.stringify(url)});
    let refusal = null;
    try { createKernels("wasm"); } catch (error) { refusal = [error.name, error.message]; }
    postMessage({ fastest: createKernels("fastest").name, refusal });
  `;
  const script = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  const worker = new Worker(script, { type: "module" });
  try {
    const { fastest, refusal } = await new Promise<{ fastest: string; refusal: string[] }>(
      (resolve, reject) => {
        worker.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
      },
    );
    assert.equal(fastest, "typescript");
    assert.equal(refusal[0], "RangeError");
    assert.match(refusal[1]!, /^Cannot run kernels in WebAssembly/);
  } finally {
    worker.terminate();
    URL.revokeObjectURL(script);
  }
});
