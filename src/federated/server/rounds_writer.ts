// Not pure: it waits for the topic.
/**
 * The topic of the rounds as its one writer sees it: what it appends counts when it has come back, and all that comes
 * back is taken in.
 */
import type { IncomingRecord, OutgoingRecord } from "../../kafka/port.ts";
import { withHeaders } from "../../records/federated_rounds/print.ts";
import { unlessAborted } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import { APPEND_PAUSE_MS } from "../limits.ts";
import { type Rounds, type RoundsRecord, RUN_HEADER, SEQUENCE_HEADER } from "../rounds/rounds.ts";
import { Bell } from "./bell.ts";

/** The topic `federated-rounds`, one partition. */
export interface RoundsLog {
  /** Resolves when all are acknowledged by all in-sync replicas; rejects where one of them may not be stored. */
  append(records: readonly OutgoingRecord[]): Promise<void>;
  /** All records from the first one on, then each that comes, until the signal aborts. */
  read(signal: AbortSignal): AsyncIterable<readonly IncomingRecord[]>;
}

/** What a writer is made of. */
export interface RoundsWriterOptions {
  readonly log: RoundsLog;
  /** Another one at every start. */
  readonly run: string;
  /** Resolves after so long, or when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called with one line about what is survived but should be known. */
  readonly onWarning: (message: string) => void;
}

/** Appends, and follows. */
export class RoundsWriter {
  /** Rejects with what ended it; resolves when it was stopped. */
  readonly ended: Promise<void>;
  /** Rings when there is a newer global model: many wait for it, and not for each record. */
  readonly published = new Bell();
  readonly #read = new Bell();
  readonly #rounds: Rounds;
  readonly #options: RoundsWriterOptions;
  readonly #stop = new AbortController();
  #sequence = 0;
  #isAway = false;

  /** @param rounds takes in what comes */
  constructor(rounds: Rounds, options: RoundsWriterOptions) {
    this.#rounds = rounds;
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ended = promise;
    this.ended.catch(() => {}); // whoever wants to know waits for it
    const { signal } = this.#stop;
    signal.addEventListener("abort", () => signal.reason === STOPPED ? resolve() : reject(signal.reason));
  }

  /** Aborts when it has ended; the reason says why. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Ends it. @param error why, where it is a failure */
  stop(error: unknown = STOPPED): void {
    this.#stop.abort(error);
  }

  /** Takes in all that is on the topic, to the end. */
  async follow(): Promise<void> {
    const { log, run, onWarning } = this.#options;
    const { signal } = this.#stop;
    let bad = 0;
    try {
      for await (const records of log.read(signal)) {
        const before = this.#rounds.open?.round;
        for (const record of records) {
          const wrong = this.#rounds.take(record);
          if (wrong !== null && bad++ === 0) {
            onWarning(`the record at offset ${record.offset} of the topic is passed over: ${wrong}`);
          }
          const { owner, sequence } = this.#rounds;
          if (sequence >= 0 && owner !== run) {
            throw new UserError(
              `Another server has taken the topic over: run ${owner} took the place of ${run}`,
              {
                hint: "run one server for a topic, or give the other one a topic of its own",
              },
            );
          }
        }
        this.#read.ring();
        if (this.#rounds.open?.round !== before) this.published.ring();
      }
      if (!signal.aborted) throw new Error("the topic ended");
    } catch (error) {
      this.stop(error);
    }
  }

  /** Appends a decision, again and again until the topic has it. */
  async insist(records: readonly OutgoingRecord[]): Promise<void> {
    const { wait, onWarning } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      try {
        await this.append(records);
        if (this.#isAway) onWarning("the topic takes the server's records again");
        this.#isAway = false;
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        if (!this.#isAway) {
          onWarning(`the topic does not take the server's records: ${(error as Error).message}`);
        }
        this.#isAway = true;
        await wait(APPEND_PAUSE_MS, signal);
      }
    }
  }

  /** Appends, and waits until the records have been read back. */
  async append(records: readonly RoundsRecord[]): Promise<void> {
    if (records.length === 0) return;
    const { log, run } = this.#options;
    const { signal } = this.#stop;
    if (signal.aborted) throw signal.reason;
    const first = this.#sequence, last = first + records.length - 1;
    const numbered = records.map(({ own, ...record }) => {
      const sequence = this.#sequence++;
      if (own !== undefined) this.#rounds.expect(sequence, own);
      return withHeaders(record, { [RUN_HEADER]: run, [SEQUENCE_HEADER]: String(sequence) });
    });
    try {
      await unlessAborted(log.append(numbered), signal);
      while (this.#rounds.sequence < last) {
        if (signal.aborted) throw signal.reason;
        await this.#read.next(signal);
      }
    } finally {
      for (let sequence = first; sequence <= last; sequence++) this.#rounds.forget(sequence);
    }
  }
}

const STOPPED = new UserError("The server has been stopped", { hint: "send it again when it is back" });
