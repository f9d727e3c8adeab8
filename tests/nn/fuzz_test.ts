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

const ROUNDS = Number(Deno.env.get("STREAMFLOW_TEST_FUZZ") ?? 20_000);
const SEED = 4;
/** Bytes that lengths, signs and types turn at. */
const EDGES = [0, 1, 2, 8, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5b, 0x7b, 0x7d, 0x7f, 0x80, 0xfe, 0xff];

/** A copy with one to four things changed. */
function mutate(random: Random, bytes: Uint8Array, donor: Uint8Array): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let change = random.integer(4); change >= 0; change--) {
    const at = random.integer(changed.length + 1);
    const length = random.integer(Math.min(16, changed.length - at) + 1);
    const rest = changed.subarray(at + length);
    switch (random.integer(6)) {
      case 0:
        if (at < changed.length) changed[at]! ^= 1 << random.integer(8);
        break;
      case 1:
        if (at < changed.length) changed[at] = EDGES[random.integer(EDGES.length)]!;
        break;
      case 2:
        changed = join(changed.subarray(0, at), rest);
        break;
      case 3:
        changed = join(changed.subarray(0, at + length), changed.subarray(at));
        break;
      case 4: {
        const from = random.integer(donor.length);
        changed = join(changed.subarray(0, at), donor.subarray(from, from + random.integer(64)), rest);
        break;
      }
      case 5:
        changed.fill(EDGES[random.integer(EDGES.length)]!, at, at + length);
        break;
    }
    if (changed.length === 0) return changed;
  }
  return changed;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** How many of the changed files could be read. */
function readMutated(seeds: readonly Uint8Array[], read: (bytes: Uint8Array) => void): number {
  const random = new Random(SEED);
  let reads = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const seed = seeds[random.integer(seeds.length)]!;
    const bytes = mutate(random, seed, seeds[random.integer(seeds.length)]!);
    try {
      read(bytes);
      reads++;
    } catch (error) {
      const own = error instanceof OnnxError || error instanceof SafetensorsError ||
        (error instanceof RangeError && error.message.startsWith("Cannot "));
      if (!own) throw new Error(`round ${round}: ${bytes.toHex()}`, { cause: error });
      assert.ok(error.message.length > 10 && error.message.length < 2_000, error.message);
    }
  }
  return reads;
}

Deno.test("decodeOnnx() and followGraph() of changed files give a network or an OnnxError", () => {
  const folder = new URL("../golden/onnx/", import.meta.url);
  const seeds = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".onnx"))
    .map(({ name }) => name).sort().map((name) => Deno.readFileSync(new URL(name, folder)));
  assert.ok(seeds.length >= 10);
  const reads = readMutated(seeds, (bytes) => {
    const { spec, parameters, center, scale } = followGraph(decodeOnnx(bytes));
    assert.ok(parameters.every(Number.isFinite));
    assert.equal(center.length, spec.steps * spec.inputs);
    assert.ok(scale.every((x) => x > 0));
  });
  assert.ok(reads > ROUNDS / 100 && reads < ROUNDS, `${reads} of ${ROUNDS} could be read`);
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
  const reads = readMutated(seeds, (bytes) => {
    const file = decodeSafetensors(bytes);
    const numbers = file.tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
    assert.ok(numbers <= bytes.length);
    const network = networkFromTensors(spec, file.tensors);
    assert.ok(network.parameters.every(Number.isFinite));
  });
  assert.ok(reads > ROUNDS / 1000 && reads < ROUNDS, `${reads} of ${ROUNDS} could be read`);
});
