/** What makes new global weights from a round's updates: the contract, and what all strategies share. */
import type { Update } from "../update.ts";

/** Where a round stands. */
export interface RoundPlace {
  /** Number of the round: that of the global model that on-time updates learn from. */
  readonly round: number;
  /** Earlier global weights by round, as far as they are kept: those that late updates learned from. */
  readonly earlier?: ReadonlyMap<number, Float64Array>;
}

/** Takes the updates of one round as they come, in any order. */
export interface Collector {
  /** Takes a checked update. @throws RangeError for one that no check has passed */
  add(update: Update): void;
  /**
   * New global weights: the same updates give the same bits. Once, at the end.
   *
   * @throws RangeError for fewer updates than `minUpdates`
   */
  finish(): Float64Array;
}

/** What a strategy keeps between rounds, by name; `null` where it keeps nothing. */
export type StrategyState = Readonly<Record<string, Float64Array>> | null;

/** Makes new global weights of updates. */
export interface Strategy {
  readonly name: string;
  /** Fewest updates that it can work with. */
  readonly minUpdates: number;
  /** Rounds that an update may be behind: 0 for those that wait for a round's own. */
  readonly stalenessMax: number;
  /** It looks at the updates' mean by examples alone: what can be added up without seeing single ones. */
  readonly takesMean: boolean;
  /** μ of the participants' term μ/2·‖w − global‖² in their loss; 0 for none. */
  readonly proximal: number;
  /** Its collectors take no more memory for more updates; those of others keep all updates to the end. */
  readonly streams: boolean;
  /** What it does not do with so many updates though its name says so, a sentence; `null` where nothing. */
  doubt(updates: number): string | null;
  /** Begins a round. `global` is neither changed nor copied. */
  begin(global: Float64Array, at: RoundPlace): Collector;
  /** What it keeps between rounds, to go on after a restart. */
  state(): StrategyState;
  /** ε of what all rounds so far give away of a device, see privacy/accountant.ts; `null` where nothing is promised. */
  epsilon(): number | null;
}

/** Settings of the strategies; each heeds its own. */
export interface StrategyOptions {
  /** Share of the updates that may be false: β of the trimmed mean, f/n of Krum and Bulyan. @default 0.25 */
  readonly faultyShare?: number;
  /** Learning rate of the server. @default by strategy */
  readonly serverLearningRate?: number;
  /** β of FedAvgM. @default 0.5 */
  readonly momentum?: number;
  /** μ of FedProx. @default 0.01 */
  readonly proximal?: number;
  /** Norm that each update's way is cut to, in the weights' unit; all count alike then. @default none */
  readonly clipNorm?: number | undefined;
  /** Standard deviation of the noise on the sum of the updates, in clip norms. @default 0 */
  readonly noiseMultiplier?: number | undefined;
  /** 32 bytes that nobody can guess: what the noise is drawn from. */
  readonly noiseKey?: Uint8Array | undefined;
}

/** β, f/n where nobody says more. */
export const FAULTY_SHARE = 0.25;

/** What most strategies are: no state, on-time updates alone, nothing to doubt. */
export const PLAIN = {
  minUpdates: 1,
  stalenessMax: 0,
  proximal: 0,
  takesMean: false,
  streams: false,
  doubt: () => null,
  state: () => null,
  epsilon: () => null,
} as const satisfies Partial<Strategy>;

/** For strategies that have to see all updates at once: `of` gets them sorted by device, then by round. */
export function collectAll(
  strategy: Strategy,
  of: (updates: readonly Update[]) => Float64Array,
): Collector {
  const updates: Update[] = [];
  return {
    add: (update) => void updates.push(update),
    finish: () => {
      requireUpdates(strategy, updates.length);
      return of(updates.sort(byDevice));
    },
  };
}

function byDevice(a: Update, b: Update): number {
  return a.device < b.device ? -1 : a.device > b.device ? 1 : a.round - b.round;
}

/** @throws RangeError where there are too few */
export function requireUpdates({ name, minUpdates }: Strategy, updates: number): void {
  if (updates >= minUpdates) return;
  throw new RangeError(`Cannot aggregate ${updates} updates by ${name}: ${minUpdates} or more are wanted`);
}

/** @throws RangeError where it is not from 0 to below one half */
export function faultyShareOf({ faultyShare = FAULTY_SHARE }: StrategyOptions): number {
  if (faultyShare >= 0 && faultyShare < 0.5) return faultyShare;
  throw new RangeError(
    `Cannot expect a share of ${faultyShare} of the updates to be false: from 0 to below 0.5 can be outvoted`,
  );
}

/** Numbers of a saved state, of such a length; zeros of none. @throws RangeError for anything else */
export function numbersOf(state: StrategyState, name: string, length: number): Float64Array {
  if (state === null) return new Float64Array(length);
  const numbers = state[name];
  if (numbers?.length === length && numbers.every(Number.isFinite)) return numbers;
  throw new RangeError(
    `Cannot go on from the state of a strategy: ${length} finite numbers are wanted as ${name}`,
  );
}
