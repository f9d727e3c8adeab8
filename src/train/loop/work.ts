// Not pure: it looks at the clock.
/** Long work in slices: signals, the display and the disk have their turn in between, and it can be left unfinished. */
import type { Network } from "../../../nn/mod.ts";

/** Work that pauses after every slice of it. */
export type Work<T> = Generator<null, T>;

/** How long work goes on once it was asked to stop. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** Time after the interruption, in ms. @default {@linkcode MEASURE_WITHIN_MS} */
  readonly withinMs?: number | undefined;
  /** The time in ms. @default `performance.now` */
  readonly now?: (() => number) | undefined;
}

/** Time that measuring has after an interruption, in ms: a command gets 5 s to stop. */
export const MEASURE_WITHIN_MS = 1_500;
/** Time between two turns of the event loop, in ms. */
const PAUSE_EVERY_MS = 50;
/** Parameters × time steps × examples between two pauses: some 100 ms of work forwards. */
const FORWARD_WORK_PER_SLICE = 1e9;

/** Does the work; `undefined` where it was interrupted and the time after that was over first. */
export async function finishWork<T>(work: Work<T>, patience: Patience = {}): Promise<T | undefined> {
  const { signal, withinMs = MEASURE_WITHIN_MS, now = () => performance.now() } = patience;
  let pausedMs = now();
  let endMs = signal?.aborted ? pausedMs + withinMs : Infinity;
  while (now() < endMs) {
    const { done, value } = work.next();
    if (done) return value;
    if (now() - pausedMs < PAUSE_EVERY_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    pausedMs = now();
    if (signal?.aborted && endMs === Infinity) endMs = pausedMs + withinMs;
  }
  work.return(undefined as never);
  return undefined;
}

/** Does the work without a pause. */
export function finishAtOnce<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Examples that go forwards through the network in one slice, 1 or more. */
export function rowsPerSlice({ parameters, spec }: Network, rowsMax: number): number {
  const rows = Math.floor(FORWARD_WORK_PER_SLICE / (parameters.length * spec.steps));
  return Math.max(1, Math.min(rowsMax, rows));
}
