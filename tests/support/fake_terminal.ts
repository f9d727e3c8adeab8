/** A terminal and a clock for screens. */
import type { Terminal } from "../../src/monitor/terminal/screen.ts";

/** A terminal that keeps what is written, and hears what a test types. */
export class FakeTerminal implements Terminal {
  written: string[] = [];
  now: { columns: number; rows: number } | null = { columns: 80, rows: 24 };
  resized: (() => void) | null = null;
  typed: ((input: string) => void) | null = null;
  write(text: string): void {
    this.written.push(text);
  }
  size() {
    return this.now;
  }
  onResize(changed: () => void): () => void {
    this.resized = changed;
    return () => this.resized = null;
  }
  suspend: { leave: () => void; enter: () => void } | null = null;
  onSuspend(leave: () => void, enter: () => void): () => void {
    this.suspend = { leave, enter };
    return () => this.suspend = null;
  }
  openKeys(typed: (input: string) => void): () => void {
    this.typed = typed;
    return () => this.typed = null;
  }
  get text(): string {
    return this.written.join("");
  }
}

/** Time that passes when everybody waits. */
export class FakeClock {
  #nowMs = Date.UTC(2026, 0, 2);
  #alarms: { atMs: number; ring: () => void }[] = [];
  nowMs = () => this.#nowMs;
  after = (delayMs: number, ring: () => void) => {
    const alarm = { atMs: this.#nowMs + delayMs, ring };
    this.#alarms.push(alarm);
    return () => void (this.#alarms = this.#alarms.filter((one) => one !== alarm));
  };
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const next = this.#alarms.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.ring();
    }
    this.#nowMs = untilMs;
  }
}
