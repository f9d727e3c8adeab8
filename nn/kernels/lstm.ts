/** One time step of an LSTM cell in TypeScript. */
import { sigmoid, tanh } from "./activation.ts";
import type { LstmStep, LstmStepGradient } from "./kernels.ts";

/** See {@linkcode LstmStep}. */
export function lstmStep(step: LstmStep): void {
  const { rows, units, gates, cellBefore, cell, cellTanh, hidden } = step;
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const at = row * units + unit;
      const input = step.gatesStart + 4 * row * units + unit;
      const forget = input + units, candidate = forget + units, output = candidate + units;
      const i = sigmoid(gates[input]!), f = sigmoid(gates[forget]!);
      const g = tanh(gates[candidate]!), o = sigmoid(gates[output]!);
      const c = f * cellBefore[step.cellBeforeStart + at]! + i * g;
      const squashed = tanh(c);
      gates[input] = i;
      gates[forget] = f;
      gates[candidate] = g;
      gates[output] = o;
      cell[step.cellStart + at] = c;
      cellTanh[step.cellTanhStart + at] = squashed;
      hidden[step.hiddenStart + at] = o * squashed;
    }
  }
}

/** See {@linkcode LstmStepGradient}. */
export function lstmStepBackward(step: LstmStepGradient): void {
  const { rows, units, gates, cellBefore, cellTanh, dHidden, dCell, dGates } = step;
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const at = row * units + unit, first = 4 * row * units + unit;
      const from = step.gatesStart + first, into = step.dGatesStart + first;
      const i = gates[from]!, f = gates[from + units]!;
      const g = gates[from + 2 * units]!, o = gates[from + 3 * units]!;
      const squashed = cellTanh[step.cellTanhStart + at]!;
      const dh = dHidden[step.dHiddenStart + at]!;
      const dc = dCell[step.dCellStart + at]! + dh * o * (1 - squashed * squashed);
      dGates[into] = dc * g * (i * (1 - i));
      dGates[into + units] = dc * cellBefore[step.cellBeforeStart + at]! * (f * (1 - f));
      dGates[into + 2 * units] = dc * i * (1 - g * g);
      dGates[into + 3 * units] = dh * squashed * (o * (1 - o));
      dCell[step.dCellStart + at] = dc * f;
    }
  }
}
