/** Trying again, by elapsed time. */
import { RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from "../limits.ts";
import { toKafkaError } from "../protocol_errors.ts";
import { Backoff } from "../wait.ts";
import { mayPass } from "./cluster.ts";

/** How long, and what is said at the end. */
export interface RetryOptions {
  readonly timeoutMs: number;
  /** What is being done, for the message. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** @default mayPass */
  readonly again?: (error: unknown) => boolean;
}

/** Calls `attempt` until it succeeds, fails for good, or the time is over. @throws {KafkaError} */
export async function retry<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
  const again = options.again ?? mayPass;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!again(error) || Date.now() >= deadline || options.signal?.aborted) {
        throw toKafkaError(error, options.what, again(error) ? "unreachable" : "protocol");
      }
    }
    await backoff.wait(options.signal);
  }
}
