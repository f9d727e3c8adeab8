/** Says once that a store takes no rows, and once that it takes them again: in between it is tried again. */
import { Backoff } from "../../runtime/wait.ts";
import { STORE_PAUSE_MS_MAX, STORE_PAUSE_MS_MIN } from "../limits.ts";
import { StoreError, type StoreErrorKind } from "../store.ts";

const MEANINGS: Readonly<Partial<Record<StoreErrorKind, string>>> = {
  "locked": "is locked",
  "full": "is full",
  "away": "is away",
};

/** What is known of a store. */
export class StoreOutage {
  readonly #warn: (message: string) => void;
  readonly #nowMs: () => number;
  #lost: { readonly kind: StoreErrorKind; readonly sinceMs: number; readonly message: string } | null = null;

  constructor(warn: (message: string) => void, nowMs: () => number = Date.now) {
    this.#warn = warn;
    this.#nowMs = nowMs;
  }

  /** What is wrong now, in one line; `null` = all is well. */
  get trouble(): string | null {
    return this.#lost?.message ?? null;
  }

  /** Rows were not taken. */
  lost({ kind, message }: StoreError): void {
    if (this.#lost?.kind === kind) return;
    const found = `the store ${MEANINGS[kind] ?? "takes no rows"}: ${message}`;
    this.#lost = { kind, sinceMs: this.#lost?.sinceMs ?? this.#nowMs(), message: found };
    this.#warn(`${found}; trying again, and what comes meanwhile waits on its topics`);
  }

  /** Rows were taken. */
  reached(): void {
    if (this.#lost === null) return;
    const seconds = ((this.#nowMs() - this.#lost.sinceMs) / 1_000).toFixed(1);
    this.#lost = null;
    this.#warn(`the store takes rows again, after ${seconds} s`);
  }
}

/**
 * What `work` resolves to, tried until the store does it: once also after the signal has aborted; `null` where it did not.
 *
 * @throws {StoreError} that does not pass
 */
export async function persist<T>(
  work: () => Promise<T>,
  { signal, outage }: { readonly signal: AbortSignal; readonly outage: StoreOutage },
): Promise<T | null> {
  const backoff = new Backoff(STORE_PAUSE_MS_MIN, STORE_PAUSE_MS_MAX);
  do {
    try {
      const result = await work();
      outage.reached();
      return result;
    } catch (error) {
      if (!(error instanceof StoreError) || !["locked", "full", "away"].includes(error.kind)) throw error;
      outage.lost(error);
    }
    await backoff.wait(signal);
  } while (!signal.aborted);
  return null;
}
