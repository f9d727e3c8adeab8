// Not pure: it asks a server.
/** The way to a federated server: the newest global model, and what devices have learned. No reading goes there. */
import { encodeSafetensors } from "../../../nn/mod.ts";
import { requireConfidentialUrl } from "../../runtime/confidential.ts";
import { UserError } from "../../runtime/errors.ts";
import {
  ANSWER_BYTES_MAX,
  GLOBAL_BYTES_MAX,
  GLOBAL_WAIT_S,
  LISTED_ANSWER_BYTES_MAX,
  RETRY_AFTER_MAX_S,
  SERVER_SILENT_MS,
} from "../limits.ts";
import type { OwnUpdate } from "../participant/device.ts";

/** A global model as it was published. */
export interface PublishedModel {
  readonly round: number;
  /** What the server is asked with next time. */
  readonly etag: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the server says to an update. */
export type UploadAnswer =
  | { readonly kind: "accepted"; readonly duplicate: boolean; readonly countedIn: number }
  | { readonly kind: "refused"; readonly reason: string; readonly detail: string }
  | { readonly kind: "busy"; readonly waitMs: number };

/** Answers that say nothing of who asks: the body came slowly, or somebody else at this address asks too much. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** The server cannot be reached, or cannot answer just now: it is worth another try. */
export class ServerAwayError extends Error {
  /** As every error has it. */
  override readonly name = "ServerAwayError";
}

/** A federated server, from where a participant is. */
export class FederatedServer {
  /** As the user named it. */
  readonly url: string;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * Asks nothing yet.
   *
   * @throws {UserError} (exit code 2) for a text that is no URL, and where a token would go out in clear
   */
  constructor(
    url: string,
    { token, allowClear }: { readonly token?: string; readonly allowClear?: boolean } = {},
  ) {
    this.url = url;
    this.#base = baseOf(url);
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    if (token !== undefined) {
      requireConfidentialUrl(this.#base, { secret: "the token of --token-file", allowed: allowClear });
    }
  }

  /**
   * The global model where it is another one than that of the ETag; waits for one for a while, then `null`.
   *
   * @throws {ServerAwayError} @throws {UserError} for an answer that is no federated server's, and a token that it does not take
   */
  async newerGlobal(etag: string | null, signal: AbortSignal): Promise<PublishedModel | null> {
    const wait = etag === null ? "" : `?wait=${GLOBAL_WAIT_S}`;
    const response = await this.#ask(`/api/v1/global-model${wait}`, {
      headers: etag === null ? {} : { "if-none-match": etag },
      signal,
      withinMs: SERVER_SILENT_MS + (etag === null ? 0 : GLOBAL_WAIT_S * 1_000),
    });
    if (response.status === 304) {
      await response.body?.cancel();
      return null;
    }
    await this.#requireOk(response);
    const round = Number(response.headers.get("x-federated-round") ?? NaN);
    const newEtag = response.headers.get("etag");
    if (!Number.isSafeInteger(round) || round < 0 || newEtag === null) {
      await response.body?.cancel();
      throw this.stranger("its answer has no round");
    }
    return { round, etag: newEtag, bytes: await this.#read(response, GLOBAL_BYTES_MAX) };
  }

  /**
   * Sends what a device has learned: weights, counts and metrics. The same update is the same request, byte for byte.
   *
   * @throws {ServerAwayError} @throws {UserError} as above
   */
  async upload(
    { device, round, version, numExamples, weights, metrics }: OwnUpdate,
    signal: AbortSignal,
  ): Promise<UploadAnswer> {
    const query = new URLSearchParams({
      device,
      round: String(round),
      examples: String(numExamples),
      version,
    });
    const response = await this.#ask(`/api/v1/local-update?${query}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", "x-metrics": JSON.stringify(metrics) },
      body: encodeSafetensors({
        tensors: [{ name: "parameters", dtype: "F64", shape: [weights.length], values: weights }],
        metadata: {},
      }),
      signal,
      withinMs: SERVER_SILENT_MS,
    });
    const { status } = response;
    if (status === 429) {
      await response.body?.cancel();
      return { kind: "busy", waitMs: waitMsOf(response) };
    }
    if (status === 503) {
      const { reason, detail } = await this.#readJson(response);
      if (reason === "busy") return { kind: "busy", waitMs: waitMsOf(response) };
      throw new ServerAwayError(typeof detail === "string" ? detail : "it answers 503");
    }
    if (status === 400 || status === 409 || status === 413 || status === 422) {
      const { reason = `HTTP ${status}`, detail, title } = await this.#readJson(response);
      return {
        kind: "refused",
        reason: String(reason),
        detail: String(detail ?? title ?? "no more is said"),
      };
    }
    await this.#requireOk(response);
    const { duplicate, countedIn } = await this.#readJson(response);
    return { kind: "accepted", duplicate: duplicate === true, countedIn: Number(countedIn ?? round) };
  }

  /**
   * The answer to a GET, or to a POST of a body: JSON, or bytes.
   *
   * @throws {ServerAwayError} @throws {UserError} as above
   */
  async askJson(
    path: string,
    { body, signal, withinMs }: {
      readonly body?: object;
      readonly signal: AbortSignal;
      readonly withinMs: number;
    },
  ): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
    const isBytes = body instanceof Uint8Array;
    const response = await this.#ask(path, {
      ...(body === undefined ? {} : {
        method: "POST",
        body: isBytes ? body as Uint8Array<ArrayBuffer> : JSON.stringify(body),
      }),
      headers: body === undefined
        ? {}
        : { "content-type": isBytes ? "application/octet-stream" : "application/json" },
      signal,
      withinMs,
    });
    const { status } = response;
    if (status !== 409 && status !== 422) await this.#requireOk(response);
    return { status, json: await this.#readJson(response, LISTED_ANSWER_BYTES_MAX) };
  }

  async #ask(
    path: string,
    { headers, signal, withinMs, ...init }: {
      readonly method?: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Uint8Array<ArrayBuffer> | string;
      readonly signal: AbortSignal;
      readonly withinMs: number;
    },
  ): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, {
        ...init,
        headers: { ...this.#headers, ...headers },
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      });
    } catch (error) {
      throw awayOf(error);
    }
  }

  async #requireOk(response: Response): Promise<void> {
    const { status } = response;
    if (status === 200 || status === 202) return;
    await response.body?.cancel();
    if (status >= 500 || PASSING.has(status)) throw new ServerAwayError(`it answers ${status}`);
    if (status === 401 || status === 403) {
      const which = "authorization" in this.#headers ? "another token" : "a token";
      throw new UserError(`the server ${this.url} wants ${which} (${status})`, {
        hint: "give the token with --token-file FILE",
      });
    }
    throw this.stranger(`it answers ${status}`);
  }

  /** Why it is no federation's server. */
  stranger(found: string): UserError {
    return new UserError(`${this.url} is not a federated server: ${found}`, {
      hint: "name the address that 'streamflow federated server' says it listens on",
    });
  }

  async #readJson(response: Response, bytesMax = ANSWER_BYTES_MAX): Promise<Record<string, unknown>> {
    const text = new TextDecoder().decode(await this.#read(response, bytesMax));
    try {
      const json: unknown = JSON.parse(text);
      if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
    } catch {
      // Said below.
    }
    if (response.status >= 500) return {};
    throw this.stranger("its answer is no JSON object");
  }

  /** The body, no longer than it may be. */
  async #read(response: Response, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const part of response.body ?? []) {
        length += part.length;
        if (length > bytesMax) break;
        parts.push(part);
      }
    } catch (error) {
      throw awayOf(error);
    }
    if (length > bytesMax) throw this.stranger(`its answer is longer than ${bytesMax} bytes`);
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function waitMsOf({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after") ?? 1);
  return 1_000 * (Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0.1), RETRY_AFTER_MAX_S) : 1);
}

function awayOf(error: unknown): ServerAwayError {
  const isSilent = error instanceof DOMException && error.name === "TimeoutError";
  return new ServerAwayError(isSilent ? "it does not answer" : "no connection", { cause: error });
}

/** Without a slash at its end. @throws {UserError} for what is no http or https URL */
function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "") {
    throw new UserError(`--server ${url} is no address of a server`, {
      hint: "write it as http://127.0.0.1:8080, without user or password",
      exitCode: 2,
    });
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}
