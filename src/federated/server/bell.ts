// Not pure: it waits.
/** A bell: whoever waits for it goes on when it rings. */
import { unlessAborted } from "../../runtime/clock.ts";

/** Rings for all that wait at that time, and for nobody later. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  /** All that wait go on. */
  ring(): void {
    this.#rung.resolve();
    this.#rung = Promise.withResolvers<void>();
  }

  /** Resolves when it rings from now on, or the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#rung.promise, signal).catch(() => {});
  }
}
