/**
 * What every HTTP surface shares: request ids, problems, headers, health. Rooms mount their routes and their pages on
 * it, and one listener serves them all.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { expose } from "../../metrics/exposition.ts";
import type { Collect } from "../../metrics/metric.ts";
import { Problem, problemResponse } from "./problem.ts";

/** What a surface is made of. */
export interface AppOptions {
  /** What is not as it should be, a sentence; `null` = ready to serve. */
  readonly trouble: () => string | null;
  /** What `/metrics` shows. @default nothing */
  readonly collectors?: readonly Collect[];
}

/** An app without routes of its own but `/healthz`, `/readyz` and `/metrics`. */
export function createApp({ trouble, collectors = [] }: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      return problemResponse(
        c,
        new Problem(422, errors.map(({ path, message }) => `${path}: ${message}`).join("; "), { errors }),
      );
    },
  });
  app.use(requestId());
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
    },
    referrerPolicy: "no-referrer",
  }));
  app.notFound((c) => problemResponse(c, new Problem(404, `there is nothing at ${c.req.path}`)));
  app.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    throw error;
  });
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => {
    const found = trouble();
    if (found !== null) throw new Problem(503, found);
    return c.json({ status: "ready" });
  });
  app.get("/metrics", async (c) => {
    const { text, type } = await expose(collectors, c.req.header("accept"));
    return c.body(text, 200, { "content-type": type });
  });
  return app;
}
