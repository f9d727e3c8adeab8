/** Failures of a request as RFC 9457 has them: `application/problem+json`, each with the id of the request. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** What a route throws to answer with a problem. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: ContentfulStatusCode;
  /** Members beside the standard's own. */
  readonly more: Readonly<Record<string, unknown>>;

  /** @param detail one sentence for people: what was found, what to do next */
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
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The answer that says what is wrong. */
export function problemResponse(c: Context, { status, message, more }: Problem): Response {
  return c.body(
    JSON.stringify({
      type: "about:blank",
      title: TITLES[status] ?? "Error",
      status,
      detail: message,
      instance: c.req.path,
      requestId: c.get("requestId"),
      ...more,
    }),
    status,
    { "content-type": "application/problem+json" },
  );
}
