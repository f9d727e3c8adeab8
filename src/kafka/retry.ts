/** Trying again, by elapsed time. */
import { RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from "./limits.ts";
import type { KafkaError, KafkaErrorKind } from "./port.ts";
import { Backoff } from "../runtime/wait.ts";

/** How long, and what is said at the end. */
export interface RetryOptions {
  readonly timeoutMs: number;
  /** What is being done, for the message. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** @default the adapter's rule */
  readonly again?: (error: unknown) => boolean;
}

/** An adapter's rules. */
export interface RetryRules {
  /** Trying again later may help. */
  readonly mayPass: (error: unknown) => boolean;
  readonly toKafkaError: (error: unknown, what: string, kind: KafkaErrorKind) => KafkaError;
}

/** Calls `attempt` until it succeeds, fails for good, or the time is over; the result rejects with {@linkcode KafkaError}. */
export type Retry = <T>(options: RetryOptions, attempt: () => Promise<T>) => Promise<T>;

/** {@linkcode Retry} by an adapter's rules. */
export function retryBy({ mayPass, toKafkaError }: RetryRules): Retry {
  return async ({ timeoutMs, what, signal, again = mayPass }, attempt) => {
    const deadline = Date.now() + timeoutMs;
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!again(error) || Date.now() >= deadline || signal?.aborted) {
          throw toKafkaError(error, what, again(error) ? "unreachable" : "protocol");
        }
      }
      await backoff.wait(signal);
    }
  };
}
