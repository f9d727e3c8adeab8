/** Who comes in: hosts that are our own, pages that are our own, and whoever has the token. */
import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Access } from "./access.ts";
import { Attempts } from "./attempts.ts";
import { isOfOtherSite, isOwnHost, isSameOrigin } from "./host.ts";
import { SESSION_SECONDS } from "./limits.ts";
import { listenerOf } from "./listener.ts";
import { Problem } from "./problem.ts";
import { Sessions } from "./sessions.ts";
import { Tokens } from "./tokens.ts";

/** Answered without a token. */
const OPEN: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/login", "/login.css", "/favicon.svg"]);

/** Names of those who brought a token with one. */
const holders = new WeakMap<Context, string>();

/** Whose token the request has brought, or its session was begun with; `null` where it has no name, or none was needed. */
export function holderOf(c: Context): string | null {
  return holders.get(c) ?? null;
}

/** Refuses with 421 and 403 what was sent to another name, or from another site's page. */
export function ownHostAlone({ beyond, names }: Access): MiddlewareHandler {
  return async (c, next) => {
    const { port } = listenerOf(c);
    const host = c.req.header("host") ?? "";
    if (port !== undefined && !isOwnHost(host, { port, beyond, names })) {
      throw new Problem(421, "this server does not go by the name in Host; --allow-host NAME adds one");
    }
    const origin = c.req.header("origin");
    if ((origin !== undefined && !isSameOrigin(origin, host)) || isOfOtherSite(c.req.raw.headers)) {
      throw new Problem(403, "requests from pages of other origins are refused");
    }
    await next();
  };
}

/** The token's gate. */
export class Gate {
  readonly #tokens: Tokens;
  readonly #sessions: Sessions | null;
  readonly #attempts = new Attempts();
  readonly #nowMs: () => number;

  constructor(access: Access, nowMs: () => number) {
    this.#tokens = new Tokens(access);
    this.#sessions = this.#tokens.isEmpty ? null : new Sessions(this.#tokens.text);
    this.#nowMs = nowMs;
  }

  /** Whether a token is demanded at all. */
  get isShut(): boolean {
    return this.#sessions !== null;
  }

  /** Lets in who has a session or the token; sends people to the login. */
  readonly middleware: MiddlewareHandler = async (c, next) => {
    if (OPEN.has(c.req.path) || this.isIn(c)) return await next();
    const isPerson = /^(?:GET|HEAD)$/.test(c.req.raw.method) && c.req.header("accept")?.includes("text/html");
    if (!isPerson) {
      throw new Problem(
        401,
        "a token is needed: send it as 'Authorization: Bearer TOKEN', or log in at /login",
      );
    }
    const { pathname, search } = new URL(c.req.url);
    const wanted = pathname + search;
    return c.redirect(wanted === "/" ? "/login" : `/login?next=${encodeURIComponent(wanted)}`, 303);
  };

  /** Whether the request brings a session or the token. @throws {Problem} 429 */
  isIn(c: Context): boolean {
    if (this.#sessions === null) return true;
    const holder = this.#sessions.holderOf(getCookie(c, cookieOf(c)) ?? "", this.#nowMs());
    if (holder !== undefined) {
      if (holder !== null) holders.set(c, holder);
      return true;
    }
    const given = /^bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
    return given !== undefined && this.#isToken(c, given);
  }

  /** Begins a session where the token is right. @throws {Problem} 429 */
  logIn(c: Context, token: string): boolean {
    if (this.#sessions === null || !this.#isToken(c, token)) return false;
    setCookie(c, cookieOf(c), this.#sessions.begin(this.#nowMs(), holderOf(c)), {
      httpOnly: true,
      sameSite: "Strict",
      // A proxy has taken TLS off.
      secure: c.req.header("origin")?.startsWith("https:") ?? false,
      path: "/",
      maxAge: SESSION_SECONDS,
    });
    return true;
  }

  /** Ends the request's session. */
  logOut(c: Context): void {
    this.#sessions?.end(getCookie(c, cookieOf(c)) ?? "", this.#nowMs());
    deleteCookie(c, cookieOf(c), { path: "/" });
  }

  #isToken(c: Context, given: string): boolean {
    const address = listenerOf(c).remoteAddr?.hostname ?? "";
    const waitSeconds = this.#attempts.waitSeconds(address, this.#nowMs());
    if (waitSeconds > 0) {
      throw new Problem(429, `too many wrong tokens from this address: try again in ${waitSeconds} s`, {
        retryAfterSeconds: waitSeconds,
      });
    }
    const holder = this.#tokens.holderOf(given);
    if (holder !== undefined) {
      if (holder !== null) holders.set(c, holder);
      return true;
    }
    this.#attempts.failed(address, this.#nowMs());
    return false;
  }
}

/** Cookies know no ports: each listener of this machine has its own. */
function cookieOf(c: Context): string {
  return `streamflow_session_${listenerOf(c).port ?? 0}`;
}
