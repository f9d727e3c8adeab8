/** Wrong tokens by address, so that nobody tries many. Pure. */
import { ATTEMPTS_ADDRESSES_MAX, ATTEMPTS_MAX, ATTEMPTS_WINDOW_MS } from "./limits.ts";

/** Counts wrong tokens. */
export class Attempts {
  /** By address, the longest untouched first: times of the last wrong tokens. */
  readonly #failures = new Map<string, number[]>();

  /** How long the address has to wait, in s; 0 = it may try. */
  waitSeconds(address: string, nowMs: number): number {
    const recent = this.#recent(address, nowMs);
    return recent.length < ATTEMPTS_MAX
      ? 0
      : Math.max(1, Math.ceil((recent[0]! + ATTEMPTS_WINDOW_MS - nowMs) / 1000));
  }

  /** Counts one. */
  failed(address: string, nowMs: number): void {
    const recent = [...this.#recent(address, nowMs), nowMs].slice(-ATTEMPTS_MAX);
    const key = networkOf(address);
    this.#failures.delete(key);
    if (this.#failures.size >= ATTEMPTS_ADDRESSES_MAX) {
      this.#failures.delete(this.#failures.keys().next().value!);
    }
    this.#failures.set(key, recent);
  }

  #recent(address: string, nowMs: number): number[] {
    return (this.#failures.get(networkOf(address)) ?? []).filter((ms) => ms > nowMs - ATTEMPTS_WINDOW_MS);
  }
}

/** An address; of IPv6 the first half, which is what one customer has. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const parts = head.split(":").filter((part) => part !== "");
  const rest = tail === undefined ? [] : tail.split(":").filter((part) => part !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - parts.length - rest.length) }, () => "0");
  return [...parts, ...(tail === undefined ? [] : zeros), ...rest].slice(0, 4).join(":");
}
