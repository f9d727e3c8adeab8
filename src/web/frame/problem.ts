/** Failures of a request as RFC 9457 has them: `application/problem+json`, each with the id of the request. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { harmless } from "../../runtime/harmless.ts";
import { DETAIL_LENGTH_MAX, ERRORS_LISTED_MAX } from "./limits.ts";

/** What a route throws to answer with a problem. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: ContentfulStatusCode;
  /** Members beside the standard's own. */
  readonly more: Readonly<Record<string, unknown>>;

  /**
   * @param detail one sentence for people: what was found, what to do next
   * @param more Members beside the standard's own; `allow` and `retryAfterSeconds` become headers, too.
   */
  constructor(status: ContentfulStatusCode, detail: string, more: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The schema of every problem, for the description of the routes. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().openapi({ description: "What was found, what to do next" }),
  instance: z.string(),
  requestId: z.string().optional(),
  errors: z.array(z.object({
    detail: z.string(),
    pointer: z.string().optional().openapi({ description: "JSON pointer into the body" }),
    parameter: z.string().optional().openapi({ description: "Parameter of the path or the query" }),
  })).optional(),
}).catchall(z.unknown()).openapi("Problem");

/** A problem among the answers of a route that is described. */
export function problemAnswer(description: string) {
  return { description, content: { "application/problem+json": { schema: problemSchema } } };
}

/** The answer that says what is wrong. */
export function problemResponse(c: Context, { status, message, more }: Problem): Response {
  const { allow, retryAfterSeconds } = more;
  const body = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    detail: harmless(message).slice(0, DETAIL_LENGTH_MAX),
    instance: harmless(c.req.path).slice(0, DETAIL_LENGTH_MAX),
    requestId: c.get("requestId"),
    ...more,
  };
  return c.body(JSON.stringify(body), status, {
    "content-type": "application/problem+json",
    ...(Array.isArray(allow) ? { allow: allow.join(", ") } : {}),
    ...(typeof retryAfterSeconds === "number" ? { "retry-after": String(retryAfterSeconds) } : {}),
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="streamflow"' } : {}),
  });
}

/** Failures of a validation, each with the place: a pointer into the body, or a parameter's name. */
export function invalid(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  target: string,
): Problem {
  const inBody = target === "json" || target === "form";
  const errors = issues.slice(0, ERRORS_LISTED_MAX).map(({ path, message }) => ({
    detail: harmless(message).slice(0, DETAIL_LENGTH_MAX),
    [inBody ? "pointer" : "parameter"]: inBody ? pointerTo(path) : harmless(path.map(String).join(".")),
  }));
  const places = errors.map(({ detail, pointer, parameter }) => `${pointer ?? parameter}: ${detail}`);
  const rest = issues.length - errors.length;
  return new Problem(422, places.join("; "), { errors, ...(rest > 0 ? { errorsLeftOut: rest } : {}) });
}

/** As RFC 6901 has it, in a fragment. */
function pointerTo(path: readonly PropertyKey[]): string {
  const escaped = path.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed());
  return `#${escaped.map((key) => `/${encodeURIComponent(key)}`).join("")}`;
}
