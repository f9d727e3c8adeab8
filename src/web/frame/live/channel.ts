/** One thing that is streamed: the whole to whoever comes, then what changes to all, each message made once. */
import { sseEvent } from "./sse.ts";
import { KEPT_BYTES_MAX, KEPT_MAX, SNAPSHOT_MS_MAX } from "./limits.ts";

/** What changed: nothing, a delta as JSON, or so much that the whole is to be sent. */
export type LiveUpdate = null | { readonly delta: string } | { readonly whole: true };

/** Where what is streamed comes from. Time is Unix ms. */
export interface LiveSource {
  /** What changed since the last call. */
  update(nowMs: number): LiveUpdate;
  /** Everything as of the last call of `update`, as JSON. */
  snapshot(): string;
}

/** A message in the forms that clients take; each is made once for all of them. */
export class Message {
  readonly event: "snapshot" | "delta" | "bye";
  readonly id: string;
  /** JSON. */
  readonly data: string;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #text: string | undefined;

  constructor(event: Message["event"], { id, data }: { readonly id: string; readonly data: string }) {
    this.event = event;
    this.id = id;
    this.data = data;
  }

  /** As a server-sent event. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes ??= sseEvent(this.event, this);
  }

  /** As a WebSocket message. */
  get text(): string {
    return this.#text ??= `{"event":"${this.event}","id":"${this.id}","data":${this.data}}`;
  }
}

/** Who listens. */
export interface Listener {
  /** Sends a message, or drops itself where too much is waiting. A snapshot takes the place of all that waits. */
  send(message: Message): void;
}

/** A source with those who listen to it. */
export class Channel {
  readonly #source: LiveSource;
  readonly #run = crypto.randomUUID().slice(0, 8);
  /** Number of the newest message. */
  #n = 0;
  /** The newest deltas, without a gap up to the newest message. */
  #kept: Message[] = [];
  #keptBytes = 0;
  #whole: { readonly message: Message; readonly n: number; readonly madeMs: number } | null = null;
  readonly listeners = new Set<Listener>();
  /** When it was used last, Unix ms. */
  usedMs: number;

  constructor(source: LiveSource, nowMs: number) {
    this.#source = source;
    this.usedMs = nowMs;
  }

  /** Sends what changed to all who listen. */
  refresh(nowMs: number): void {
    const update = this.#source.update(nowMs);
    if (update === null) return;
    this.#n++;
    if ("whole" in update) {
      this.#kept = [];
      this.#keptBytes = 0;
      this.#whole = null;
      if (this.listeners.size > 0) this.#sendAll(this.#wholeNow(nowMs));
    } else {
      const message = new Message("delta", { id: this.#id, data: update.delta });
      this.#keep(message);
      this.#sendAll(message);
    }
  }

  /** Adds a listener: with what it missed since `lastEventId`, where that is known, else with the whole. */
  join(listener: Listener, { lastEventId, nowMs }: { lastEventId: string | undefined; nowMs: number }): void {
    this.usedMs = nowMs;
    for (const message of this.#since(lastEventId) ?? this.#opening(nowMs)) listener.send(message);
    this.listeners.add(listener);
  }

  /** The whole as it is now, as JSON. */
  latest(nowMs: number): string {
    this.usedMs = nowMs;
    this.refresh(nowMs);
    return this.#wholeNow(nowMs).data;
  }

  get #id(): string {
    return `${this.#run}-${this.#n}`;
  }

  #sendAll(message: Message): void {
    // Whoever is dropped meanwhile leaves the set.
    for (const listener of [...this.listeners]) listener.send(message);
  }

  #wholeNow(nowMs: number): Message {
    if (this.#whole?.n !== this.#n) {
      const message = new Message("snapshot", { id: this.#id, data: this.#source.snapshot() });
      this.#whole = { message, n: this.#n, madeMs: nowMs };
    }
    return this.#whole.message;
  }

  /** A snapshot that others got a moment ago and the deltas since, or a new one. */
  #opening(nowMs: number): readonly Message[] {
    const whole = this.#whole;
    if (whole !== null && nowMs - whole.madeMs <= SNAPSHOT_MS_MAX) {
      const since = this.#since(whole.message.id);
      if (since !== null) return [whole.message, ...since];
    }
    this.refresh(nowMs);
    return [this.#wholeNow(nowMs)];
  }

  /** The messages after this one; `null` where they are not kept, or not of this run. */
  #since(id: string | undefined): readonly Message[] | null {
    const [run, n] = /^(\w+)-(\d{1,15})$/.exec(id ?? "")?.slice(1) ?? [];
    if (run !== this.#run) return null;
    const missed = this.#n - Number(n);
    if (missed < 0 || missed > this.#kept.length) return null;
    return missed === 0 ? [] : this.#kept.slice(-missed);
  }

  #keep(message: Message): void {
    this.#kept.push(message);
    this.#keptBytes += message.data.length;
    while (this.#keptBytes > KEPT_BYTES_MAX || this.#kept.length > KEPT_MAX) {
      this.#keptBytes -= this.#kept.shift()!.data.length;
    }
  }
}
