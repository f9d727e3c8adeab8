/**
 * The pages with a live stream that a test drives: what a cluster does not do when it is asked to, such as going away,
 * coming back as another run, or sending ten points a second.
 */
import { testApp } from "../../support/web_app.ts";
import { serveHttp } from "../../../src/web/frame/serve.ts";
import { mountPages } from "../../../src/web/dashboard.ts";

/** A server whose live stream is a script. */
export interface ScriptedLive extends AsyncDisposable {
  readonly url: string;
  /** Streams that are open. */
  readonly open: number;
  /** The path and query of every live stream that was asked for. */
  readonly asked: readonly string[];
  /** What the live stream and the boards answer instead, as an HTTP status; `null` = they work. */
  status: number | null;
  /** What is sent to whoever connects. */
  snapshot: unknown;
  /** Sends an event to everyone. */
  send(event: "snapshot" | "delta" | "bye", data: unknown): void;
  /** Ends every stream. */
  drop(): void;
}

const encoder = new TextEncoder();

/** Serves the pages and a live stream. @param listen port 0 = any that is free */
export function startScriptedLive(snapshot: unknown, listen = "127.0.0.1:0"): ScriptedLive {
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  let sent = 0;
  const bytesOf = (event: string, data: unknown) =>
    encoder.encode(`event: ${event}\nid: scripted-${++sent}\ndata: ${JSON.stringify(data)}\n\n`);
  const app = testApp();
  const asked: string[] = [];
  app.get("/api/v1/live", (c) => {
    asked.push(c.req.url.slice(new URL(c.req.url).origin.length));
    if (live.status !== null) return c.body(null, live.status as 503);
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        own = controller;
        streams.add(controller);
        controller.enqueue(encoder.encode("retry: 200\n\n"));
        controller.enqueue(bytesOf("snapshot", live.snapshot));
      },
      cancel: () => void streams.delete(own),
    });
    return c.body(body, 200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  });
  app.get(
    "/api/v1/boards/:name",
    (c) => live.status === null ? c.json({}) : c.body(null, live.status as 503),
  );
  app.get("/login", (c) => c.html('<title>Log in</title><link rel="icon" href="/favicon.svg">'));
  mountPages(app);
  const server = serveHttp(app, listen);
  const drop = () => {
    for (const stream of streams) stream.close();
    streams.clear();
  };
  const live = {
    url: server.url,
    asked,
    status: null as number | null,
    snapshot,
    get open() {
      return streams.size;
    },
    send(event: string, data: unknown) {
      for (const stream of streams) stream.enqueue(bytesOf(event, data));
    },
    drop,
    [Symbol.asyncDispose]: async () => {
      drop();
      await server[Symbol.asyncDispose]();
    },
  };
  return live;
}
