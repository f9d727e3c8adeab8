/**
 * Whose turn it is on the one thread. Work goes on at once while there is time in the current slice; past that it
 * waits, timers and sockets come first, and of those who wait whoever has worked least lately goes on.
 */
import { BULK_BYTES_MAX, SPENT_HALF_LIFE_MS, TURN_MS } from "./limits.ts";

/** Gives out turns; one for all connections of a broker. */
export class Turns {
  /** When the current slice ends, by the performance clock; `null`: none has begun. */
  #endsMs: number | null = null;
  #bulkBytes = 0;
  #rest: Promise<void> | null = null;
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
    this.#timer = setTimeout(() => this.#next(), 0);
  }

  /**
   * Counts bytes that came as fast as they were read: past a limit whoever reads on waits for this, see
   * {@linkcode Turns.giveWay}.
   */
  afterBulk(sizeBytes: number): Promise<void> | null {
    this.#bulkBytes += sizeBytes;
    return this.#bulkBytes < BULK_BYTES_MAX || this.#isClosed ? null : this.giveWay();
  }

  /**
   * Resolves when other sockets have had their turn. Deno looks for them only when the thread has nothing to do, which
   * it never has while some always have something ready.
   */
  giveWay(): Promise<void> {
    this.#rest ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#bulkBytes = 0;
        this.#rest = null;
        resolve();
      }, 0);
    });
    return this.#rest;
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

  #next(): void {
    this.#endsMs = null;
    if (this.#waiting.size > 0) void this.#run();
  }

  async #run(): Promise<void> {
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

  /** Work stops here, for something else to be waited for. */
  rest(): void {
    const nowMs = this.#turns.now();
    this.#spentMs += Math.max(0, nowMs - this.#markMs);
    this.#markMs = nowMs;
  }

  /** `null` where work may go on at once, otherwise to be waited for. */
  pause(): Promise<void> | null {
    this.rest();
    return this.#turns.hasTime(this.#markMs) ? null : this.#turns.wait(this).then(() => this.begin());
  }
}
