/** Clients of live streams: each with its connection, and with what waits for it. */
import { type Listener, Message } from "./channel.ts";
import { PING_MS, QUEUE_BYTES_MAX, SLICE_BYTES, STALL_MS_MAX } from "./limits.ts";
import { SSE_RETRY, sseComment } from "./sse.ts";

const PING = sseComment("ping");

/** What a client is to the hub. */
export interface LiveClient extends Listener {
  /** Says why, and closes. */
  end(reason: string): void;
  /** Called now and then: keeps the connection alive, or ends it. */
  check(nowMs: number): void;
}

/** What a client is made with. */
export interface ClientOptions {
  readonly now: () => number;
  /** It gets nothing more. */
  readonly onEnd: () => void;
  /** Its connection is closed. */
  readonly onGone: () => void;
}

function byeOf(reason: string): Message {
  return new Message("bye", { id: "bye", data: JSON.stringify({ reason }) });
}

const TOO_SLOW = `too slow: more than ${QUEUE_BYTES_MAX / 1_048_576} MiB were waiting`;
const STALLED = `too slow: nothing was taken for ${STALL_MS_MAX / 1_000} s`;

/**
 * Server-sent events: messages wait here until the connection takes them. A client that was dropped and does not read
 * keeps its connection, as one that asks nothing does, and nothing else: the runtime cuts no connection alone.
 */
export class SseClient implements LiveClient {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #options: ClientOptions;
  /** What is being handed over, and how much of it has been. */
  #current: Uint8Array<ArrayBuffer> = SSE_RETRY;
  #taken = 0;
  #queue: Message[] = [];
  /** Bytes in the queue, beside snapshots. */
  #behind = 0;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #wake: (() => void) | null = null;
  #state: "open" | "ending" | "gone" = "open";
  /** When something was handed over last, Unix ms. */
  #movedMs: number;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#movedMs = options.now();
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: () => this.#goes(),
    }, { highWaterMark: 0 });
  }

  send(message: Message): void {
    if (this.#state !== "open") return;
    if (message.event === "snapshot") {
      this.#queue = [];
      this.#behind = 0;
    } else this.#behind += message.bytes.length;
    if (this.#behind > QUEUE_BYTES_MAX) return this.end(TOO_SLOW);
    this.#queue.push(message);
    this.#wake?.();
  }

  end(reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#queue = [byeOf(reason)];
    this.#wake?.();
    this.#options.onEnd();
  }

  check(nowMs: number): void {
    const waits = this.#taken < this.#current.length || this.#queue.length > 0;
    if (waits && nowMs - this.#movedMs >= STALL_MS_MAX) this.end(STALLED);
    else if (!waits && nowMs - this.#movedMs >= PING_MS) {
      [this.#current, this.#taken] = [PING, 0];
      this.#wake?.();
    }
  }

  /** Hands over the next bytes as soon as there are any. */
  async #pull(): Promise<void> {
    while (this.#taken >= this.#current.length && this.#queue.length === 0 && this.#state === "open") {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
    if (this.#state === "gone") return;
    if (this.#taken >= this.#current.length) {
      const next = this.#queue.shift();
      if (next === undefined) {
        this.#controller!.close();
        return this.#goes();
      }
      if (next.event !== "snapshot") this.#behind -= next.bytes.length;
      [this.#current, this.#taken] = [next.bytes, 0];
    }
    const slice = this.#current.subarray(this.#taken, this.#taken + SLICE_BYTES);
    this.#taken += slice.length;
    this.#movedMs = this.#options.now();
    // The stream's reader may take the buffer itself: it gets its own.
    this.#controller!.enqueue(slice.slice());
  }

  #goes(): void {
    if (this.#state === "gone") return;
    if (this.#state === "open") this.#options.onEnd();
    this.#state = "gone";
    this.#queue = [];
    this.#wake?.();
    this.#options.onGone();
  }
}

/**
 * The same over a WebSocket, which keeps its connection alive by itself. What a client sends is not read. Left out: a
 * limit of a message in fragments that never ends, which the runtime gathers in memory; whoever sends it has the token,
 * or is on this machine.
 */
export class WebSocketClient implements LiveClient {
  readonly #socket: WebSocket;
  readonly #options: ClientOptions;
  #waiting: Message[] = [];
  /** Bytes of the snapshot that was sent last. */
  #wholeBytes = 0;
  #state: "open" | "ending" | "gone" = "open";

  constructor(socket: WebSocket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.onopen = () => {
      for (const message of this.#waiting) socket.send(message.text);
      this.#waiting = [];
    };
    socket.onclose = () => this.#goes();
    socket.onerror = () => {}; // it closes after it
  }

  send(message: Message): void {
    if (this.#state !== "open") return;
    if (message.event === "snapshot") this.#wholeBytes = message.bytes.length;
    if (this.#socket.bufferedAmount > QUEUE_BYTES_MAX + this.#wholeBytes) return this.end(TOO_SLOW);
    this.#give(message);
  }

  end(reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#give(byeOf(reason));
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(1001, reason);
    this.#options.onEnd();
  }

  check(): void {}

  #give(message: Message): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#waiting.push(message);
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message.text);
  }

  #goes(): void {
    if (this.#state === "gone") return;
    if (this.#state === "open") this.#options.onEnd();
    this.#state = "gone";
    this.#options.onGone();
  }
}
