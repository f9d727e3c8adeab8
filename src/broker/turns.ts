/**
 * Whose turn it is on the one thread. Work goes on at once while there is time in the current slice; past that it
 * waits, timers and sockets come first, and of those who wait whoever has worked least lately goes on.
 */
import { SPENT_HALF_LIFE_MS, TURN_MS } from "./limits.ts";

/** Gives out turns; one for all connections of a broker. */
export class Turns {
  /** When the current slice ends, by the performance clock; `null`: none has begun. */
  #endsMs: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  readonly #waiting = new Set<{ readonly turn: Turn; readonly goOn: () => void }>();
  /** Time in ms that only goes forward. */
  readonly now: () => number;

  /** @param now the clock; tests bring their own. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Whether the current slice has time left; the first to ask begins one. */
  hasTime(nowMs: number): boolean {
    if (this.#isClosed) return true;
    if (this.#endsMs === null) this.#begin(nowMs);
    return this.#endsMs! > nowMs;
  }

  #begin(nowMs: number): void {
    this.#endsMs = nowMs + TURN_MS;
    this.#timer = setTimeout(() => void this.#next(), 0);
  }

  /** Resolves when `turn` may go on. */
  wait(turn: Turn): Promise<void> {
    return new Promise((goOn) => this.#waiting.add({ turn, goOn }));
  }

  /** Nobody waits any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { goOn } of this.#waiting) goOn();
    this.#waiting.clear();
  }

  async #next(): Promise<void> {
    this.#endsMs = null;
    if (this.#waiting.size === 0) return;
    this.#begin(this.now());
    do {
      const next = this.#leastSpent();
      this.#waiting.delete(next);
      next.goOn();
      // What goes on does so in a microtask; behind it there may be time for another.
      for (let hop = 0; hop < 4; hop++) await null;
    } while (this.#waiting.size > 0 && this.hasTime(this.now()));
  }

  #leastSpent() {
    const nowMs = this.now();
    let [least] = this.#waiting;
    for (const one of this.#waiting) {
      if (one.turn.spentMs(nowMs) < least!.turn.spentMs(nowMs)) least = one;
    }
    return least!;
  }
}

/** The turns of one connection, and how long it has worked. */
export class Turn {
  readonly #turns: Turns;
  #spentMs = 0;
  #markMs = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Work begins here, after others may have worked. */
  begin(): void {
    const nowMs = this.#turns.now();
    this.#spentMs = this.spentMs(nowMs);
    this.#markMs = nowMs;
  }

  /** Time worked lately, in ms: it counts half as much after each {@linkcode SPENT_HALF_LIFE_MS}. */
  spentMs(nowMs: number): number {
    return this.#spentMs * 2 ** ((this.#markMs - nowMs) / SPENT_HALF_LIFE_MS);
  }

  /** `null` where work may go on at once, otherwise to be waited for. */
  pause(): Promise<void> | null {
    const nowMs = this.#turns.now();
    this.#spentMs += nowMs - this.#markMs;
    this.#markMs = nowMs;
    return this.#turns.hasTime(nowMs) ? null : this.#turns.wait(this).then(() => this.begin());
  }
}
