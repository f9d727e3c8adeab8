/** The kernels that go through whole arrays: see ../kernels/elements.ts. */
import { Activations } from "./activation.ts";
import { Code, F64, I32, type Locals, SIMD, V128 } from "./assembler.ts";
import { eachPair, type Lanes, NUMBER, type Vector, type Vectors, vectorsOf } from "./vectors.ts";

/** Numbers moved in one turn of the transposition's innermost loop. */
const UNROLL = 4;

/** The transposed (columns, rows) of (rows, columns): from, into, rows, columns. */
export function transposeCode(name: string): Code {
  const code = new Code(name, [I32, I32, I32, I32]);
  const [from, into, rows, columns] = code.parameters(4);
  const [to, left, stride] = code.locals(3, I32);
  code.scale(stride, rows, NUMBER);
  code.whileAtLeast(rows, 1, () => {
    code.copy(to, into);
    code.copy(left, columns);
    for (const steps of [UNROLL, 1]) {
      code.whileAtLeast(left, steps, () => {
        for (let step = 0; step < steps; step++) {
          code.get(to);
          code.get(from);
          code.memory(SIMD.loadSplat, step * NUMBER);
          code.memory(SIMD.storeLane, 0);
          code.advance(to, stride);
        }
        code.advanceBy(from, steps * NUMBER);
        code.advanceBy(left, -steps);
      });
    }
    code.advanceBy(into, NUMBER);
    code.advanceBy(rows, -1);
  });
  return code;
}

/** Zeros: into, bytes. */
export function clearCode(name: string): Code {
  const code = new Code(name, [I32, I32]);
  const [into, bytes] = code.parameters(2);
  code.clear(into, bytes);
  return code;
}

/** In place max(0, z): values, count. */
export function reluCode(name: string): Code {
  const code = new Code(name, [I32, I32]);
  const [values, count] = code.parameters(2);
  const { load, store, apply, constant } = vectorsOf(code);
  eachPair(code, { count, pointers: [values], unroll: 4 }, (lanes, offset) => {
    store(values, lanes, apply(SIMD.pickLarger, load(values, lanes, offset), constant("zero")), offset);
  });
  return code;
}

/** In place the tanh or the sigmoid: values, count. */
export function squashCode(name: string, kind: "tanh" | "sigmoid"): Code {
  const code = new Code(name, [I32, I32]);
  const [values, count] = code.parameters(2);
  const { load, store, keep } = vectorsOf(code);
  const activations = new Activations(code);
  const x = code.local(V128);
  eachPair(code, { count, pointers: [values] }, (lanes) => {
    keep(load(values, lanes), x);
    activations[kind](x, x);
    store(values, lanes, x);
  });
  return code;
}

/** From gradient g and activation y to the gradient before. */
type Derivative = (vectors: Vectors, g: Vector, y: number) => Vector;

/** 0 where the unit was off. */
export const reluDerivative: Derivative = ({ apply, constant }, g, y) =>
  apply(SIMD.andNot, g, apply(SIMD.lessOrEqual, y, constant("zero")));

/** g·(1 − y²). */
export const tanhDerivative: Derivative = ({ subtract, multiply, constant }, g, y) =>
  multiply(g, subtract(constant("one"), multiply(y, y)));

/** g·(y·(1 − y)). */
export const sigmoidDerivative: Derivative = ({ subtract, multiply, constant }, g, y) =>
  multiply(g, multiply(y, subtract(constant("one"), y)));

/** In place: gradients, activations, count. */
export function derivativeCode(name: string, derivative: Derivative): Code {
  const code = new Code(name, [I32, I32, I32]);
  const [gradients, activations, count] = code.parameters(3);
  const vectors = vectorsOf(code);
  const y = code.local(V128);
  eachPair(code, { count, pointers: [gradients, activations], unroll: 4 }, (lanes, offset) => {
    vectors.keep(vectors.load(activations, lanes, offset), y);
    vectors.store(gradients, lanes, derivative(vectors, vectors.load(gradients, lanes, offset), y), offset);
  });
  return code;
}

/** In place, each row: values, rows, columns. What is one number at a time here is in order there. */
export function softmaxCode(name: string): Code {
  const code = new Code(name, [I32, I32, I32]);
  const [values, rows, columns] = code.parameters(3);
  const { add, subtract, divide, load, store, apply, keep } = vectorsOf(code);
  const activations = new Activations(code);
  const [at, left] = code.locals(2, I32);
  const [largest, sum, x, zero] = code.locals(4, V128);
  const overRow = (body: (lanes: Lanes) => void, lanesMost: Lanes) => {
    code.copy(at, values);
    code.copy(left, columns);
    if (lanesMost === 2) return eachPair(code, { count: left, pointers: [at] }, body);
    code.whileAtLeast(left, 1, () => {
      body(1);
      code.advanceBy(at, NUMBER);
      code.advanceBy(left, -1);
    });
  };
  code.whileAtLeast(rows, 1, () => {
    keep(load(values, 1), largest);
    overRow((lanes) => keep(apply(SIMD.pickLarger, largest, load(at, lanes)), largest), 1);
    overRow((lanes) => {
      keep(subtract(load(at, lanes), largest), x);
      activations.expOfNegative(x, x);
      store(at, lanes, x);
    }, 2);
    code.copy(sum, zero);
    overRow((lanes) => keep(add(sum, load(at, lanes)), sum), 1);
    overRow((lanes) => store(at, lanes, divide(load(at, lanes), sum)), 2);
    code.copy(values, at);
    code.advanceBy(rows, -1);
  });
  return code;
}

/** One step of AdamW: parameters, gradients, first, second, count, β₁, 1 − β₁, β₂, 1 − β₂, rate, ε, kept. */
export function adamCode(name: string): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, F64, F64, F64, F64, F64, F64, F64]);
  const [parameters, gradients, first, second, count, ...scalars] = code.parameters(12);
  const { add, subtract, multiply, divide, load, store, apply, keep } = vectorsOf(code);
  const splat = (scalar: number) =>
    keep(() => {
      code.get(scalar);
      code.simd(SIMD.splat);
    });
  const [beta1, rest1, beta2, rest2, rate, epsilon, kept] = scalars.map(splat) as Locals<7>;
  const [g, m, v] = code.locals(3, V128);
  eachPair(code, { count, pointers: [parameters, gradients, first, second], unroll: 2 }, (lanes, offset) => {
    keep(load(gradients, lanes, offset), g);
    keep(add(multiply(beta1, load(first, lanes, offset)), multiply(rest1, g)), m);
    keep(add(multiply(beta2, load(second, lanes, offset)), multiply(multiply(rest2, g), g)), v);
    store(first, lanes, m, offset);
    store(second, lanes, v, offset);
    const step = divide(multiply(rate, m), add(apply(SIMD.root, v), epsilon));
    store(parameters, lanes, subtract(multiply(kept, load(parameters, lanes, offset)), step), offset);
  });
  return code;
}
