/** What every answer goes through: headers that keep a page to itself, compression, limits of what is in hand. */
import type { Context, MiddlewareHandler } from "hono";
import { takesGzip } from "./asset.ts";
import {
  COMPRESS_BYTES_MIN,
  HEADERS_LENGTH_MAX,
  IN_FLIGHT_MAX,
  RETRY_AFTER_SECONDS,
  URL_LENGTH_MAX,
  WAITING_MAX,
} from "./limits.ts";
import { listenerOf } from "./listener.ts";
import { Problem } from "./problem.ts";

/** Content of this server alone, no inline script, in no frame. */
const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** The policy of a page whose scripts set styles and draw pictures inline. */
export const RELAXED_STYLE_POLICY = `${POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:`;

/** Set where a route did not set them itself. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not "no-referrer": forms would come with `Origin: null`.
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** Sets the headers; a HEAD leaves nothing running behind it. */
export const withHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  // The answer to an upgrade is the runtime's own and has no page.
  if (c.res.status === 101) return;
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
  if (c.req.raw.method === "HEAD") await c.res.body?.cancel();
};

/** Refuses with 414, 431 and 503 what is too long or too much at once. */
export function limited(
  { inFlightMax = IN_FLIGHT_MAX }: { readonly inFlightMax?: number } = {},
): MiddlewareHandler {
  let inFlight = 0;
  return async (c, next) => {
    const { closing } = listenerOf(c);
    if (c.req.url.length > URL_LENGTH_MAX) {
      throw new Problem(414, `an address has ${URL_LENGTH_MAX} letters at most`);
    }
    let length = 0;
    c.req.raw.headers.forEach((value, name) => length += name.length + value.length);
    if (length > HEADERS_LENGTH_MAX) {
      throw new Problem(431, `headers have ${HEADERS_LENGTH_MAX} letters in all at most`);
    }
    if (closing?.aborted) throw busy("the server is stopping");
    if (inFlight >= inFlightMax) throw busy("too many requests at once");
    inFlight++;
    places.set(c, (change) => inFlight += change);
    try {
      await next();
    } finally {
      inFlight--;
    }
  };
}

/** What changes the number of requests in hand by one, of each of them. */
const places = new WeakMap<Context, (change: 1 | -1) => void>();
/** Requests of this process that wait for something new. */
let waiting = 0;

/** Waits without taking a place among the requests in hand: many wait, few are answered. @throws {Problem} 503 */
export async function waitAside<T>(c: Context, wait: () => Promise<T>): Promise<T> {
  if (waiting >= WAITING_MAX) throw busy("too many requests wait already");
  const count = places.get(c);
  waiting++;
  count?.(-1);
  try {
    return await wait();
  } finally {
    waiting--;
    count?.(1);
  }
}

function busy(found: string): Problem {
  return new Problem(503, `${found}: try again later`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** Compresses JSON and text that are large; never streams. */
export const compressed: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers, body, status } = c.res;
  const type = headers.get("content-type") ?? "";
  if (body === null || headers.has("content-encoding") || !takesGzip(c)) return;
  if (!/^(?:application\/json|text\/plain|application\/openmetrics-text)\b/.test(type)) return;
  const bytes = new Uint8Array(await c.res.arrayBuffer());
  const isLarge = bytes.length >= COMPRESS_BYTES_MIN;
  const sent = isLarge ? new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")) : bytes;
  c.res = new Response(sent, { status, headers });
  if (!isLarge) return;
  c.res.headers.set("content-encoding", "gzip");
  c.res.headers.append("vary", "Accept-Encoding");
};
