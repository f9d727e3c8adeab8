/** The ONNX format: what is written is read, and what is no ONNX model is refused with a reason. */
import assert from "node:assert/strict";
import { ProtobufWriter } from "../../nn/files/protobuf.ts";
import {
  decodeOnnx,
  ELEMENT,
  encodeOnnx,
  GraphBuilder,
  OnnxError,
  type OnnxModel,
} from "../../nn/onnx/mod.ts";

function sampleModel(): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input("x", ELEMENT.double, ["N", 2]);
  const text = graph.input("colour", ELEMENT.text, ["N", 1]);
  const one = graph.constant("one", [1.5, -2], { type: ELEMENT.double });
  const centered = graph.node("Sub", [x, one], { name: "centered" });
  const floats = graph.node("Cast", [centered], { attributes: { to: ELEMENT.float } });
  const weight = graph.constant("weight", [1, 2, 3, 4], { shape: [2, 2] });
  const product = graph.node("Gemm", [floats, weight], {
    attributes: { alpha: { kind: "float", value: 0.5 } },
  });
  const mask = graph.constant("mask", [1, 0], { type: ELEMENT.bool });
  const places = graph.constant("places", [2 ** 40, -1], { type: ELEMENT.int64 });
  graph.nodes("Split", [product, places, mask], { outputs: 2, attributes: { axis: 1, sizes: [3, -4] } });
  graph.node("OneHotEncoder", [text], {
    domain: "ai.onnx.ml",
    attributes: { cats_strings: { kind: "texts", value: ["ü", ""] }, name: "word" },
  });
  graph.output(product, ELEMENT.float, ["N", 2]);
  const metadata = new Map([["a", "1"], ["b", "{}"]]);
  return graph.finish({ name: "sample", producer: "streamflow", producerVersion: "1", metadata });
}

/** Typed arrays and lists alike. */
function plain(model: OnnxModel) {
  return {
    ...model,
    initializers: model.initializers.map((one) => ({ ...one, values: Array.from(one.values) })),
  };
}

Deno.test("decodeOnnx() gives back what encodeOnnx() was given", () => {
  const model = sampleModel();
  const bytes = encodeOnnx(model);
  assert.deepEqual(plain(decodeOnnx(bytes)), plain(model));
  assert.deepEqual(encodeOnnx(decodeOnnx(bytes)), bytes);
});

function tensorFile(tensor: ProtobufWriter): Uint8Array {
  const graph = new ProtobufWriter().message(5, tensor);
  return new ProtobufWriter().integer(1, 8).message(7, graph).message(8, new ProtobufWriter().integer(2, 17))
    .finish();
}

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["nothing", new Uint8Array(0), /it has no graph/],
  ["text", new TextEncoder().encode("not a model"), /Cannot read the ONNX file/],
  [
    "a model without operators",
    new ProtobufWriter().integer(1, 8).message(7, new ProtobufWriter()).finish(),
    /no graph/,
  ],
  [
    "values that do not fit the shape",
    tensorFile(new ProtobufWriter().integers(1, [3]).integer(2, 1).text(8, "w").bytes(9, new Uint8Array(8))),
    /tensor "w": shape \[3\] does not fit its 2 values/,
  ],
  [
    "a shape beyond all bounds",
    tensorFile(new ProtobufWriter().integers(1, [2 ** 40, 2 ** 40]).integer(2, 1).text(8, "w")),
    /shape \[1099511627776,1099511627776\] does not fit its 0 values/,
  ],
  [
    "a negative size",
    tensorFile(new ProtobufWriter().integers(1, [-1, -1]).integer(2, 1).bytes(9, new Uint8Array(4))),
    /shape \[-1,-1\]/,
  ],
  [
    "half a number",
    tensorFile(new ProtobufWriter().integers(1, [1]).integer(2, 11).text(8, "w").bytes(9, new Uint8Array(7))),
    /7 bytes are no whole number of 8-byte values/,
  ],
  [
    "numbers in another file",
    tensorFile(new ProtobufWriter().integers(1, [1]).integer(2, 1).text(8, "w").integer(14, 1)),
    /tensor "w": its numbers are in another file, which is not opened/,
  ],
  [
    "the path of another file",
    tensorFile(
      new ProtobufWriter().text(8, "w").message(
        13,
        new ProtobufWriter().text(1, "location").text(2, "/etc/passwd"),
      ),
    ),
    /in another file/,
  ],
];

for (const [what, bytes, message] of REFUSED) {
  Deno.test(`decodeOnnx() refuses ${what}`, () => {
    assert.throws(
      () => decodeOnnx(bytes),
      (error) => error instanceof OnnxError && message.test(error.message),
    );
  });
}

Deno.test("decodeOnnx() refuses every truncation of a model within its graph", () => {
  const bytes = encodeOnnx(sampleModel());
  for (let length = 0; length < bytes.length - 40; length++) {
    try {
      decodeOnnx(bytes.subarray(0, length));
    } catch (error) {
      assert.ok(error instanceof OnnxError, String(error));
      continue;
    }
    assert.ok(length > bytes.length / 2); // between two fields of the model, behind the graph
  }
});

Deno.test("encodeOnnx() refuses what it cannot write", () => {
  const model = sampleModel();
  const node = { ...model.nodes[0]!, attributes: new Map([["x", { kind: "other" } as const]]) };
  assert.throws(() => encodeOnnx({ ...model, nodes: [node] }), /attribute "x": its kind is not known/);
  const tensor = { ...model.initializers[0]!, type: 10 };
  assert.throws(() => encodeOnnx({ ...model, initializers: [tensor] }), /tensor of type 10/);
});
