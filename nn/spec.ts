/** The architecture of a network, and where its parameters lie. */
import { HIDDEN_LAYERS_MAX, PARAMETERS_MAX } from "./limits.ts";

/** What ends a hidden layer. */
export type Activation = "relu" | "tanh";

/** The architecture of a network. */
export interface MlpSpec {
  /** I. */
  readonly inputs: number;
  /** Widths of the hidden layers; none makes a linear model. */
  readonly hidden: readonly number[];
  /** O. */
  readonly outputs: number;
  /** After each hidden layer. */
  readonly activation: Activation;
}

/** A named view of the flat parameters (and, at the same place, of the gradients). */
export interface TensorView {
  /** `layers.0.weight`, `layers.0.bias`, `layers.1.weight`, … */
  readonly name: string;
  /** (K, N) for a weight, (N) for a bias. */
  readonly shape: readonly number[];
  /** Of its first number in the flat array. */
  readonly offset: number;
  /** How many numbers it has. */
  readonly length: number;
}

/**
 * Where each tensor of an architecture lies in the flat parameters.
 *
 * @throws RangeError when a width is no positive integer, or the network is over the limits
 */
export function tensorViews(spec: MlpSpec): TensorView[] {
  checkSpec(spec);
  const widths = [spec.inputs, ...spec.hidden, spec.outputs];
  const views: TensorView[] = [];
  let offset = 0;
  for (let l = 0; l + 1 < widths.length; l++) {
    const k = widths[l]!, n = widths[l + 1]!;
    views.push({ name: `layers.${l}.weight`, shape: [k, n], offset, length: k * n });
    views.push({ name: `layers.${l}.bias`, shape: [n], offset: offset + k * n, length: n });
    offset += k * n + n;
  }
  return views;
}

function checkSpec({ inputs, hidden, outputs, activation }: MlpSpec): void {
  const widths = [inputs, ...hidden, outputs];
  if (!widths.every((width) => Number.isSafeInteger(width) && width > 0)) {
    throw new RangeError(`Cannot make a network of widths ${widths.join("-")}: positive integers are wanted`);
  }
  if (hidden.length > HIDDEN_LAYERS_MAX) {
    throw new RangeError(
      `Cannot make a network of ${hidden.length} hidden layers: at most ${HIDDEN_LAYERS_MAX} are allowed`,
    );
  }
  let count = 0;
  for (let l = 0; l + 1 < widths.length; l++) count += (widths[l]! + 1) * widths[l + 1]!;
  if (count > PARAMETERS_MAX) {
    throw new RangeError(
      `Cannot make a network of ${count} parameters: at most ${PARAMETERS_MAX} are allowed`,
    );
  }
  if (activation !== "relu" && activation !== "tanh") {
    throw new RangeError(`Cannot make a network with activation "${activation}": "relu" or "tanh" is wanted`);
  }
}
