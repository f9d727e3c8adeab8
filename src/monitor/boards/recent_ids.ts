/** Ids that were seen, in bounded memory: two generations, of which the older one is evicted. */
import { createHash } from "node:crypto";
import { ID_LENGTH_MAX } from "./limits.ts";

/** An id that identifies as well and is not long: whoever writes to a topic writes ids as long as records may be. */
export function boundedId(id: string): string {
  if (id.length <= ID_LENGTH_MAX) return id;
  return `sha256:${createHash("sha256").update(id).digest("base64url")}`;
}

/** A set that knows at least the last `limit` ids, and at most twice as many. */
export class RecentIds {
  readonly #limit: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #forgot = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `true` as long as no id was evicted: then every repetition was noticed. */
  get complete(): boolean {
    return !this.#forgot;
  }

  /** Whether the id is among those that are remembered. */
  has(id: string): boolean {
    return this.#knows(boundedId(id));
  }

  /** Remembers an id. @returns `false` where it was known already */
  add(id: string): boolean {
    const bounded = boundedId(id);
    if (this.#knows(bounded)) return false;
    if (this.#young.size >= this.#limit) {
      if (this.#old.size > 0) this.#forgot = true;
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(bounded);
    return true;
  }

  #knows(bounded: string): boolean {
    return this.#young.has(bounded) || this.#old.has(bounded);
  }
}
