/** Asking a federation's server over HTTP: what it answers, checked, or why not, for people. */
import type { z } from "zod";
import type { Settings } from "../../config/settings.ts";
import { requireConfidentialUrl } from "../../runtime/confidential.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Log } from "../../runtime/log.ts";
import { readOwnToken } from "../../web/frame/access.ts";

/** Settings of a command that asks. */
export const ASKING_KEYS = ["server", "tokenFile", "allowPlaintextCredentials"] as const;

/** Wording of those that mean something else here. */
export const ASKING_WORDING = {
  tokenFile: {
    description: "File whose first line ends with the token that the server wants [default: none is sent]",
    placeholder: "FILE",
  },
} as const;

/** An answer has to be there after so long, in ms. */
const ANSWER_WITHIN_MS = 10_000;

/** What surrounds a question. */
export interface AskingOptions {
  readonly settings: Pick<Settings, typeof ASKING_KEYS[number]>;
  readonly log: Pick<Log, "warn">;
  readonly signal: AbortSignal;
}

/** A server that is asked. */
export class FederationServer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;

  private constructor(url: string, token: string | null, signal: AbortSignal) {
    this.url = url;
    this.#headers = {
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    this.#signal = signal;
  }

  /** Asks nothing yet. @throws {UserError} (exit code 2) for an address or a token that is none */
  static async open({ settings, log, signal }: AskingOptions): Promise<FederationServer> {
    const { server, tokenFile, allowPlaintextCredentials: allowed } = settings;
    const found = URL.canParse(server) ? new URL(server) : null;
    if (found === null || !/^https?:$/.test(found.protocol) || found.username !== "" || found.search !== "") {
      throw new UserError(`${server} is no address of a server`, {
        hint: "name it with --server http://HOST:PORT",
        exitCode: 2,
      });
    }
    const url = found.href.replace(/\/+$/, "");
    if (tokenFile === undefined) return new FederationServer(url, null, signal);
    requireConfidentialUrl(url, { secret: "the token", allowed });
    return new FederationServer(url, await readOwnToken(tokenFile, log), signal);
  }

  /** What a path answers. @throws {UserError} where there is no answer, or another one than a federation's */
  async get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    const response = await this.#fetch(path);
    const body: unknown = await response.json().catch(() => null);
    if (response.status === 401) {
      throw new UserError(`the server at ${this.url} wants a token`, {
        hint: "give it with --token-file FILE",
      });
    }
    const found = response.ok ? schema.safeParse(body) : null;
    if (found?.success) return found.data;
    const detail = (body as { readonly detail?: unknown } | null)?.detail;
    if (!response.ok && response.status !== 404 && typeof detail === "string") {
      throw new UserError(`the server at ${this.url} answers ${response.status}: ${detail}`);
    }
    throw new UserError(`what answers at ${this.url} is not the server of a federation`, {
      hint: "name its address with --server; 'streamflow federated server' says where it listens",
    });
  }

  async #fetch(path: string): Promise<Response> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    try {
      return await fetch(`${this.url}/api/v1/${path}`, {
        headers: this.#headers,
        redirect: "manual",
        signal,
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      const late = signal.aborted ? ` within ${ANSWER_WITHIN_MS / 1_000} s` : "";
      throw new UserError(`no server answers at ${this.url}${late}`, {
        hint: "start one with 'streamflow federated server', or name another address with --server",
        cause: error,
      });
    }
  }
}
