/** Something to be streamed, and a hub that does it. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { LiveSource } from "../../../../src/web/frame/live/channel.ts";
import { LiveHub } from "../../../../src/web/frame/live/hub.ts";
import { type Problem, problemResponse } from "../../../../src/web/frame/problem.ts";

/** Counts upwards: each update is one delta with the number, `whole` from time to time. */
class Counter implements LiveSource {
  n = 0;
  /** Letters that each delta has beside the number. */
  padding = "";
  wholes = 0;
  #nextIsWhole = false;

  /** The next update is so large that the whole is sent. */
  change(): void {
    this.#nextIsWhole = true;
  }

  update() {
    this.n++;
    if (!this.#nextIsWhole) return { delta: JSON.stringify({ n: this.n, padding: this.padding }) };
    this.#nextIsWhole = false;
    return { whole: true } as const;
  }

  snapshot(): string {
    this.wholes++;
    return JSON.stringify({ all: this.n });
  }
}

/** A hub with a clock of its own; `ask` is a request without a socket. */
export function setUp() {
  const source = new Counter();
  let nowMs = 0;
  const hub = new LiveHub(() => nowMs);
  const app = new OpenAPIHono();
  app.onError((error, c) => problemResponse(c, error as Problem));
  app.get("/live", (c) => hub.answer(c, { key: c.req.query("key") ?? "", open: () => source }));
  const ask = async (headers: Record<string, string> = {}, key = "") =>
    await app.request(`/live?key=${key}`, { headers });
  return {
    ...{ source, hub, app, ask },
    pass: (ms: number) => nowMs += ms,
  };
}
