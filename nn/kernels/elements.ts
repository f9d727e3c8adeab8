/** The kernels in TypeScript that go through whole arrays number by number, or column by column. */
import { exp, sigmoid, tanh } from "./activation.ts";
import type { ActivationGradient, AdamStep, ColumnSum, ElementActivation, Transposition } from "./kernels.ts";

/** Writes each column's sum, the rows added in order. */
export function sumColumns({ from, rows, columns, into, start }: ColumnSum): void {
  for (let column = 0; column < columns; column++) {
    let total = 0;
    for (let row = 0, at = column; row < rows; row++, at += columns) total += from[at]!;
    into[start + column] = total;
  }
}

/** Writes the transposed (columns, rows). */
export function transpose({ b, bStart, rows, columns }: Transposition, into: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      into[column * rows + row] = b[bStart + row * columns + column]!;
    }
  }
}

/** In place; a NaN stays a NaN. */
export function activate(name: ElementActivation, values: Float64Array, count: number): void {
  switch (name) {
    case "relu":
      for (let i = 0; i < count; i++) if (values[i]! < 0) values[i] = 0;
      break;
    case "tanh":
      for (let i = 0; i < count; i++) values[i] = tanh(values[i]!);
      break;
    case "sigmoid":
      for (let i = 0; i < count; i++) values[i] = sigmoid(values[i]!);
      break;
  }
}

/** In place: 0 where the unit was off; times 1 − y²; times y·(1 − y). */
export function activationBackward(name: ElementActivation, gradient: ActivationGradient): void {
  const { gradients, activations, count } = gradient;
  switch (name) {
    case "relu":
      for (let i = 0; i < count; i++) if (activations[i]! <= 0) gradients[i] = 0;
      break;
    case "tanh":
      for (let i = 0; i < count; i++) gradients[i] = gradients[i]! * (1 - activations[i]! * activations[i]!);
      break;
    case "sigmoid":
      for (let i = 0; i < count; i++) {
        gradients[i] = gradients[i]! * (activations[i]! * (1 - activations[i]!));
      }
      break;
  }
}

/** In place, each row: eᶻ / Σ eᶻ, summed in order, with the row's largest z taken off first. */
export function softmaxRows(values: Float64Array, rows: number, columns: number): void {
  for (let row = 0, start = 0; row < rows; row++, start += columns) {
    let largest = values[start]!, sum = 0;
    for (let i = start + 1; i < start + columns; i++) if (largest < values[i]!) largest = values[i]!;
    for (let i = start; i < start + columns; i++) {
      const power = exp(values[i]! - largest);
      values[i] = power;
      sum += power;
    }
    for (let i = start; i < start + columns; i++) values[i] = values[i]! / sum;
  }
}

/** One step of Adam or AdamW. */
export function adamStep(step: AdamStep): void {
  const { parameters, gradients, first, second, beta1, rest1, beta2, rest2, rate, epsilon } = step;
  const kept = 1 - (step.decay ?? 0);
  for (let i = 0; i < first.length; i++) {
    const g = gradients[i]!;
    const m = beta1 * first[i]! + rest1 * g;
    const v = beta2 * second[i]! + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    parameters[i] = kept * parameters[i]! - rate * m / (Math.sqrt(v) + epsilon);
  }
}
