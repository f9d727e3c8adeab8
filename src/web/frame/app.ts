/**
 * What every HTTP surface shares: request ids, problems, headers, limits, the token's gate, health, the description of
 * the routes. Rooms mount their routes and their pages on it, and one listener serves them all.
 */
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { requestId } from "hono/request-id";
import { expose } from "../../metrics/exposition.ts";
import type { Collect } from "../../metrics/metric.ts";
import type { Log } from "../../runtime/log.ts";
import { type Access, THIS_MACHINE } from "./access.ts";
import { compressed, limited, withHeaders } from "./answer.ts";
import { limitedBodies } from "./body.ts";
import { mountDocs } from "./docs.ts";
import { Gate, ownHostAlone } from "./gate.ts";
import { mountLogin } from "./login.ts";
import { invalid, Problem, problemResponse } from "./problem.ts";
import { refuseMethod } from "./methods.ts";

/** What a surface is made of. */
export interface AppOptions {
  /** What is not as it should be, a sentence; `null` = ready to serve. */
  readonly trouble: () => string | null;
  /** What `/metrics` shows. @default nothing */
  readonly collectors?: readonly Collect[];
  /** Who may ask: `readAccess`. @default this machine, without a token */
  readonly access?: Access;
  /** Of the program. */
  readonly version: string;
  /** Receives the stack of a failure that is ours. */
  readonly log: Pick<Log, "warn">;
  /** @default Date.now */
  readonly nowMs?: () => number;
}

/** An app without routes of its own but `/healthz`, `/readyz`, `/metrics`, `/openapi.json`, `/docs` and `/login`. */
export function createApp(
  { trouble, collectors = [], access = THIS_MACHINE, version, log, nowMs = Date.now }: AppOptions,
): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, c) => {
      return result.success ? undefined : problemResponse(c, invalid(result.error.issues, result.target));
    },
  });
  const gate = new Gate(access, nowMs);
  app.use(requestId());
  app.use(withHeaders);
  app.use(limited());
  app.use(ownHostAlone(access));
  app.use(gate.middleware);
  app.use(compressed);
  app.use(limitedBodies());
  app.notFound((c) =>
    refuseMethod(app, c) ?? problemResponse(c, new Problem(404, `there is nothing at ${c.req.path}`))
  );
  app.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    if (error instanceof HTTPException && error.status < 500) {
      const detail = error.status === 415
        ? "the body's content type is not one that is read here"
        : error.message;
      return problemResponse(c, new Problem(error.status as 400, detail));
    }
    log.warn(`${c.req.method} ${c.req.path} failed (request ${c.get("requestId")}): ${error.stack ?? error}`);
    return problemResponse(
      c,
      new Problem(500, "the server failed; its log has the reason under this request's id"),
    );
  });
  mountLogin(app, gate);
  mountHealth(app, { trouble, gate });
  app.openapi(METRICS, async (c) => {
    const { text, type } = await expose(collectors, c.req.header("accept"));
    return c.text(text, 200, { "content-type": type });
  });
  mountDocs(app, { gate, version });
  return app;
}

const status = (word: string) => ({
  description: word,
  content: { "application/json": { schema: z.object({ status: z.literal(word) }) } },
});

const HEALTH = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether the process answers; needs no token",
  tags: ["operation"],
  security: [],
  responses: { 200: status("ok") },
});

const READINESS = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Whether it can do its work now; needs no token",
  tags: ["operation"],
  security: [],
  responses: { 200: status("ready") },
});

const METRICS = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Everything that is counted, as Prometheus reads it",
  tags: ["operation"],
  responses: { 200: { description: "Samples", content: { "text/plain": { schema: z.string() } } } },
});

function mountHealth(
  app: OpenAPIHono,
  { trouble, gate }: { readonly trouble: () => string | null; readonly gate: Gate },
): void {
  app.openapi(HEALTH, (c) => c.json({ status: "ok" } as const, 200));
  app.openapi(READINESS, (c) => {
    const found = trouble();
    if (found === null) return c.json({ status: "ready" } as const, 200);
    throw new Problem(503, gate.isIn(c) ? found : "not ready: the reason needs the token");
  });
}
