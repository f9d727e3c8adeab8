/** Ending a run when nothing has come for a while. */
import type { WorkerClock } from "./worker_clock.ts";

/** Looks whether anything comes in. */
export interface IdleWatch {
  /** Something came. */
  restart(): void;
  cancel(): void;
}

/** Calls `stop` when {@linkcode IdleWatch.restart} was not called for `untilIdleMs`; `graceMs` more at the start. */
export function watchIdle(
  { untilIdleMs, graceMs, clock, stop }: {
    /** `undefined`: never. */
    readonly untilIdleMs: number | undefined;
    readonly graceMs: number;
    readonly clock: WorkerClock;
    readonly stop: () => void;
  },
): IdleWatch {
  if (untilIdleMs === undefined) return { restart: () => {}, cancel: () => {} };
  let idleFromMs = clock.nowMs() + graceMs;
  let cancel = () => {};
  const check = () => {
    const leftMs = idleFromMs + untilIdleMs - clock.nowMs();
    if (leftMs <= 0) stop();
    else cancel = clock.after(leftMs, check);
  };
  cancel = clock.after(untilIdleMs, check);
  const restart = () => {
    idleFromMs = clock.nowMs();
  };
  return { restart, cancel: () => cancel() };
}
