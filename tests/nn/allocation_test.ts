/** An answer to one record allocates nothing: the heap does not grow over many calls. */
import assert from "node:assert/strict";
import {
  createNetwork,
  createStream,
  denseSpec,
  type NetworkSpec,
  predictOne,
  predictOneSparse,
  Random,
  sparseRows,
} from "../../nn/mod.ts";

const DENSE = denseSpec({
  ...{ inputs: 40, hidden: [16, 8], outputs: 5, activation: "relu", outputActivation: "softmax" },
});
const LSTM: NetworkSpec = {
  inputs: 3,
  steps: 4,
  layers: [{ kind: "lstm", units: 8 }, { kind: "lstm", units: 8 }, {
    kind: "dense",
    units: 1,
    activation: "identity",
  }],
};
const CALLS = 500;
const SAMPLES = 60;
/** A number or an object takes 12 at least. */
const BYTES_PER_CALL_MAX = 4;

/** The middle of many samples, as the collector and the compiler run in some of them. */
function bytesPerCall(call: () => void): number {
  for (let i = 0; i < 20_000; i++) call();
  const samples = new Float64Array(SAMPLES);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i++) call();
    samples[sample] = (Deno.memoryUsage().heapUsed - before) / CALLS;
  }
  return samples.sort()[SAMPLES >> 1]!;
}

const random = new Random(1);
const x = Float64Array.from({ length: 40 }, (_, i) => i % 3 === 0 ? random.normal() : 0);
const dense = createNetwork(DENSE, random, { kernels: "wasm" });
const lstm = createNetwork(LSTM, random, { kernels: "wasm" });
const rows = sparseRows(x, 40);
const stream = createStream(lstm), state = stream.createState();

const CALLS_OF: Readonly<Record<string, () => void>> = {
  "predictOne() of dense layers": () => predictOne(dense, x, 0),
  "predictOneSparse()": () => predictOneSparse(dense, rows),
  "predictOne() of LSTM layers": () => predictOne(lstm, x, 0),
  "step() of LSTM layers": () => stream.step(state, x, 0),
};

/** The compiler works beside the program, and on a busy machine late: until it is done, numbers are boxed. */
const ATTEMPTS = 50;

for (const [name, call] of Object.entries(CALLS_OF)) {
  Deno.test(`${name} allocates nothing in WebAssembly`, async () => {
    let found = bytesPerCall(call);
    for (let attempt = 1; found > BYTES_PER_CALL_MAX && attempt < ATTEMPTS; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      found = bytesPerCall(call);
    }
    assert.ok(found <= BYTES_PER_CALL_MAX, `${found} bytes a call`);
  });
}

Deno.test("what counts the bytes sees an array of two numbers", () => {
  let last = new Float64Array(0);
  const found = bytesPerCall(() => {
    last = new Float64Array(2);
  });
  assert.equal(last.length, 2);
  assert.ok(found >= 16, `${found} bytes a call`);
});
