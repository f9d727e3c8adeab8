/** What a path answers to: 405 with `Allow` for other methods, and OPTIONS. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Problem, problemResponse } from "./problem.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The answer where the path is known and the method is not; `undefined` where the path is not known. */
export function refuseMethod(app: OpenAPIHono, c: Context): Response | undefined {
  // Middleware is of the method ALL: routes alone count.
  const known = METHODS.filter((method) =>
    app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method)
  );
  if (known.length === 0) return undefined;
  const allow = known.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]).concat("OPTIONS");
  if (c.req.method === "OPTIONS") return c.body(null, 204, { allow: allow.join(", ") });
  return problemResponse(
    c,
    new Problem(405, `${c.req.path} does not answer to ${c.req.raw.method}`, { allow }),
  );
}
