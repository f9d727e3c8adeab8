/** What all optimizers check. */
import type { OptimizerState } from "./optimizer.ts";

/** Checks that an optimizer made for `length` parameters gets as many, and as many gradients. */
export function checkStep(length: number, parameters: Float64Array, gradients: Float64Array): void {
  if (parameters.length !== length || gradients.length !== length) {
    throw new RangeError(
      `Cannot step ${parameters.length} parameters by ${gradients.length} gradients: ` +
        `the optimizer was made for ${length}`,
    );
  }
}

/** Copies a state's slots over an optimizer's own, and returns its steps. */
export function restoreSlots(own: OptimizerState, from: OptimizerState): number {
  const shape = (state: OptimizerState) =>
    `${state.name} with ${state.slots.map((slot) => slot.length).join("+")}`;
  if (shape(own) !== shape(from)) {
    throw new RangeError(`Cannot restore the state of ${shape(from)} numbers: it is wanted of ${shape(own)}`);
  }
  if (!Number.isSafeInteger(from.steps) || from.steps < 0) {
    throw new RangeError(`Cannot restore a state after ${from.steps} steps: a whole number is wanted`);
  }
  own.slots.forEach((slot, s) => slot.set(from.slots[s]!));
  return from.steps;
}

/** Checks a setting that is from 0 to below 1. */
export function checkShare(name: string, share: number): number {
  if (share >= 0 && share < 1) return share;
  throw new RangeError(
    `Cannot make an optimizer with ${name} ${share}: a number from 0 to below 1 is wanted`,
  );
}

/** Checks a setting that is 0 or more. */
export function checkSize(name: string, size: number): number {
  if (size >= 0 && size < Infinity) return size;
  throw new RangeError(`Cannot make an optimizer with ${name} ${size}: a finite number from 0 is wanted`);
}
