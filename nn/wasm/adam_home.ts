/** Where Adam's moments lie while it steps a network whose parameters are in WebAssembly memory. */
import type { Kernels } from "../kernels.ts";

/** Room for the moments of one optimizer at a time, beside the parameters that it steps. */
export interface AdamHome {
  /** Those of the network. */
  readonly kernels: Kernels;
  /** The network's. */
  readonly gradients: Float64Array;
  /** For the first and second moments. */
  readonly slots: readonly [Float64Array, Float64Array];
  /** Makes the optimizer whose moments lie here take them with it; null when nobody's do. */
  evict: (() => void) | null;
}

/** By a network's parameters; an entry goes when they go. */
const homes = new WeakMap<Float64Array, AdamHome>();

/** Tells where the moments for these parameters may lie. */
export function offerAdamHome(parameters: Float64Array, home: AdamHome): void {
  homes.set(parameters, home);
}

/** The home beside these parameters and gradients, or null: they are not one network's in WebAssembly memory. */
export function findAdamHome(parameters: Float64Array, gradients: Float64Array): AdamHome | null {
  const home = homes.get(parameters);
  return home !== undefined && home.gradients === gradients ? home : null;
}
