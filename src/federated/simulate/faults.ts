/** What goes wrong in a simulation: devices that are poisoned throughout, and devices that drop out of a round. */
import type { Random } from "../../../nn/mod.ts";
import type { Update } from "../update.ts";

/** What a poisoned device sends instead of what it learned. */
export type Poison = "sign-flip" | "times-100" | "label-flip" | "not-a-number";

const POISONS: readonly Poison[] = ["sign-flip", "times-100", "label-flip", "not-a-number"];

/** How much goes wrong. */
export interface Faults {
  /** Share of the devices whose update does not come in time, drawn for each round. */
  readonly drop: number;
  /** Share of the devices that are poisoned. */
  readonly poison: number;
}

/** Poison by device, each kind in turn; the share rounded up, so that a share above 0 poisons one at least. */
export function choosePoisoned(devices: number, share: number, random: Random): ReadonlyMap<number, Poison> {
  const order = Int32Array.from({ length: devices }, (_, i) => i);
  random.shuffle(order);
  const count = Math.min(devices, Math.ceil(share * devices - 1e-9));
  return new Map([...order.subarray(0, count)].map((device, i) => [device, POISONS[i % POISONS.length]!]));
}

/** What is sent of what was learned; a label flip lies in the learning. */
export function poisonUpdate(update: Update, poison: Poison | undefined, global: Float64Array): Update {
  const factors: Partial<Record<Poison, number>> = { "sign-flip": -1, "times-100": 100, "not-a-number": NaN };
  const factor = poison === undefined ? undefined : factors[poison];
  if (factor === undefined) return update;
  return {
    ...update,
    weights: update.weights.map((weight, i) => global[i]! + factor * (weight - global[i]!)),
  };
}
