// Not pure: it waits.
/** Whether the server can be reached: said once when it cannot, and when it is back; asked again at growing intervals. */
import { Backoff, pause } from "../../runtime/wait.ts";
import { SERVER_RETRY_MS } from "../limits.ts";
import { type FederatedServer, ServerAwayError } from "./client.ts";

/** Where sentences for people go. */
export interface Said {
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** Asks a server until it answers. */
export class Reach {
  /** Whether it could not be reached the last time. */
  isAway = false;
  readonly #server: FederatedServer;
  readonly #said: Said;

  constructor(server: FederatedServer, said: Said) {
    this.#server = server;
    this.#said = said;
  }

  /** What `ask` resolves to, however often it has to be asked; `null` when the signal aborts. */
  async untilAnswered<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
    const backoff = new Backoff(SERVER_RETRY_MS.min, SERVER_RETRY_MS.max);
    while (!signal.aborted) {
      try {
        const answer = await ask();
        this.#answered();
        return answer;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof ServerAwayError)) throw error;
        this.#away(error);
        await backoff.wait(signal);
      }
    }
    return null;
  }

  #away({ message }: ServerAwayError): void {
    if (this.isAway) return;
    this.isAway = true;
    this.#said.warn(
      `the server ${this.#server.url} cannot be reached (${message}): devices go on learning, it is tried again`,
    );
  }

  #answered(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.#said.info(`the server ${this.#server.url} is back`);
  }
}

/** Wakes one who waits; rung before, it is heard at once. */
export class Nudge {
  #isRung = false;
  #wake: () => void = () => {};

  /** Something has happened. */
  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Resolves when it has rung since the last time, after `withinMs` at the latest, and when the signal aborts. */
  async heard(withinMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung) {
      const rung = new AbortController();
      this.#wake = () => rung.abort();
      await pause(withinMs, AbortSignal.any([signal, rung.signal]));
      this.#wake = () => {};
    }
    this.#isRung = false;
  }
}
