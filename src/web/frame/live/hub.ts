/** Live streams of every surface: server-sent events, or a WebSocket with the same JSON. */
import type { Context } from "hono";
import { Problem } from "../problem.ts";
import { Channel, type LiveSource } from "./channel.ts";
import { type ClientOptions, type LiveClient, SseClient, WebSocketClient } from "./client.ts";
import {
  BYE_MS,
  CHANNELS_MAX,
  IDLE_MS_MAX,
  RETRY_AFTER_SECONDS,
  SOCKETS_MAX,
  STREAMS_MAX,
} from "./limits.ts";

/** What is streamed: `key` says what, `open` makes it where nobody listens to it yet. */
export interface LiveTopic {
  readonly key: string;
  readonly open: () => LiveSource;
}

function busy(detail: string): Problem {
  return new Problem(503, detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** @throws {Problem} 400 where the request asks for a WebSocket by half */
function upgraded(request: Request): Deno.WebSocketUpgrade {
  try {
    return Deno.upgradeWebSocket(request);
  } catch (error) {
    throw new Problem(400, `no WebSocket comes of this request: ${(error as Error).message}`);
  }
}

/** Everything that is streamed, and to whom. */
export class LiveHub implements AsyncDisposable {
  readonly #now: () => number;
  readonly #channels = new Map<string, Channel>();
  /** Those who get what is sent: who was dropped has no place any more, though its connection may still be there. */
  readonly #clients = new Set<LiveClient>();
  /** WebSockets, with those that were dropped: the runtime keeps what they did not take. */
  #sockets = 0;
  /** Those that have yet to take the last message, once it was sent. */
  #leaving: Set<LiveClient> | null = null;
  #allGone: (() => void) | null = null;

  /** @param now Unix ms */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Clients that are served. */
  get streams(): number {
    return this.#clients.size;
  }

  /** Answers a request with a stream. @throws {Problem} 503 where there are too many, 400 for half a WebSocket */
  answer(c: Context, topic: LiveTopic): Response {
    const isSocket = c.req.header("upgrade")?.toLowerCase() === "websocket";
    this.#refuseTooMany(isSocket);
    const channel = this.#channel(topic);
    const lastEventId = c.req.header("last-event-id") ?? c.req.query("lastEventId");
    const join = (made: (options: ClientOptions) => LiveClient) => {
      const client = made({
        now: this.#now,
        onEnd: () => {
          channel.listeners.delete(client);
          channel.usedMs = this.#now();
          this.#clients.delete(client);
        },
        onGone: () => {
          if (isSocket) this.#sockets--;
          this.#leaving?.delete(client);
          if (this.#leaving?.size === 0) this.#allGone?.();
        },
      });
      this.#clients.add(client);
      channel.join(client, { lastEventId, nowMs: this.#now() });
      return client;
    };
    if (isSocket) {
      const { socket, response } = upgraded(c.req.raw);
      this.#sockets++;
      join((options) => new WebSocketClient(socket, options));
      return response;
    }
    const client = join((options) => new SseClient(options)) as SseClient;
    return c.body(client.stream, 200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
  }

  /** The whole of what would be streamed, as JSON. @throws {Problem} 503 where there are too many */
  latest(topic: LiveTopic): string {
    return this.#channel(topic).latest(this.#now());
  }

  /** Sends what changed, wherever somebody listens; to be called again and again. */
  refresh(): void {
    const nowMs = this.#now();
    for (const [key, channel] of this.#channels) {
      if (channel.listeners.size > 0) {
        channel.usedMs = nowMs;
        channel.refresh(nowMs);
      } else if (nowMs - channel.usedMs > IDLE_MS_MAX) this.#channels.delete(key);
    }
    for (const client of [...this.#clients]) client.check(nowMs);
  }

  /** Ends every stream with the reason; returns when all have taken it, or have had their time. */
  async close(reason: string): Promise<void> {
    const leaving = this.#leaving = new Set(this.#clients);
    for (const client of [...leaving]) client.end(reason);
    if (leaving.size === 0) return;
    const gone = new Promise<void>((resolve) => this.#allGone = resolve);
    const timer = setTimeout(() => this.#allGone?.(), BYE_MS);
    await gone;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close("the server is shutting down");
  }

  #refuseTooMany(isSocket: boolean): void {
    const found = this.#leaving !== null
      ? "the server is stopping"
      : this.#clients.size >= STREAMS_MAX
      ? `${STREAMS_MAX} streams are open already`
      : isSocket && this.#sockets >= SOCKETS_MAX
      ? `${SOCKETS_MAX} WebSockets are open already, server-sent events have more places`
      : null;
    if (found !== null) throw busy(`${found}: come again in a moment`);
  }

  #channel({ key, open }: LiveTopic): Channel {
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    if (this.#channels.size >= CHANNELS_MAX) {
      const idle = [...this.#channels].find(([, { listeners }]) => listeners.size === 0);
      if (idle === undefined) {
        throw busy(`${CHANNELS_MAX} different choices are streamed already: take one of them`);
      }
      this.#channels.delete(idle[0]);
    }
    const channel = new Channel(open(), this.#now());
    this.#channels.set(key, channel);
    return channel;
  }
}
