/** Networks as ONNX graphs and back, and graphs that are no network here. */
import assert from "node:assert/strict";
import { denseSpec, type NetworkSpec, Random, tensorViews } from "../../nn/mod.ts";
import {
  addNetwork,
  decodeOnnx,
  ELEMENT,
  encodeOnnx,
  followGraph,
  type FollowOptions,
  GraphBuilder,
  type NodeOptions,
  OnnxError,
  type OnnxModel,
  parametersFromConstants,
} from "../../nn/onnx/mod.ts";

const MODEL = { name: "test", producer: "test", producerVersion: "1", metadata: new Map<string, string>() };

/** As a file gives it back. */
function finish(graph: GraphBuilder): OnnxModel {
  return decodeOnnx(encodeOnnx(graph.finish(MODEL)));
}

const SPECS: readonly (readonly [string, NetworkSpec])[] = [
  ["dense layers", denseSpec({ inputs: 3, hidden: [5, 4], outputs: 2, activation: "relu" })],
  ["every activation", {
    inputs: 4,
    steps: 1,
    layers: [
      { kind: "dense", units: 3, activation: "tanh" },
      { kind: "dense", units: 5, activation: "sigmoid" },
      { kind: "dense", units: 2, activation: "relu" },
      { kind: "dense", units: 3, activation: "softmax" },
    ],
  }],
  ["two LSTMs", {
    inputs: 3,
    steps: 5,
    layers: [{ kind: "lstm", units: 4 }, { kind: "lstm", units: 2 }, {
      kind: "dense",
      units: 1,
      activation: "identity",
    }],
  }],
  ["LSTMs of one step", {
    inputs: 3,
    steps: 1,
    layers: [{ kind: "lstm", units: 2 }, { kind: "lstm", units: 4 }, {
      kind: "dense",
      units: 1,
      activation: "tanh",
    }],
  }],
];

for (const [what, spec] of SPECS) {
  Deno.test(`addNetwork() of ${what} is read back by name and by following the graph`, () => {
    const last = tensorViews(spec).at(-1)!;
    const random = new Random(1);
    const parameters = Float64Array.from({ length: last.offset + last.length }, () => random.uniform(-1, 1));
    const graph = new GraphBuilder();
    const x = graph.input("x", ELEMENT.float, ["N", spec.inputs * spec.steps]);
    graph.output(addNetwork(graph, { spec, parameters }, { input: x }), ELEMENT.float, ["N", last.length]);
    const model = finish(graph);
    const rounded = parameters.map(Math.fround);
    assert.deepEqual(parametersFromConstants(spec, model.initializers), rounded);
    const followed = followGraph(model);
    assert.deepEqual(followed.spec, spec);
    assert.deepEqual(followed.parameters, rounded);
    assert.ok(followed.center.every((x) => x === 0) && followed.scale.every((x) => x === 1));
  });
}

Deno.test("addNetwork() leaves dropout out, and the last activation where logits are wanted", () => {
  const spec = denseSpec({
    inputs: 2,
    hidden: [3],
    outputs: 2,
    activation: "relu",
    outputActivation: "softmax",
    dropout: 0.5,
  });
  const graph = new GraphBuilder();
  const input = graph.input("x", ELEMENT.float, ["N", 2]);
  addNetwork(graph, { spec, parameters: new Float64Array(17) }, { input, logits: true });
  assert.deepEqual(finish(graph).nodes.map(({ op }) => op), ["Gemm", "Relu", "Gemm"]);
});

Deno.test("parametersFromConstants() says which constant is not there", () => {
  const spec = denseSpec({ inputs: 2, hidden: [], outputs: 1, activation: "relu" });
  const weight = { name: "layers.0.weight", type: 1, shape: [1, 2], values: [1, 2], texts: [] };
  assert.throws(() => parametersFromConstants(spec, []), /"layers.0.weight" is missing; \[2,1\] is wanted/);
  assert.throws(() => parametersFromConstants(spec, [weight]), /is of shape \[1,2\]; \[2,1\] is wanted/);
  const infinite = { ...weight, shape: [2, 1], values: [1, Infinity] };
  assert.throws(() => parametersFromConstants(spec, [infinite]), /"layers.0.weight" is not finite/);
});

type Build = (graph: GraphBuilder, x: string) => string;

function follow(
  build: Build,
  { shape = ["N", 3], ...options }: FollowOptions & { shape?: (number | string)[] } = {},
) {
  const graph = new GraphBuilder();
  const x = graph.input("x", ELEMENT.float, shape);
  graph.output(build(graph, x), ELEMENT.float, ["N"]);
  return followGraph(finish(graph), options);
}

function matrix(graph: GraphBuilder, rows: number, columns: number): string {
  return graph.constant("w", Float64Array.from({ length: rows * columns }, (_, i) => i + 1), {
    shape: [rows, columns],
  });
}

const one = (op: string, options: NodeOptions = {}): Build => (graph, x) => graph.node(op, [x], options);

Deno.test("followGraph() folds arithmetic around layers into them", () => {
  const { spec, parameters, center, scale } = follow((graph, x) => {
    const scaled = graph.node("Div", [
      graph.node("Sub", [x, graph.constant("c", [1, 2, 3])]),
      graph.constant("s", [2]),
    ]);
    const product = graph.node("MatMul", [scaled, matrix(graph, 3, 2)]);
    const shifted = graph.node("Mul", [
      graph.node("Add", [product, graph.constant("b", [10, 20])]),
      graph.constant("m", [2]),
    ]);
    return graph.node("Sub", [graph.constant("one", [1], { shape: [] }), graph.node("Tanh", [shifted])]);
  });
  assert.deepEqual([...center], [1, 2, 3]);
  assert.deepEqual([...scale], [2, 2, 2]);
  assert.deepEqual(spec.layers, [
    { kind: "dense", units: 2, activation: "tanh" },
    { kind: "dense", units: 2, activation: "identity" }, // 1 − tanh
  ]);
  assert.deepEqual([...parameters], [2, 4, 6, 8, 10, 12, 20, 40, -1, 0, 0, -1, 1, 1]);
});

Deno.test("followGraph() folds a scaling that no preparation can have into the first layer", () => {
  const { parameters, center, scale } = follow((graph, x) => {
    const negated = graph.node("Sub", [graph.constant("ten", [10]), x]);
    return graph.node("MatMul", [negated, matrix(graph, 3, 1)]);
  });
  assert.deepEqual([...center, ...scale], [0, 0, 0, 1, 1, 1]);
  assert.deepEqual([...parameters], [-1, -2, -3, 60]);
});

Deno.test("followGraph() folds batch normalisation into the layer before it", () => {
  const { parameters, spec } = follow((graph, x) => {
    const product = graph.node("MatMul", [x, matrix(graph, 3, 2)]);
    const [scale, bias, mean, variance] = [[2, 3], [1, 0], [5, 6], [4, 9]].map((values, i) =>
      graph.constant(`n${i}`, values)
    );
    const attributes = { epsilon: { kind: "float", value: 0 } } as const;
    return graph.node("BatchNormalization", [product, scale!, bias!, mean!, variance!], { attributes });
  });
  assert.equal(spec.layers.length, 1);
  assert.deepEqual([...parameters], [1, 2, 3, 4, 5, 6, -4, -6]);
});

Deno.test("followGraph() takes columns in another order, and some of them", () => {
  const { parameters, spec } = follow((graph, x) => {
    const places = graph.constant("places", [2, 0], { type: ELEMENT.int64 });
    return graph.node("Gemm", [
      graph.node("Gather", [x, places], { attributes: { axis: 1 } }),
      matrix(graph, 2, 1),
    ]);
  });
  assert.equal(spec.inputs, 3);
  assert.deepEqual([...parameters], [2, 0, 1, 0]);
});

Deno.test("followGraph() takes sizes that the graph leaves open from its caller", () => {
  const build: Build = (graph, x) => {
    const flat = graph.node("Flatten", [x]);
    return graph.node("Gemm", [flat, matrix(graph, 6, 1)]);
  };
  assert.deepEqual(follow(build, { shape: ["N", "T", 3], steps: 2 }).shape, [2, 3]);
  assert.throws(
    () => follow(build, { shape: ["N", "T", 3] }),
    /it takes any number of time steps; say how many/,
  );
});

const huge = (values: number[]): Build => (graph, x) => {
  const shape = graph.constant("shape", values, { type: ELEMENT.int64 });
  return graph.node("Add", [x, graph.node("ConstantOfShape", [shape])]);
};

const REFUSED: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    "an operation that is not known",
    () => follow(one("Gelu", { name: "act" })),
    /node "act" \("Gelu"\): this operation is not supported; supported are Add, /,
  ],
  [
    "an operation of another domain",
    () => follow(one("Relu", { domain: "com.example" })),
    /"com.example.Relu"/,
  ],
  ["an operation from the prototype", () => follow(one("constructor")), /not supported/],
  [
    "a sum of two branches",
    () => follow((graph, x) => graph.node("Add", [x, graph.node("Relu", [x])])),
    /both depend on the input/,
  ],
  [
    "softmax before the last layer",
    () => follow((graph, x) => graph.node("Gemm", [graph.node("Softmax", [x]), matrix(graph, 3, 1)])),
    /softmax/,
  ],
  [
    "rows that are mixed",
    () => follow((graph, x) => graph.node("Relu", [graph.node("Transpose", [x])])),
    /one row of numbers for each row/,
  ],
  [
    "a constant answer",
    () => follow((graph) => graph.node("Relu", [graph.constant("c", [1])])),
    /a constant where/,
  ],
  [
    "a graph that passes its input on as a constant",
    () => follow((graph) => graph.node("Identity", [graph.constant("c", [1])])),
    /does not depend on its input/,
  ],
  [
    "a weight that does not fit",
    () => follow((graph, x) => graph.node("MatMul", [x, matrix(graph, 2, 2)])),
    /does not hold one row for its weight \[2,2\]/,
  ],
  ["values that nothing makes", () => follow(() => "y"), /does not depend/],
  [
    "an input that nothing makes",
    () => follow((graph) => graph.node("Relu", ["z"], { name: "r" })),
    /node "r" \("Relu"\): nothing before it makes "z"/,
  ],
  ["a constant of 2^40 numbers", () => follow(huge([2 ** 20, 2 ** 20])), /too many/],
  ["a shape that overflows", () => follow(huge([2 ** 40, 2 ** 40, 2 ** 40])), /too many/],
  ["an input of 2^40 numbers", () => follow(one("Relu"), { shape: ["N", 2 ** 40] }), /too many/],
  ["a wide identity layer", () => follow(one("Relu"), { shape: ["N", 10_000] }), /too many/],
  ["a weight in half precision", () => {
    const graph = new GraphBuilder();
    const weight = graph.constant("w", [], { shape: [0] });
    graph.output(graph.node("MatMul", [graph.input("x", ELEMENT.float, ["N", 3]), weight]), ELEMENT.float, [
      "N",
    ]);
    const model = finish(graph);
    const [half] = model.initializers;
    return followGraph({ ...model, initializers: [{ ...half!, type: 10, shape: [3, 1] }] });
  }, /takes constant "w" of element type 10, which is not supported/],
  ["images", () => follow(one("Relu"), { shape: ["N", 3, 8, 8] }), /has 4 axes/],
  ["a large fixed batch", () => follow(one("Relu"), { shape: [5000, 3] }), /batches of 5000 rows/],
  ["an input of integers", () => {
    const graph = new GraphBuilder();
    graph.output(graph.node("Relu", [graph.input("x", ELEMENT.int64, ["N", 3])]), ELEMENT.float, ["N"]);
    return followGraph(finish(graph));
  }, /no numbers of type float or double/],
  ["two inputs", () => {
    const graph = new GraphBuilder();
    const [a, b] = ["a", "b"].map((name) => graph.input(name, ELEMENT.float, ["N", 3]));
    graph.output(graph.node("Add", [a!, b!]), ELEMENT.float, ["N"]);
    return followGraph(finish(graph));
  }, /2 inputs \("a", "b", …\)/],
];

for (const [what, run, message] of REFUSED) {
  Deno.test(`followGraph() refuses ${what}`, () => {
    assert.throws(run, (error) => {
      assert.ok(error instanceof OnnxError || error instanceof RangeError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
