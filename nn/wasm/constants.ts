/** The numbers that the kernels in WebAssembly load from the front of their memory. */
import {
  EXP_MAX,
  EXP_MIN,
  LN2_HIGH,
  LN2_LOW,
  LOG2_E,
  POLYNOMIAL,
  ROUNDER,
  TANH_MAX,
} from "../kernels/activation.ts";

const [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9] = POLYNOMIAL;

const CONSTANTS = {
  zero: 0,
  one: 1,
  two: 2,
  log2E: LOG2_E,
  rounder: ROUNDER,
  ln2High: LN2_HIGH,
  ln2Low: LN2_LOW,
  ...{ p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 },
  expMin: EXP_MIN,
  expMax: EXP_MAX,
  sigmoidMin: -EXP_MAX,
  tanhMaxTwice: 2 * TANH_MAX,
};

/** A constant by its name. */
export type ConstantName = keyof typeof CONSTANTS;

/** Bytes from the memory's beginning to the constants: no array ever lies at address 0. */
const CONSTANTS_AT = 64;

/** Bytes of a constant: it stands there twice, as a vector. */
const CONSTANT_BYTES = 16;

/** Bytes at the memory's beginning that are never handed out. */
export const RESERVED_BYTES = 1024;

const PLACES = new Map(
  Object.keys(CONSTANTS).map((name, index) => [name, CONSTANTS_AT + index * CONSTANT_BYTES]),
);

/** Puts the constants where the kernels look for them. */
export function writeConstants(buffer: ArrayBufferLike): void {
  const values = Object.values(CONSTANTS).flatMap((value) => [value, value]);
  new Float64Array(buffer, 0, RESERVED_BYTES / Float64Array.BYTES_PER_ELEMENT)
    .set(values, CONSTANTS_AT / Float64Array.BYTES_PER_ELEMENT);
}

/** The address of a constant, in bytes. */
export function addressOfConstant(name: ConstantName): number {
  return PLACES.get(name)!;
}
