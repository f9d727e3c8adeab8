/** When a round closes, and what it takes in: what whoever starts the server decides. */
import { LISTED_BYTES_MAX, LISTED_UPDATES_MAX, STALENESS_MAX } from "../limits.ts";
import type { StrategyName } from "../strategies/mod.ts";
import { privacyOf } from "../strategies/private.ts";
import type { Strategy, StrategyOptions, StrategyState } from "../strategies/strategy.ts";
import { readStrategyState } from "../update_file.ts";

/** What becomes of an update that learned from an older global model than the newest. */
export type LatePolicy = "next" | "refuse";

/** The rules of the rounds. */
export interface RoundsPolicy {
  readonly strategy: StrategyName;
  readonly strategyOptions: StrategyOptions;
  /** The quorum: devices without whose updates no round is aggregated, but by hand. */
  readonly minParticipants: number;
  /** A round closes so long after its first update, where the quorum is there; else it goes on for as long again. */
  readonly deadlineMs: number | null;
  /** A round closes so long after it opened, where the quorum is there; else it is looked at after as long again. */
  readonly everyMs: number | null;
  /** A round closes with so many updates, where the quorum is there. Without any of the three it closes with the quorum. */
  readonly after: number | null;
  /** `next`: counted into the round that is open; `refuse`: refused, but by strategies that are made for late ones. */
  readonly late: LatePolicy;
  /** Rounds that a late update may be behind; as many global models are kept. */
  readonly staleness: number;
  /** Largest norm of weights less the global ones; `null`: the limit of all updates. */
  readonly normMax: number | null;
}

/** What a policy means for a strategy and a model. */
export interface RoundsRules {
  /** Devices without which no round is aggregated. */
  readonly quorum: number;
  /** Updates that close a round at once; `Infinity`: none do. */
  readonly goal: number;
  /** Rounds that an update may be behind. */
  readonly staleness: number;
  /** A late update beside the device's own does not count: the device would have two votes, or give twice as much away. */
  readonly isOncePerDevice: boolean;
}

/**
 * What a policy means for a strategy, and a model of so many weights.
 *
 * @throws RangeError where it cannot be kept
 */
export function rulesOf(
  { minParticipants, deadlineMs, everyMs, after, late, staleness, strategyOptions }: RoundsPolicy,
  { strategy, weights }: { readonly strategy: Strategy; readonly weights: number },
): RoundsRules {
  const quorum = Math.max(minParticipants, strategy.minUpdates);
  const capacity = strategy.streams
    ? Infinity
    : Math.max(1, Math.min(LISTED_UPDATES_MAX, Math.floor(LISTED_BYTES_MAX / (8 * weights))));
  if (quorum > capacity) {
    throw new RangeError(
      `Cannot wait for ${quorum} participants: ${strategy.name} has to see all updates at once, and takes ` +
        `${capacity} of ${weights} weights; a mean (fedavg, fedadam …) takes any number`,
    );
  }
  const waits = deadlineMs !== null || everyMs !== null;
  const wanted = after !== null ? Math.max(after, quorum) : waits ? Infinity : quorum;
  return {
    quorum,
    goal: Math.min(wanted, capacity),
    isOncePerDevice: !strategy.streams || strategyOptions.clipNorm !== undefined,
    staleness: late === "refuse"
      ? strategy.stalenessMax
      : Math.min(Math.max(staleness, strategy.stalenessMax), STALENESS_MAX),
  };
}

/** Whose state a strategy can go on from: another strategy's, or one's without noise, it cannot. */
export function stateNameOf({ strategy, strategyOptions: { clipNorm } }: RoundsPolicy): string {
  return clipNorm === undefined ? strategy : `${strategy} with privacy`;
}

/** What a strategy goes on from: its own state; of another one with privacy what was spent of it, and the noise's key. */
export function keptState(
  policy: RoundsPolicy,
  { strategy, bytes }: { readonly strategy: string; readonly bytes: Uint8Array },
): StrategyState {
  if (strategy === stateNameOf(policy)) return readStrategyState(bytes);
  return policy.strategyOptions.clipNorm === undefined ? null : privacyOf(readStrategyState(bytes));
}
