/** Uploads: what has the global model's parameters is read, whatever else says why it is not. */
import assert from "node:assert/strict";
import { denseSpec, encodeSafetensors, type Tensor, tensorViews } from "../../nn/mod.ts";
import { weightsOfUpload } from "../../src/federated/upload.ts";

const VIEWS = tensorViews(denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" }));
const COUNT = 2 * 3 + 3 + 3 + 1;
const ALL = Float64Array.from({ length: COUNT }, (_, i) => i + 0.5);

function one(values: Float64Array, shape = [values.length]): Uint8Array<ArrayBuffer> {
  return encodeSafetensors({ tensors: [{ name: "parameters", dtype: "F64", shape, values }], metadata: {} });
}

function own(change: (tensors: Tensor[]) => Tensor[] = (tensors) => tensors): Uint8Array {
  const tensors = VIEWS.map(({ name, shape, offset, length }): Tensor => (
    { name, shape, dtype: "F32", values: Float32Array.from(ALL.subarray(offset, offset + length)) }
  ));
  return encodeSafetensors({ tensors: change(tensors), metadata: { device: "d" } });
}

function reasonOf(bytes: Uint8Array): string {
  const found = weightsOfUpload(bytes, VIEWS);
  assert.ok("fault" in found);
  assert.match(found.fault.detail, /\w/);
  return found.fault.reason;
}

Deno.test("one tensor of all parameters, and the model's own tensors in any order and width", () => {
  assert.deepEqual(weightsOfUpload(one(ALL), VIEWS), { weights: ALL });
  assert.deepEqual(weightsOfUpload(one(ALL, [1, COUNT]), VIEWS), { weights: ALL });
  assert.deepEqual(weightsOfUpload(own(), VIEWS), { weights: ALL });
  assert.deepEqual(weightsOfUpload(own((tensors) => tensors.reverse()), VIEWS), { weights: ALL });
});

Deno.test("other shapes are refused", () => {
  assert.equal(reasonOf(one(ALL.slice(1))), "shape");
  assert.equal(reasonOf(one(new Float64Array(0))), "shape");
  assert.equal(reasonOf(own((tensors) => tensors.slice(1))), "shape");
  assert.equal(reasonOf(own((tensors) => [...tensors, { ...tensors[0]!, name: "more" }])), "shape");
  const turned = ([first, ...rest]: Tensor[]) => [{ ...first!, shape: first!.shape.toReversed() }, ...rest];
  assert.equal(reasonOf(own(turned)), "shape");
});

Deno.test("NaN and infinity are refused by their name", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const bytes = one(ALL);
    new DataView(bytes.buffer).setFloat64(bytes.length - 16, value, true);
    assert.equal(reasonOf(bytes), "not-finite");
  }
});

Deno.test("bytes that are cut anywhere, or no safetensors, are refused", () => {
  const bytes = one(ALL);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(reasonOf(bytes.subarray(0, length)), "safetensors");
  }
  // A header that claims to be longer than all memory.
  const huge = bytes.slice();
  new DataView(huge.buffer).setBigUint64(0, 2n ** 62n, true);
  assert.equal(reasonOf(huge), "safetensors");
});
