/** Waiting that an abort ends, and time limits. */

/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** `promise`, or `undefined` when it takes longer than `ms`; a later rejection is of no interest any more. */
export async function atMost<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}

/** Pauses that double from one attempt to the next. */
export class Backoff {
  #ms: number;
  readonly #min: number;
  readonly #max: number;

  /** The first pause, and the longest, in ms. */
  constructor(minMs: number, maxMs: number) {
    this.#ms = this.#min = minMs;
    this.#max = maxMs;
  }

  /** Waits, longer each time. */
  async wait(signal?: AbortSignal): Promise<void> {
    const ms = this.#ms;
    this.#ms = Math.min(this.#max, ms * 2);
    await pause(ms, signal);
  }

  /** Something worked: begin with the shortest pause again. */
  reset(): void {
    this.#ms = this.#min;
  }
}
