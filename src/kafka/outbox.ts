/** Records on their way to a topic: bounded in flight, counted as acknowledged only when they are. */
import { Histogram } from "../metrics/histogram.ts";
import { sleep } from "../runtime/clock.ts";
import { DRAIN_AFTER_STOP_MS, IN_FLIGHT_SENDS_MAX, SEND_RECORDS_MAX } from "./limits.ts";
import type { OutgoingRecord, Producer } from "./port.ts";

/** How many records went how far. */
export interface Delivery {
  /** Handed to the client. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Refused, or not known to be stored. */
  readonly failed: number;
}

/** Gathers records and sends them. */
export class Outbox {
  readonly #producer: Producer;
  readonly topic: string;
  /** In s, until records are acknowledged. */
  readonly sendDuration = new Histogram();
  #waiting: OutgoingRecord[] = [];
  #flushing = false;
  #inFlight = 0;
  #sent = 0;
  #acknowledged = 0;
  #failed = 0;
  #failure: unknown;
  #wake: (() => void)[] = [];

  constructor(producer: Producer, topic: string) {
    this.#producer = producer;
    this.topic = topic;
  }

  /** What the first failed send said; `undefined` as long as none failed. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Counts as they are now; what is in flight is neither acknowledged nor failed. */
  get delivery(): Delivery {
    return { sent: this.#sent, acknowledged: this.#acknowledged, failed: this.#failed };
  }

  /** Adds a record; resolves when there is room for the next. */
  async add(record: OutgoingRecord): Promise<void> {
    this.#waiting.push(record);
    if (this.#waiting.length < SEND_RECORDS_MAX) return;
    this.#sendNext();
    while (this.#waiting.length >= SEND_RECORDS_MAX && this.#failure === undefined) await this.#progress();
  }

  /** Sends what was added, now or as soon as a send in flight has ended; does not wait for it. */
  flush(): void {
    this.#flushing = this.#waiting.length > 0;
    this.#sendNext();
  }

  /** Sends everything and waits for every answer; after a failure only for the answers. */
  async drain(): Promise<void> {
    this.flush();
    while (this.#inFlight > 0) await this.#progress();
  }

  /** Gives up on what is in flight: it counts as failed, since nobody knows. */
  abandon(): void {
    this.#failed = this.#sent - this.#acknowledged;
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #sendNext(): void {
    if (this.#waiting.length === 0 || this.#inFlight >= IN_FLIGHT_SENDS_MAX || this.#failure !== undefined) {
      return;
    }
    const records = this.#waiting;
    this.#waiting = [];
    this.#flushing = false;
    this.#inFlight++;
    this.#sent += records.length;
    const startMs = performance.now();
    this.#producer.send(this.topic, records).then(
      () => {
        this.#acknowledged += records.length;
        this.sendDuration.add((performance.now() - startMs) / 1_000);
      },
      (error: unknown) => {
        this.#failed += records.length;
        this.#failure ??= error;
      },
    ).finally(() => {
      this.#inFlight--;
      if (this.#flushing || this.#waiting.length >= SEND_RECORDS_MAX) this.#sendNext();
      for (const wake of this.#wake.splice(0)) wake();
    });
  }
}

/** Waits for the answers; after the signal for a limited time. */
export async function drain(outbox: Outbox, signal: AbortSignal): Promise<void> {
  const drained = outbox.drain();
  const timeUp = new AbortController();
  const giveUp = async () => {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { signal: timeUp.signal });
      timeUp.signal.addEventListener("abort", () => resolve());
    });
    await sleep(DRAIN_AFTER_STOP_MS, timeUp.signal);
  };
  await Promise.race([drained, giveUp()]);
  timeUp.abort();
  outbox.abandon();
}
