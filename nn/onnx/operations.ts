/** Every operation that is understood when a graph is followed, by name. */
import type { Activation } from "../spec.ts";
import { concat, flatten, gather, reshape, slice, squeeze, transpose, unsqueeze } from "./arrange.ts";
import {
  axes,
  type Call,
  constant,
  constantOrNull,
  fail,
  float,
  integer,
  integers,
  known,
  listOf,
  traced,
} from "./call.ts";
import { activate, type Arithmetic, arithmetic, dense, lstm, softmax } from "./layers.ts";
import { ELEMENT, OnnxError, type OnnxNode } from "./model.ts";
import {
  broadcast,
  broadcastShape,
  type Constant,
  countOf,
  listed,
  type Surroundings,
  type Value,
} from "./values.ts";

type Operation = (call: Call) => Value[];

const ONLY_FORWARD: readonly [string, string][] = [["direction", "forward"]];

function pass(call: Call): Value[] {
  return [known(call, 0)];
}

function arithmeticOf(op: Arithmetic): Operation {
  return (call) => [arithmetic(call.around, op, [known(call, 0), known(call, 1)])];
}

function activationOf(activation: Activation): Operation {
  return (call) => [activate(call.around, traced(call, 0), activation)];
}

function matrixOf({ shape, values }: Constant, transposed: boolean) {
  if (shape.length !== 2) fail(`its weight has shape ${listed(shape)}; a matrix is wanted`);
  const [rows, units] = transposed ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
  const weight = new Float64Array(values.length);
  for (let k = 0; k < rows; k++) {
    for (let n = 0; n < units; n++) {
      weight[k * units + n] = values[transposed ? n * rows + k : k * units + n]!;
    }
  }
  return { weight, units };
}

function gemm(call: Call): Value[] {
  if (integer(call, "transA", 0) !== 0) fail("transA is set, which is not supported");
  const { weight, units } = matrixOf(constant(call, 1), integer(call, "transB", 0) !== 0);
  const alpha = float(call, "alpha", 1), beta = float(call, "beta", 1);
  const added = constantOrNull(call, 2);
  const bias = new Float64Array(units);
  if (added !== null) {
    const spread = broadcast(call.around, added, broadcastShape(added.shape, [1, units]));
    if (countOf(spread.shape) !== units) {
      fail(`its bias has shape ${listed(added.shape)}; one row of ${units} is wanted`);
    }
    for (let n = 0; n < units; n++) bias[n] = beta * spread.values[n]!;
  }
  return [dense(call.around, traced(call, 0), { weight: weight.map((value) => alpha * value), units, bias })];
}

function matMul(call: Call): Value[] {
  const { weight, units } = matrixOf(constant(call, 1), false);
  return [dense(call.around, traced(call, 0), { weight, units, bias: new Float64Array(units) })];
}

function batchNormalization(call: Call): Value[] {
  const value = traced(call, 0);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => constant(call, i)) as [
    ...[Constant, Constant, Constant, Constant],
  ];
  const epsilon = float(call, "epsilon", 1e-5);
  const perChannel = (of: (i: number) => number): Constant => {
    const values = Float64Array.from(scale.values, (_, i) => of(i));
    return { kind: "constant", shape: [values.length, ...value.shape.slice(2).map(() => 1)], values };
  };
  const factor = perChannel((i) => scale.values[i]! / Math.sqrt(variance.values[i]! + epsilon));
  const summand = perChannel((i) => bias.values[i]! - mean.values[i]! * factor.values[i]!);
  return [arithmetic(call.around, "Add", [arithmetic(call.around, "Mul", [value, factor]), summand])];
}

/** (x − offset) · scale */
function scaler(call: Call): Value[] {
  const list = (name: string): Constant => {
    const values = listOf(call, name) ?? fail(`it has no ${name}`);
    return { kind: "constant", shape: [values.length], values };
  };
  return [
    arithmetic(call.around, "Mul", [
      arithmetic(call.around, "Sub", [known(call, 0), list("offset")]),
      list("scale"),
    ]),
  ];
}

function lstmOf(call: Call): Value[] {
  const { node, around } = call;
  for (const [name, wanted] of ONLY_FORWARD) {
    const attribute = node.attributes.get(name);
    if (attribute !== undefined && !(attribute.kind === "text" && attribute.value === wanted)) {
      fail(`its ${name} is not "${wanted}"`);
    }
  }
  const activations = node.attributes.get("activations");
  const names = activations?.kind === "texts" ? activations.value : ["Sigmoid", "Tanh", "Tanh"];
  if (names.join().toLowerCase() !== "sigmoid,tanh,tanh") {
    fail(`its activations are ${listed(names)}; sigmoid, tanh, tanh are wanted`);
  }
  if (node.attributes.has("clip") || integer(call, "input_forget", 0) !== 0) {
    fail("it clips, or joins its gates");
  }
  const value = traced(call, 0);
  const layout = integer(call, "layout", 0);
  const lengths = constantOrNull(call, 4);
  const steps = value.shape[layout === 0 ? 0 : 1];
  if (lengths !== null && !Array.from(lengths.values).every((length) => length === steps)) {
    fail("its sequences have several lengths");
  }
  for (const [i, what] of [[5, "hidden state"], [6, "cell state"], [7, "peephole"]] as const) {
    const state = constantOrNull(call, i);
    if (state !== null && !Array.from(state.values).every((x) => x === 0)) {
      fail(`its ${what} does not begin with zeros`);
    }
  }
  const r = constant(call, 2);
  const units = integer(call, "hidden_size", r.shape.at(-1) ?? 0);
  return lstm(around, value, { w: constant(call, 1), r, b: constantOrNull(call, 3), units, layout });
}

function shapeOf(call: Call): Value[] {
  const { shape } = known(call, 0);
  const values = shape.slice(integer(call, "start", 0), integer(call, "end", shape.length));
  return [{ kind: "constant", shape: [values.length], values }];
}

function constantOf({ node, around }: Call): Value[] {
  const [attribute] = [...node.attributes].filter(([name]) => name.startsWith("value")).map(([, value]) =>
    value
  );
  if (attribute?.kind === "tensor") {
    const { shape, values, type } = attribute.value;
    return values.length === countOf(shape)
      ? [{ kind: "constant", shape, values }]
      : [{ kind: "unusable", what: `a constant of element type ${type}` }];
  }
  if (attribute?.kind === "int" || attribute?.kind === "float") {
    return [{ kind: "constant", shape: [], values: [attribute.value] }];
  }
  if (attribute?.kind === "ints" || attribute?.kind === "floats") {
    around.spend(attribute.value.length);
    return [{ kind: "constant", shape: [attribute.value.length], values: attribute.value }];
  }
  return [{ kind: "unusable", what: "a constant that is no number" }];
}

function constantOfShape(call: Call): Value[] {
  const shape = integers(constant(call, 0));
  const attribute = call.node.attributes.get("value");
  const value: Constant = {
    kind: "constant",
    shape: [],
    values: [attribute?.kind === "tensor" ? attribute.value.values[0] ?? 0 : 0],
  };
  return [broadcast(call.around, value, checkShape(shape))];
}

function checkShape(shape: readonly number[]): readonly number[] {
  return shape.length <= 8 && shape.every((size) => size >= 0) ? shape : fail(`${listed(shape)} is no shape`);
}

function expand(call: Call): Value[] {
  const value = known(call, 0);
  const shape = broadcastShape(value.shape, checkShape(integers(constant(call, 1))));
  return [broadcast(call.around, value, shape)];
}

function cast(call: Call): Value[] {
  const value = known(call, 0);
  const to = integer(call, "to", ELEMENT.float);
  const whole = to === ELEMENT.int32 || to === ELEMENT.int64;
  if (!whole && to !== ELEMENT.float && to !== ELEMENT.double) {
    fail(`it casts to type ${to}, which is not supported`);
  }
  if (value.kind === "traced") return whole ? fail("it rounds to integers") : [value];
  if (!whole) return [value];
  call.around.spend(value.values.length);
  return [{ ...value, values: Float64Array.from(value.values, Math.trunc) }];
}

function sqrt(call: Call): Value[] {
  const value = constant(call, 0);
  call.around.spend(value.values.length);
  return [{ ...value, values: Float64Array.from(value.values, Math.sqrt) }];
}

/** The axis' default was 1 until operator set 12. */
function softmaxOf(call: Call): Value[] {
  return [softmax(call.around, traced(call, 0), integer(call, "axis", call.around.opset < 13 ? 1 : -1))];
}

/** Before operator set 10 a slice's bounds were attributes. */
function sliceOf(call: Call): Value[] {
  const list = (i: number, name: string) => {
    const given = constantOrNull(call, i);
    return given === null ? listOf(call, name) : integers(given);
  };
  const bounds = {
    starts: list(1, "starts") ?? [],
    ends: list(2, "ends") ?? [],
    axes: list(3, "axes"),
    steps: list(4, "steps"),
  };
  return [slice(call.around, known(call, 0), bounds)];
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  Add: arithmeticOf("Add"),
  BatchNormalization: batchNormalization,
  Cast: cast,
  Concat: (
    call,
  ) => [concat(call.around, call.inputs.map((_, i) => known(call, i)), integer(call, "axis", 0))],
  Constant: constantOf,
  ConstantOfShape: constantOfShape,
  Div: arithmeticOf("Div"),
  Dropout: pass,
  Expand: expand,
  Flatten: (call) => [flatten(known(call, 0), integer(call, "axis", 1))],
  Gather: (call) => [
    gather(call.around, known(call, 0), { indices: constant(call, 1), axis: integer(call, "axis", 0) }),
  ],
  Gemm: gemm,
  Identity: pass,
  LSTM: lstmOf,
  MatMul: matMul,
  Mul: arithmeticOf("Mul"),
  Relu: activationOf("relu"),
  Reshape: (call) => [
    reshape(known(call, 0), integers(constant(call, 1)), integer(call, "allowzero", 0) !== 0),
  ],
  Scaler: scaler,
  Shape: shapeOf,
  Sigmoid: activationOf("sigmoid"),
  Slice: sliceOf,
  Softmax: softmaxOf,
  Sqrt: sqrt,
  Squeeze: (call) => [squeeze(known(call, 0), axes(call, 1))],
  Sub: arithmeticOf("Sub"),
  Tanh: activationOf("tanh"),
  Transpose: (call) => [transpose(call.around, known(call, 0), listOf(call, "perm"))],
  Unsqueeze: (call) => [unsqueeze(known(call, 0), axes(call, 1) ?? [])],
  ZipMap: pass,
};

/** Names come from the file: short, and nothing in them speaks to a terminal. */
export function shorten(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}

const DOMAIN_OF: Readonly<Record<string, string>> = { Scaler: "ai.onnx.ml", ZipMap: "ai.onnx.ml" };

/**
 * What a node makes of its inputs.
 *
 * @throws OnnxError that names operation and node, when the operation or what it works on is not supported
 */
export function operate(node: OnnxNode, inputs: readonly (Value | null)[], around: Surroundings): Value[] {
  const { op, domain, name } = node;
  const which = `node ${shorten(name || (node.outputs[0] ?? ""))} (${
    shorten(`${domain}${domain && "."}${op}`)
  })`;
  const operation = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
  if (operation === undefined || domain !== (DOMAIN_OF[op] ?? "")) {
    throw new OnnxError(
      `Cannot follow ${which}: this operation is not supported; supported are ${
        Object.keys(OPERATIONS).join(", ")
      }`,
    );
  }
  try {
    return operation({ node, inputs, around });
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    throw new OnnxError(`Cannot follow ${which}: ${error.message}`, { cause: error });
  }
}
