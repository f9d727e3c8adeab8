/** Time as a worker needs it; tests bring their own. */

/** A clock with an alarm. */
export interface JobClock {
  /** Unix ms. */
  nowMs(): number;
  /** Calls back once, `delayMs` from now; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: JobClock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
