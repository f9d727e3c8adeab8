/** exp, sigmoid and tanh of ../activation.ts, written into a function: the same operations in the same order. */
import { type Code, SIMD, V128 } from "./assembler.ts";
import { type Vector, type Vectors, vectorsOf } from "./vectors.ts";

/** Bits of a number's fraction: the exponent begins above. */
const FRACTION_BITS = 52;

/** Writes activations into one function; they share its scratch locals. */
export class Activations {
  readonly #code: Code;
  readonly #vectors: Vectors;
  readonly #scratch: Readonly<Record<"y" | "t" | "n" | "r" | "r2" | "r4" | "q" | "s", number>>;

  /** Makes the scratch locals. */
  constructor(code: Code) {
    const [y, t, n, r, r2, r4, q, s] = code.locals(8, V128);
    this.#code = code;
    this.#vectors = vectorsOf(code);
    this.#scratch = { y, t, n, r, r2, r4, q, s };
  }

  /** y = n·ln 2 + r; leaves q = eʳ − 1 and s = 2ⁿ in their locals. */
  #reduce(): void {
    const { add, subtract, multiply, constant, keep } = this.#vectors;
    const { y, t, n, r, r2, r4, q, s } = this.#scratch;
    keep(add(multiply(y, constant("log2E")), constant("rounder")), t);
    keep(subtract(t, constant("rounder")), n);
    keep(
      subtract(
        subtract(y, multiply(n, constant("ln2High"))),
        multiply(n, constant("ln2Low")),
      ),
      r,
    );
    keep(multiply(r, r), r2);
    const pair = (low: Vector, high: Vector, by: Vector) => add(low, multiply(by, high));
    keep(multiply(r2, r2), r4);
    const a0 = pair(constant("p0"), constant("p1"), r), a1 = pair(constant("p2"), constant("p3"), r);
    const a2 = pair(constant("p4"), constant("p5"), r), a3 = pair(constant("p6"), constant("p7"), r);
    const a4 = pair(constant("p8"), constant("p9"), r);
    const low = pair(a0, a1, r2), high = pair(pair(a2, a3, r2), a4, r4);
    keep(add(r, multiply(r2, pair(low, high, r4))), q);
    // n stands in t's lowest bits; moved up to the exponent, and added to that of 1, it makes 2ⁿ.
    const shifted = () => {
      this.#code.get(t);
      this.#code.constant(FRACTION_BITS);
      this.#code.simd(SIMD.shiftLeft);
    };
    keep(this.#vectors.apply(SIMD.addIntegers, shifted, constant("one")), s);
  }

  /** s·q + s of a y within the limits of exp. */
  #power(y: Vector): Vector {
    const { add, multiply, apply, constant, keep } = this.#vectors;
    const { q, s } = this.#scratch;
    const bounded = apply(
      SIMD.pickSmaller,
      apply(SIMD.pickLarger, y, constant("expMin")),
      constant("expMax"),
    );
    keep(bounded, this.#scratch.y);
    this.#reduce();
    return add(multiply(s, q), s);
  }

  /** into ← eˣ, for x that are at most 0 or NaN. */
  expOfNegative(x: number, into: number): void {
    const { apply, constant, keep } = this.#vectors;
    const power = this.#power(x);
    keep(apply(SIMD.andNot, power, apply(SIMD.less, x, constant("expMin"))), into);
  }

  /** into ← 1 / (1 + e⁻ˣ). */
  sigmoid(x: number, into: number): void {
    const { add, divide, apply, constant, keep } = this.#vectors;
    const power = this.#power(apply(SIMD.negate, x));
    const result = divide(constant("one"), add(constant("one"), power));
    keep(apply(SIMD.andNot, result, apply(SIMD.less, x, constant("sigmoidMin"))), into);
  }

  /** into ← tanh x. */
  tanh(x: number, into: number): void {
    const { add, subtract, multiply, divide, apply, constant, keep } = this.#vectors;
    const { y, q, s } = this.#scratch;
    const size = apply(SIMD.absolute, x);
    keep(apply(SIMD.pickSmaller, multiply(size, constant("two")), constant("tanhMaxTwice")), y);
    this.#reduce();
    const e = keep(add(multiply(s, q), subtract(s, constant("one"))), q);
    const sign = apply(SIMD.andNot, x, apply(SIMD.absolute, x));
    keep(apply(SIMD.or, divide(e, add(e, constant("two"))), sign), into);
  }
}
