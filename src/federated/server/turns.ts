// Not pure: it waits.
/** Waiting for what changes: each waits for the next turn, and none is left behind when its signal aborts. */
import { unlessAborted } from "../../runtime/clock.ts";

/** Two bells: one for what was read, one for what is asked for. */
export class Turns {
  #read = Promise.withResolvers<void>();
  #asked = Promise.withResolvers<void>();

  /** Something was read. */
  pass(): void {
    this.#read.resolve();
    this.#read = Promise.withResolvers<void>();
  }

  /** Something is asked for. */
  ask(): void {
    this.#asked.resolve();
  }

  /** Resolves when something is read from now on, or the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#read.promise, signal).catch(() => {});
  }

  /** Resolves when something has been asked for since the last time, or the signal aborts. */
  async asked(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#asked.promise, signal).catch(() => {});
    this.#asked = Promise.withResolvers<void>();
  }
}
