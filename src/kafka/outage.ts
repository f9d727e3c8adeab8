/** Says once that a broker is away, and once that it is back: in between it is tried again without a word. */
import { KafkaError } from "./port.ts";
import { reasonOf } from "./protocol_errors.ts";
import { ErrorCode, errorName } from "../wire/error_code.ts";

/** What is known of the brokers of a client. */
export class Outage {
  readonly #warn: (message: string) => void;
  /** By address: since when, Unix ms. */
  readonly #lost = new Map<string, number>();
  /** Connections that are open. */
  #open = 0;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** A broker could not be reached, and no connection to another is open: one node of several that is down is not it. */
  get isAway(): boolean {
    return this.#lost.size > 0 && this.#open === 0;
  }

  /** A connection could not be made. @param address `host:port` */
  lost(address: string, reason: string): void {
    if (this.#lost.has(address)) return;
    this.#lost.set(address, Date.now());
    this.#warn(`cannot reach Kafka at ${address} (${reason}): trying again`);
  }

  /** A connection was made. @returns what to call when it is closed; a second call does nothing */
  reached(address: string): () => void {
    this.#open++;
    const sinceMs = this.#lost.get(address);
    if (sinceMs !== undefined) {
      this.#lost.delete(address);
      this.#warn(`Kafka at ${address} is back after ${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`);
    }
    let isOpen = true;
    return () => {
      if (isOpen) this.#open--;
      isOpen = false;
    };
  }
}

/** What a broker says when it does not store records now, for people; other codes are leaders that move. */
const REFUSALS: Readonly<Record<number, string>> = {
  [ErrorCode.CORRUPT_MESSAGE]: "the batch was damaged on its way",
  [ErrorCode.NOT_ENOUGH_REPLICAS]: "fewer replicas are in sync than the topic asks for",
  [ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND]: "fewer replicas are in sync than the topic asks for",
  [ErrorCode.KAFKA_STORAGE_ERROR]: "the broker could not write to its disk",
};

/** Says once what a broker answers to records that it does not store, and once that it stores them again. */
export class Refusals {
  readonly #warn: (message: string) => void;
  #code: number | null = null;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** @param what e.g. `sending 3 records to t-0` */
  refused(what: string, { code, untilMs }: { readonly code: number | null; readonly untilMs: number }): void {
    const meaning = code === null ? undefined : REFUSALS[code];
    if (code === null || meaning === undefined || this.#code === code) return;
    this.#code = code;
    const leftS = Math.max(0, Math.round((untilMs - Date.now()) / 1_000));
    this.#warn(`${what}: ${meaning} (${errorName(code)}); trying again for ${leftS} s`);
  }

  /** Records were stored. */
  stored(): void {
    if (this.#code === null) return;
    this.#code = null;
    this.#warn("the broker stores records again");
  }
}

/** The failure of records that were not stored until their time was over. @param code the broker's last answer */
export function notDelivered(
  what: string,
  { code, error }: { readonly code: number | null; readonly error: unknown },
): KafkaError {
  const meaning = code === null ? undefined : REFUSALS[code];
  const found = meaning === undefined ? reasonOf(error) : `${meaning}, ${errorName(code!)}`;
  const kind = code === ErrorCode.KAFKA_STORAGE_ERROR ? "broker-disk" : "not-delivered";
  return new KafkaError(kind, `${what}: no acknowledgement in time (${found})`, { cause: error });
}
