/** Ending a group's member when nothing has come for a while. */
import type { JobClock } from "./clock.ts";
import { TICK_MS } from "./limits.ts";

/** Looks whether anything comes in. Time counts only while there is something that it could come from. */
export interface IdleWatch {
  /** Something came. */
  restart(): void;
  /** Partitions are ours: time counts from now on. `0`: others own them all, or have died and are not missed yet. */
  assigned(partitions: number): void;
  /** They were taken away: time does not count until some are assigned again. */
  revoked(): void;
  cancel(): void;
}

/** How a watch is set up. */
export interface IdleOptions {
  /** `undefined`: never. */
  readonly untilIdleMs: number | undefined;
  /**
   * A dead member of the group is missed after so long: without a partition, or while records are there that have not
   * come, this is waited for as well.
   */
  readonly sessionTimeoutMs: number;
  /** Nothing can come just now: the cluster is away, or what came is still being worked on. */
  readonly isAway?: (() => boolean) | undefined;
  /** Records are there and have not come yet, or windows are due: on a slow machine that is not the end. */
  readonly isBehind?: (() => boolean) | undefined;
  readonly clock: JobClock;
  readonly stop: () => void;
}

/** What `--until-idle` says, of a member of a client's group. @default sessionTimeoutMs the adapters', 30 s */
export function idleOptions(
  { untilIdleMs, sessionTimeoutMs = 30_000, client, isBusy = () => false }: {
    readonly untilIdleMs?: number | undefined;
    readonly sessionTimeoutMs?: number | undefined;
    readonly client: { readonly isAway?: () => boolean };
    readonly isBusy?: (() => boolean) | undefined;
  },
): Pick<IdleOptions, "untilIdleMs" | "sessionTimeoutMs" | "isAway"> {
  return { untilIdleMs, sessionTimeoutMs, isAway: () => isBusy() || client.isAway?.() === true };
}

/** Calls `stop` when partitions were ours for `untilIdleMs` and nothing came. */
export function watchIdle(options: IdleOptions): IdleWatch {
  const { untilIdleMs, sessionTimeoutMs, isAway = () => false, isBehind = () => false, clock, stop } =
    options;
  if (untilIdleMs === undefined) {
    return { restart: () => {}, assigned: () => {}, revoked: () => {}, cancel: () => {} };
  }
  /** `null`: time does not count. */
  let idleFromMs: number | null = null;
  let cancel = () => {};
  const check = () => {
    if (idleFromMs === null) return;
    if (isAway()) idleFromMs = Math.max(idleFromMs, clock.nowMs());
    const leftMs = idleFromMs + untilIdleMs - clock.nowMs();
    const patienceMs = leftMs <= 0 && isBehind() ? leftMs + sessionTimeoutMs : 0;
    if (Math.max(leftMs, patienceMs) <= 0) stop();
    else cancel = clock.after(leftMs > 0 ? leftMs : Math.min(TICK_MS, patienceMs), check);
  };
  const begin = (fromMs: number) => {
    idleFromMs = fromMs;
    cancel();
    check();
  };
  return {
    restart: () => {
      if (idleFromMs !== null) idleFromMs = Math.max(idleFromMs, clock.nowMs());
    },
    assigned: (partitions) => begin(clock.nowMs() + (partitions === 0 ? sessionTimeoutMs : 0)),
    revoked: () => {
      idleFromMs = null;
      cancel();
    },
    cancel: () => cancel(),
  };
}
