/** Time that the test moves. */
import type { JobClock } from "../../src/jobs/clock.ts";

/** A clock that stands still until the test moves it. */
export class FakeClock implements JobClock {
  #nowMs: number;
  #alarms: { atMs: number; callback: () => void }[] = [];

  constructor(nowMs = 0) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const alarm = { atMs: this.#nowMs + delayMs, callback };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Alarms that have not rung. */
  get pending(): number {
    return this.#alarms.length;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#alarms.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#alarms = this.#alarms.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { callback } of due) callback();
  }
}
