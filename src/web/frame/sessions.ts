/**
 * Logins without a list of them: a session names its end and proves by a MAC that it was made with the token. It holds
 * over a restart, ends with another token or a logout, and nothing in it leads back to the token but guessing, each
 * guess as slow as scrypt.
 */
import type { Buffer } from "node:buffer";
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

  /** A new one, for a cookie. */
  begin(nowMs: number): string {
    const claim = `${Math.floor(nowMs / 1000) + SESSION_SECONDS}.${randomBytes(12).toString("base64url")}`;
    return `${claim}.${this.#mac(claim)}`;
  }

  /** Whether it was begun here, is not over and was not ended. */
  isValid(session: string, nowMs: number): boolean {
    const [, claim, ends, mac] = /^((\d{1,12})\.[\w-]{16})\.([\w-]{43})$/.exec(session) ?? [];
    if (claim === undefined || !isSameSecret(mac!, this.#mac(claim))) return false;
    return Number(ends) * 1000 > nowMs && !this.#ended.has(claim);
  }

  /** Ends it before its time. */
  end(session: string, nowMs: number): void {
    if (!this.isValid(session, nowMs)) return;
    if (this.#ended.size >= ENDED_SESSIONS_MAX) this.#ended.delete(this.#ended.values().next().value!);
    this.#ended.add(session.slice(0, session.lastIndexOf(".")));
  }

  #mac(claim: string): string {
    return createHmac("sha256", this.#key).update(claim).digest("base64url");
  }
}
