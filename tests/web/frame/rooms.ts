/** A small room as others mount theirs, and the frame around it on a port of its own. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Access } from "../../../src/web/frame/access.ts";
import type { AppOptions } from "../../../src/web/frame/app.ts";
import { limitedBody } from "../../../src/web/frame/body.ts";
import { Problem } from "../../../src/web/frame/problem.ts";
import { type RunningServer, serveHttp } from "../../../src/web/frame/serve.ts";
import { testApp } from "../../support/web_app.ts";

/** A token for tests. */
export const TOKEN = "correct-horse-battery-staple";

/** Whoever has the token. */
export const WITH_TOKEN: Access = { token: TOKEN, beyond: false, names: [] };

/** Larger than others, in bytes. */
export const LARGE_BODY_BYTES = 3 * 1_048_576;
/** How long the body of `/slow` may take, in ms. */
export const SLOW_BODY_MS = 20;

const echo = createRoute({
  method: "post",
  path: "/api/v1/echo/{name}",
  request: {
    params: z.object({ name: z.string().max(8) }),
    query: z.object({ times: z.coerce.number().int().min(1).max(3).optional() }),
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({ values: z.array(z.number()).max(100), "a/b": z.string() }),
        },
      },
    },
  },
  responses: { 200: { description: "The same", content: { "application/json": { schema: z.unknown() } } } },
});

/** The frame with routes on it. `released` ends what `/wait` waits for; `asked` says that somebody waits. */
export function roomApp(options: Partial<AppOptions> = {}) {
  const app = testApp(options);
  const released = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  app.openapi(echo, (c) => c.json(c.req.valid("json"), 200));
  app.get("/api/v1/large", (c) => c.json({ values: Array.from({ length: 10_000 }, (_, at) => at) }));
  app.get("/api/v1/small", (c) => c.json({ ok: true }));
  app.get("/api/v1/broken", () => {
    throw new Error("secret of the house");
  });
  app.get("/api/v1/busy", () => {
    throw new Problem(503, "the \u001b[31mcluster is away", { retryAfterSeconds: 7 });
  });
  app.get("/api/v1/wait", async (c) => {
    asked.resolve();
    await released.promise;
    return c.json({ waited: true });
  });
  app.get("/api/v1/stream", (c) => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
      cancel: () => left.resolve(),
    });
    return c.body(body, 200, { "content-type": "text/event-stream" });
  });
  app.post(
    "/api/v1/large",
    limitedBody({ bytesMax: LARGE_BODY_BYTES }),
    async (c) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }),
  );
  app.post("/api/v1/bytes", async (c) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));
  app.post("/api/v1/slow", limitedBody({ withinMs: SLOW_BODY_MS }), (c) => c.json({}));
  app.get("/api/v1/socket", (c) => {
    const { socket, response } = Deno.upgradeWebSocket(c.req.raw);
    socket.onopen = () => socket.close(1000, "hello");
    return response;
  });
  return { app, asked: asked.promise, release: released.resolve, left: left.promise };
}

/** The same, served. */
export function serveRoom(options: Partial<AppOptions> = {}): RunningServer & ReturnType<typeof roomApp> {
  const room = roomApp(options);
  return { ...room, ...serveHttp(room.app, "127.0.0.1:0") };
}
