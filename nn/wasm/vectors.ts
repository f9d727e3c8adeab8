/**
 * Expressions over vectors, so that the kernels of this folder read like formulas: `add(x, multiply(y, z))` is
 * something that, when asked, writes the code that leaves x + y·z on the stack.
 */
import { type Code, SIMD, V128 } from "./assembler.ts";
import { addressOfConstant, type ConstantName } from "./constants.ts";

/** Bytes of a number, and of a vector of two. */
export const NUMBER = 8, VECTOR = 16;

/** A vector: a local that holds it, or what pushes it. */
export type Vector = number | (() => void);

/** How many numbers are worked on at once: a last single one is loaded into both lanes, and one of them is stored. */
export type Lanes = 1 | 2;

/** The ways to write expressions into one function. */
export interface Vectors {
  /** a + b */
  add(a: Vector, b: Vector): Vector;
  /** a − b */
  subtract(a: Vector, b: Vector): Vector;
  /** a × b */
  multiply(a: Vector, b: Vector): Vector;
  /** a / b */
  divide(a: Vector, b: Vector): Vector;
  /** Any instruction on vectors. */
  apply(instruction: number, ...operands: Vector[]): Vector;
  /** The two numbers, or the one, so many bytes behind an address. */
  load(address: number, lanes: Lanes, offset?: number): Vector;
  /** Stores them there. */
  store(address: number, lanes: Lanes, value: Vector, offset?: number): void;
  /** A constant in both lanes. */
  constant(name: ConstantName): Vector;
  /** Computes it now, into a new local or a given one. @returns the local */
  keep(value: Vector, local?: number): number;
}

/** Expressions for one function. */
export function vectorsOf(code: Code): Vectors {
  const push = (value: Vector) => typeof value === "number" ? code.get(value) : value();
  const apply = (instruction: number, ...operands: Vector[]) => () => {
    operands.forEach(push);
    code.simd(instruction);
  };
  return {
    apply,
    add: (a, b) => apply(SIMD.add, a, b),
    subtract: (a, b) => apply(SIMD.subtract, a, b),
    multiply: (a, b) => apply(SIMD.multiply, a, b),
    divide: (a, b) => apply(SIMD.divide, a, b),
    load: (address, lanes, offset = 0) => () => {
      code.get(address);
      code.memory(lanes === 2 ? SIMD.load : SIMD.loadSplat, offset);
    },
    store(address, lanes, value, offset = 0) {
      code.get(address);
      push(value);
      code.memory(lanes === 2 ? SIMD.store : SIMD.storeLane, offset);
    },
    // From memory: V8 builds a constant in the code again, by way of a general register, each time it is used.
    constant: (name) => () => {
      code.constant(0);
      code.memory(SIMD.load, addressOfConstant(name));
    },
    keep(value, local = code.local(V128)) {
      push(value);
      code.set(local);
      return local;
    },
  };
}

/** What is gone through pair by pair. */
export interface Pairs {
  /** How many numbers; ends at 0. */
  readonly count: number;
  /** Where they are read and written; each ends behind its last number. */
  readonly pointers: readonly number[];
  /** Pairs in one turn, where a turn is so short that moving the pointers takes long. Default 1. */
  readonly unroll?: number;
}

/** Runs the body on pairs of numbers and then on a last single one, so many bytes behind the pointers. */
export function eachPair(
  code: Code,
  { count, pointers, unroll = 1 }: Pairs,
  body: (lanes: Lanes, offset: number) => void,
): void {
  const turns: { lanes: Lanes; pairs: number }[] = [{ lanes: 2, pairs: 1 }, { lanes: 1, pairs: 1 }];
  if (unroll > 1) turns.unshift({ lanes: 2, pairs: unroll });
  for (const { lanes, pairs } of turns) {
    code.whileAtLeast(count, lanes * pairs, () => {
      for (let pair = 0; pair < pairs; pair++) body(lanes, pair * VECTOR);
      for (const pointer of pointers) code.advanceBy(pointer, lanes * pairs * NUMBER);
      code.advanceBy(count, -lanes * pairs);
    });
  }
}
