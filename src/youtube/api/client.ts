/**
 * The YouTube Data API v3 over `fetch`: videos.list, commentThreads.list, comments.list.
 *
 * Each question costs one unit, also one that is refused. What may pass is asked again, after growing pauses with
 * chance in them, or after what `Retry-After` says. Answers are bounded; what is said of them holds no secrets.
 */
import type { z } from "zod";
import { sleep } from "../../runtime/clock.ts";
import { requireConfidentialUrl } from "../../runtime/confidential.ts";
import type { Credentials } from "./credentials.ts";
import { ApiFailure, failureOf, refuseRedirect, retryAfterOf } from "./failure.ts";
import {
  ANSWER_BYTES_MAX,
  ANSWER_WITHIN_MS,
  ATTEMPTS_MAX,
  PAUSE_MS_MAX,
  PAUSE_MS_MIN,
  RETRY_AFTER_MS_MAX,
} from "./limits.ts";
import { nextResetMs } from "./quota.ts";

/** The budget is spent: thrown instead of asking. */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";
}

/** How a client is made. */
export interface ApiOptions {
  /** URL up to `/v3`. */
  readonly base: string;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  /** Units that may be spent. */
  readonly quotaBudget?: number | undefined;
  /** Waits for the day's next units when they are used up. */
  readonly wait: boolean;
  /** Lets the credentials go to other machines without TLS. @default false */
  readonly allowPlaintext?: boolean;
  /** One line for people. */
  readonly say: (message: string) => void;
  /** First pause between two attempts, in ms. @default PAUSE_MS_MIN */
  readonly pauseMs?: number;
}

/** Asks the API. */
export class ApiClient {
  readonly #options: ApiOptions;
  #spent = 0;

  /** @throws {UserError} where the credentials would go to another machine in clear. */
  constructor(options: ApiOptions) {
    const { base, allowPlaintext } = options;
    requireConfidentialUrl(base, { secret: "the YouTube credentials", allowed: allowPlaintext });
    this.#options = options;
  }

  /** Units spent so far. */
  get spent(): number {
    return this.#spent;
  }

  /**
   * Asks until there is an answer, or it makes no sense to ask again.
   *
   * @throws {ApiFailure}, {@linkcode BudgetSpent}, the signal's reason.
   */
  async get<P>(
    path: string,
    { query, schema }: { readonly query: Readonly<Record<string, string>>; readonly schema: z.ZodType<P> },
  ): Promise<P> {
    const { signal, say } = this.#options;
    for (let attempt = 1;; attempt++) {
      signal.throwIfAborted();
      try {
        return await this.#ask(path, { query, schema });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ApiFailure)) throw error;
        if (error.kind === "quota-exceeded" && this.#options.wait) {
          await this.#waitForReset();
          attempt = 0;
          continue;
        }
        if (error.kind !== "passing" || attempt >= ATTEMPTS_MAX) throw this.#harmless(error);
        const pauseMs = this.#pauseMs(attempt, error.retryAfterMs);
        say(`${path}: ${this.#harmless(error).message}; again in ${(pauseMs / 1000).toFixed(1)} s`);
        await sleep(pauseMs, signal);
      }
    }
  }

  #pauseMs(attempt: number, retryAfterMs: number | undefined): number {
    const most = Math.min(PAUSE_MS_MAX, (this.#options.pauseMs ?? PAUSE_MS_MIN) * 2 ** (attempt - 1));
    const own = most / 2 + Math.random() * most / 2;
    return retryAfterMs === undefined ? own : Math.min(RETRY_AFTER_MS_MAX, Math.max(retryAfterMs, own));
  }

  async #waitForReset(): Promise<void> {
    const { signal, say } = this.#options;
    const resetMs = nextResetMs(Date.now());
    say(
      `the day's units are used up; going on at ${new Date(resetMs).toISOString()} (midnight Pacific time)`,
    );
    await sleep(resetMs - Date.now(), signal);
  }

  /** The same failure, without what must not be seen. */
  #harmless(failure: ApiFailure): ApiFailure {
    const secrets = this.#options.credentials.secrets().filter((secret) => secret !== "");
    const message = secrets.reduce((text, secret) => text.replaceAll(secret, "…"), failure.message);
    const { kind, hint, retryAfterMs } = failure;
    return new ApiFailure(kind, message, { hint, retryAfterMs });
  }

  async #ask<P>(
    path: string,
    { query, schema }: { readonly query: Readonly<Record<string, string>>; readonly schema: z.ZodType<P> },
  ): Promise<P> {
    const { base, credentials, quotaBudget = Infinity, signal } = this.#options;
    const headers = await credentials.headers();
    if (this.#spent >= quotaBudget) throw new BudgetSpent(`the budget of ${quotaBudget} units is spent`);
    this.#spent++;
    let response: Response;
    let text: string;
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
      response = await fetch(`${base}/${path}?${new URLSearchParams(query)}`, {
        ...{ headers, signal: within },
        redirect: "manual",
      });
      await refuseRedirect(response);
      text = await boundedText(response);
    } catch (error) {
      if (error instanceof ApiFailure) throw error;
      throw new ApiFailure("passing", wayFailure(error as Error));
    }
    if (!response.ok) {
      const retryAfterMs = retryAfterOf(response.headers.get("retry-after"), Date.now());
      throw failureOf({ status: response.status, text, retryAfterMs });
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      const what = /^\s*</.test(text) ? "HTML" : "no whole JSON";
      throw new ApiFailure("passing", `the answer is ${what} (${text.length} characters)`);
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const { path: where, message } = parsed.error.issues[0]!;
    throw new ApiFailure("not-understood", `the answer is not as documented: ${where.join(".")}: ${message}`);
  }
}

/** What became of a request that has no answer; the error's own message may hold the URL. */
function wayFailure(error: Error): string {
  if (error.name === "TimeoutError") return `no answer within ${ANSWER_WITHIN_MS / 1000} s`;
  return /body|decod|reset|eof|closed|incomplete/i.test(error.message)
    ? "the answer was cut off"
    : "the API cannot be reached";
}

async function boundedText(response: Response): Promise<string> {
  let text = "";
  let bytes = 0;
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new ApiFailure("not-understood", `the answer has more than ${ANSWER_BYTES_MAX / 2 ** 20} MiB`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
