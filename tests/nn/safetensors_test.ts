/** Model files: written the same every time, read strictly, opened by Python. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  createNetwork,
  decodeSafetensors,
  denseSpec,
  encodeSafetensors,
  networkFromTensors,
  Random,
  SafetensorsError,
  type Tensor,
  tensorsOf,
} from "../../nn/mod.ts";
import { pythonHas, runPython } from "../support/python.ts";

const HUGE = 2 ** 53;

/** A file from its header, as text or value, and its body's bytes. */
function file(header: unknown, body: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const tail = typeof body === "number" ? new Uint8Array(body) : body;
  const bytes = new Uint8Array(8 + text.length + tail.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(tail, 8 + text.length);
  return bytes;
}

function tensor(shape: number[], offsets: number[], dtype = "F64") {
  return { dtype, shape, data_offsets: offsets };
}

function lengthOnly(length: bigint): Uint8Array {
  const bytes = new Uint8Array(24);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

const w = tensor([2], [0, 16]);
const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["an empty file", new Uint8Array(0), /the file has 0 bytes, at least 8/],
  ["a header over the limit", lengthOnly(100_000_001n), /100000001 bytes: at most 100000000/],
  ["a header of 2^64 − 1 bytes", lengthOnly(2n ** 64n - 1n), /at most 100000000/],
  ["a header past the end", lengthOnly(17n), /17 bytes: 16 follow; the file is cut off/],
  ["no header", file(""), /does not begin with "{"/],
  ["a header that is an array", file("[]"), /does not begin with "{"/],
  ["a header with a BOM", file("\ufeff{}"), /does not begin with "{"/],
  ["a header that is no JSON", file("{,}"), /Cannot read the header/],
  [
    "a header that is no UTF-8",
    file('{"\u00ff":1}').map((b) => b === 0xc3 ? 0xff : b),
    /Cannot read the header/,
  ],
  [
    "a name twice",
    file(`{"w":${JSON.stringify(w)},"\\u0077":${JSON.stringify(w)}}`, 16),
    /"w" stands there twice/,
  ],
  [
    "a key twice",
    file('{"w":{"dtype":"F64","shape":[1],"shape":[2],"data_offsets":[0,16]}}', 16),
    /"shape" stands/,
  ],
  ["metadata that is a list", file({ __metadata__: [] }), /__metadata__: an object is wanted/],
  ["metadata that is a number", file({ __metadata__: { a: 1 } }), /"a" is of type number/],
  ["an entry that is null", file({ w: null }), /"w": its entry is no object/],
  ["an entry without a shape", file({ w: { dtype: "F64", data_offsets: [0, 8] } }, 8), /shape is undefined/],
  ["an entry with more keys", file({ w: { ...w, order: "C" } }, 16), /unknown key "order"/],
  ["an unknown type", file({ w: tensor([8], [0, 16], "BF16") }, 16), /dtype is "BF16", "F64" or "F32"/],
  ["a type from the prototype", file({ w: tensor([8], [0, 16], "constructor") }, 16), /"constructor"/],
  ["a negative size", file({ w: tensor([-2], [0, 16]) }, 16), /shape is \[-2\]/],
  ["a broken size", file({ w: tensor([1.5], [0, 12]) }, 12), /shape is \[1.5\]/],
  ["a size over all bounds", file({ w: tensor([HUGE, HUGE], [0, 16]) }, 16), /"w": its shape/],
  ["sizes whose product overflows", file({ w: tensor([2 ** 40, 2 ** 40], [0, 16]) }, 16), /"w": its shape/],
  ["one offset", file({ w: tensor([2], [16]) }, 16), /data_offsets are \[16\], two integers/],
  ["a negative offset", file({ w: tensor([2], [-16, 0]) }, 16), /data_offsets are \[-16,0\]/],
  [
    "a span that does not fit the shape",
    file({ w: tensor([3], [0, 16]) }, 16),
    /hold 16 bytes, shape \[3\] of F64 wants 24/,
  ],
  ["a span backwards", file({ w: tensor([2], [16, 0]) }, 16), /hold -16 bytes/],
  ["an overlap", file({ a: w, b: tensor([2], [8, 24]) }, 24), /"b": it begins at byte 8, inside another/],
  ["the same bytes twice", file({ a: w, b: w }, 16), /"b": it begins at byte 0, inside another/],
  ["a gap", file({ a: w, b: tensor([1], [24, 32]) }, 32), /"b": it begins at byte 24, byte 16 is wanted/],
  ["a gap at the beginning", file({ a: tensor([2], [8, 24]) }, 24), /byte 0 is wanted \(no gaps\)/],
  ["bytes that belong to nothing", file({ w }, 17), /1 bytes at the end belong to no tensor/],
  ["a body cut off", file({ w }, 15), /ends at byte 16 of 15; the file is cut off/],
  ["a NaN", file({ w }, new Uint8Array(new Float64Array([1, NaN]).buffer)), /value 1 is NaN, not finite/],
  [
    "an infinity",
    file({ w: tensor([1], [0, 4], "F32") }, new Uint8Array(new Float32Array([-Infinity]).buffer)),
    /-Infinity/,
  ],
];

for (const [what, bytes, message] of REFUSED) {
  Deno.test(`decodeSafetensors() refuses ${what}`, () => {
    assert.throws(() => decodeSafetensors(bytes), (error) => {
      assert.ok(error instanceof SafetensorsError);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

const TENSORS: readonly Tensor[] = [
  { name: "b", dtype: "F32", shape: [3], values: new Float32Array([1, 2.5, -3]) },
  { name: "0", dtype: "F64", shape: [2, 2], values: new Float64Array([1 / 3, -0, 5e-324, 1e308]) },
  { name: "empty", dtype: "F64", shape: [0, 4], values: new Float64Array(0) },
  { name: "scalar", dtype: "F64", shape: [], values: new Float64Array([7]) },
  { name: 'a "ü"', dtype: "F64", shape: [1], values: new Float64Array([Math.PI]) },
];

Deno.test("decodeSafetensors() gives back every bit that encodeSafetensors() was given", () => {
  const metadata = { text: 'line\n"ü"', empty: "" };
  const bytes = encodeSafetensors({ tensors: TENSORS, metadata });
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const read = decodeSafetensors(shifted.subarray(3));
  assert.deepEqual(read.metadata, metadata);
  const byName = (tensors: readonly Tensor[]) => [...tensors].sort((a, b) => a.name < b.name ? -1 : 1);
  assert.deepEqual(byName(read.tensors), byName(TENSORS));
});

Deno.test("encodeSafetensors() writes the same bytes whatever the order, the body at a multiple of 8", () => {
  const bytes = encodeSafetensors({ tensors: TENSORS, metadata: { a: "1", b: "2" } });
  const again = encodeSafetensors({ tensors: TENSORS.toReversed(), metadata: { b: "2", a: "1" } });
  assert.deepEqual(bytes, again);
  assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
  assert.deepEqual(decodeSafetensors(encodeSafetensors({ tensors: [], metadata: {} })), {
    tensors: [],
    metadata: {},
  });
});

Deno.test("encodeSafetensors() refuses what decodeSafetensors() would", () => {
  const one = { name: "w", dtype: "F64", shape: [1], values: new Float64Array([1]) } as const;
  const encode = (...tensors: Tensor[]) => () => encodeSafetensors({ tensors, metadata: {} });
  assert.throws(encode(one, one), /"w": the name is taken/);
  assert.throws(encode({ ...one, name: "__metadata__" }), /the name is taken/);
  assert.throws(encode({ ...one, shape: [2] }), /shape \[2\] does not fit its 1 values/);
  assert.throws(encode({ ...one, values: new Float64Array([NaN]) }), /value 0 is NaN/);
});

Deno.test("decodeSafetensors() refuses every truncation of a model file", () => {
  const network = createNetwork(
    denseSpec({ inputs: 2, hidden: [2], outputs: 1, activation: "relu" }),
    new Random(1),
  );
  const bytes = encodeSafetensors({ tensors: tensorsOf(network), metadata: { version: "1" } });
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSafetensors(bytes.subarray(0, length)), SafetensorsError);
  }
});

Deno.test("decodeSafetensors() of a model file with one changed byte reads it or says why not", () => {
  const network = createNetwork(
    denseSpec({ inputs: 2, hidden: [], outputs: 1, activation: "relu" }),
    new Random(1),
  );
  const bytes = encodeSafetensors({ tensors: tensorsOf(network), metadata: { version: "1" } });
  for (let place = 0; place < bytes.length; place++) {
    for (const flip of [1, 0x20, 0x80, 0xff]) {
      const changed = bytes.slice();
      changed[place]! ^= flip;
      try {
        networkFromTensors(network.spec, decodeSafetensors(changed).tensors);
      } catch (error) {
        assert.ok(error instanceof SafetensorsError, String(error));
      }
    }
  }
});

Deno.test("networkFromTensors() refuses tensors of another network", () => {
  const spec = denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "tanh" });
  const tensors = tensorsOf(createNetwork(spec, new Random(1)));
  const [first, ...rest] = tensors as [Tensor, ...Tensor[]];
  assert.throws(
    () => networkFromTensors(spec, rest),
    /"layers.0.weight": it is missing; the network wants F64 \[2,3\]/,
  );
  assert.throws(
    () => networkFromTensors({ ...spec, inputs: 1 }, tensors),
    /found F64 \[2,3\]; the network wants F64 \[1,3\]/,
  );
  assert.throws(() => networkFromTensors(spec, [...tensors, first]), /a tensor is there twice/);
  assert.throws(
    () => networkFromTensors(spec, [...tensors, { ...first, name: "x" }]),
    /it has no tensor "x"/,
  );
  assert.throws(
    () => networkFromTensors(spec, [{ ...first, dtype: "F32", values: new Float32Array(6) }, ...rest]),
    /found F32 \[2,3\]/,
  );
});

const READ_BY_PYTHON = `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], framework="numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    print(json.dumps({
        "metadata": file.metadata(),
        "tensors": {name: [str(t.dtype), list(t.shape), t.reshape(-1).tolist()] for name, t in tensors.items()},
    }))
`;

/** Python with what is needed to read the file; STREAMFLOW_TEST_PYTHON names another one. */
const pythonReads = await pythonHas("safetensors", "numpy");

Deno.test({
  name: "encodeSafetensors() writes what Python's safetensors opens",
  ignore: !pythonReads,
  async fn() {
    const path = await Deno.makeTempFile({ suffix: ".safetensors" });
    try {
      await Deno.writeFile(path, encodeSafetensors({ tensors: TENSORS, metadata: { task: '{"ü":1}' } }));
      const { metadata, tensors } = JSON.parse(await runPython(READ_BY_PYTHON, path));
      assert.deepEqual(metadata, { task: '{"ü":1}' });
      const wanted = TENSORS.map(({ name, dtype, shape, values }) =>
        [name, [dtype === "F64" ? "float64" : "float32", shape, [...values]]] as const
      );
      assert.deepEqual(tensors, Object.fromEntries(wanted));
    } finally {
      await Deno.remove(path);
    }
  },
});

Deno.test("decodeSafetensors() copies out of a Buffer, whose slices are views", () => {
  const bytes = encodeSafetensors({ tensors: TENSORS, metadata: {} });
  const fetched = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
  const { tensors } = decodeSafetensors(fetched.subarray(3, 3 + bytes.length));
  fetched.fill(0);
  assert.deepEqual(tensors, decodeSafetensors(bytes).tensors);
});

Deno.test("decodeSafetensors() of bytes that are given away makes no copy, where they are a whole buffer", () => {
  const values = Float64Array.of(1, -2, 3);
  const file = encodeSafetensors({
    tensors: [{ name: "w", dtype: "F64", shape: [3], values }],
    metadata: { device: "d" },
  });
  const read = (bytes: Uint8Array) => decodeSafetensors(bytes, { isOwn: true }).tensors[0]!.values;
  assert.equal(read(file).buffer, file.buffer);
  assert.deepEqual(read(file), values);
  const within = new Uint8Array(file.length + 8);
  within.set(file, 8);
  const part = read(within.subarray(8));
  assert.notEqual(part.buffer, within.buffer);
  assert.deepEqual(part, values);
});
