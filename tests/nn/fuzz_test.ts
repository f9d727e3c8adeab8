/**
 * Model files with something changed: they are read, or refused with an error of the reader's own. Never another
 * error, never an array that the file does not justify.
 *
 * STREAMFLOW_TEST_FUZZ=100000 sets the number of changed files of each kind.
 */
import assert from "node:assert/strict";
import {
  createNetwork,
  decodeSafetensors,
  denseSpec,
  encodeSafetensors,
  networkFromTensors,
  Random,
  SafetensorsError,
  tensorsOf,
} from "../../nn/mod.ts";
import { decodeOnnx, followGraph, OnnxError } from "../../nn/onnx/mod.ts";
import { FUZZ_ROUNDS, readMutated } from "../support/mutate.ts";

/** An error of the reader's own, or a network that is not possible. */
function isOwn(error: unknown): boolean {
  return error instanceof OnnxError || error instanceof SafetensorsError ||
    (error instanceof RangeError && error.message.startsWith("Cannot "));
}

Deno.test("decodeOnnx() and followGraph() of changed files give a network or an OnnxError", () => {
  const folder = new URL("../golden/onnx/", import.meta.url);
  const seeds = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".onnx"))
    .map(({ name }) => name).sort().map((name) => Deno.readFileSync(new URL(name, folder)));
  assert.ok(seeds.length >= 10);
  const read = (bytes: Uint8Array) => {
    const { spec, parameters, center, scale } = followGraph(decodeOnnx(bytes));
    assert.ok(parameters.every(Number.isFinite));
    assert.equal(center.length, spec.steps * spec.inputs);
    assert.ok(scale.every((x) => x > 0));
  };
  const reads = readMutated(seeds, { read, expected: isOwn });
  assert.ok(reads > FUZZ_ROUNDS / 100 && reads < FUZZ_ROUNDS, `${reads} of ${FUZZ_ROUNDS} could be read`);
});

Deno.test("decodeSafetensors() and networkFromTensors() of changed files give a network or a SafetensorsError", () => {
  const spec = denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" });
  const tensors = tensorsOf(createNetwork(spec, new Random(1)));
  const floats = { name: "f", dtype: "F32", shape: [2], values: new Float32Array([1, 2]) } as const;
  const seeds = [
    encodeSafetensors({ tensors, metadata: {} }),
    encodeSafetensors({ tensors, metadata: { formatVersion: "2", task: '{"kind":"forecast"}' } }),
    encodeSafetensors({ tensors: [floats], metadata: { a: "ü" } }),
  ];
  const read = (bytes: Uint8Array) => {
    const file = decodeSafetensors(bytes);
    const numbers = file.tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
    assert.ok(numbers <= bytes.length);
    const network = networkFromTensors(spec, file.tensors);
    assert.ok(network.parameters.every(Number.isFinite));
  };
  const reads = readMutated(seeds, { read, expected: isOwn });
  assert.ok(reads > FUZZ_ROUNDS / 1000 && reads < FUZZ_ROUNDS, `${reads} of ${FUZZ_ROUNDS} could be read`);
});
