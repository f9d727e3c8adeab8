/**
 * Logins without a list of them: a session names its end, and whose token began it, and proves by a MAC that it was made with the token. It holds
 * over a restart, ends with another token or a logout, and nothing in it leads back to the token but guessing, each
 * guess as slow as scrypt.
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { ENDED_SESSIONS_MAX, SESSION_SECONDS } from "./limits.ts";

/** Whether two secrets are the same, in a time that says nothing about where they differ. */
function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The sessions of one token. */
export class Sessions {
  readonly #key: Buffer;
  /** Ended by a logout. */
  readonly #ended = new Set<string>();

  constructor(token: string) {
    this.#key = scryptSync(token, "streamflow session 1", 32);
  }

  /** A new one, for a cookie. @param holder name of the token's holder */
  begin(nowMs: number, holder: string | null = null): string {
    const ends = Math.floor(nowMs / 1000) + SESSION_SECONDS;
    const name = holder === null ? "" : `.${Buffer.from(holder).toString("base64url")}`;
    const claim = `${ends}.${randomBytes(12).toString("base64url")}${name}`;
    return `${claim}.${this.#mac(claim)}`;
  }

  /**
   * Whose it is: the name of the token's holder, `null` for one without a name; `undefined` where it was not begun here, is
   * over or was ended.
   */
  holderOf(session: string, nowMs: number): string | null | undefined {
    const [, claim, ends, name, mac] =
      /^((\d{1,12})\.[\w-]{16}(?:\.([\w-]+))?)\.([\w-]{43})$/.exec(session) ?? [];
    if (claim === undefined || !isSameSecret(mac!, this.#mac(claim))) return undefined;
    if (Number(ends) * 1000 <= nowMs || this.#ended.has(claim)) return undefined;
    return name === undefined ? null : Buffer.from(name, "base64url").toString();
  }

  /** Ends it before its time. */
  end(session: string, nowMs: number): void {
    if (this.holderOf(session, nowMs) === undefined) return;
    if (this.#ended.size >= ENDED_SESSIONS_MAX) this.#ended.delete(this.#ended.values().next().value!);
    this.#ended.add(session.slice(0, session.lastIndexOf(".")));
  }

  #mac(claim: string): string {
    return createHmac("sha256", this.#key).update(claim).digest("base64url");
  }
}
