/** Waiting that ends early when it is asked to. */

/** Longest single wait of a timer, in ms (timers overflow at 2^31). */
const WAIT_MAX_MS = 3_600_000;

/** Resolves after `ms`, or as soon as the signal aborts; leaves no timer behind. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0 && !signal.aborted; left -= WAIT_MAX_MS) {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(left, WAIT_MAX_MS));
      signal.addEventListener("abort", done);
    });
  }
}

/**
 * What `promise` resolves to, unless the signal aborts first; the promise itself goes on unheard.
 *
 * @throws The signal's reason.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => {});
  }
}

/** The elements of `source` until the signal aborts, even while the next one is being waited for. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  let waiting = false;
  try {
    while (!signal.aborted) {
      waiting = true;
      const next = await unlessAborted(iterator.next(), signal);
      waiting = false;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    if (error !== signal.reason) throw error;
  } finally {
    // An iterator that waits for its source cannot be asked to return.
    if (!waiting) await iterator.return?.();
  }
}
