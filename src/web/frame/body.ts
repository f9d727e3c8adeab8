/** Bodies are read here, within their limit and their time, before a route sees them. */
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { BODIES_BYTES_MAX, BODY_BYTES_MAX, BODY_WITHIN_MS, RETRY_AFTER_SECONDS } from "./limits.ts";
import { Problem } from "./problem.ts";

/** What a body may be. */
export interface BodyLimits {
  /** @default {@linkcode BODY_BYTES_MAX} */
  readonly bytesMax?: number;
  /** @default {@linkcode BODY_WITHIN_MS} */
  readonly withinMs?: number;
}

/** Those that routes have for themselves. */
const ofRoutes = new WeakSet<object>();
/** Of all requests that are in hand in this process. */
let bytesInHand = 0;

/** For a route whose bodies may be larger than others: a middleware of that route. Refuses with 413 and 408. */
export function limitedBody(limits: BodyLimits): MiddlewareHandler {
  const middleware = readWithin(limits);
  ofRoutes.add(middleware);
  return middleware;
}

/** For every route that does not say another limit. */
export function limitedBodies(limits: BodyLimits = {}): MiddlewareHandler {
  const middleware = readWithin(limits);
  return async (c, next) => {
    const own = matchedRoutes(c).some(({ handler }) => ofRoutes.has(handler));
    return await (own ? next() : middleware(c, next));
  };
}

function readWithin(
  { bytesMax = BODY_BYTES_MAX, withinMs = BODY_WITHIN_MS }: BodyLimits,
): MiddlewareHandler {
  return async (c, next) => {
    const { raw } = c.req;
    if (raw.body === null || !/^(?:POST|PUT|PATCH|DELETE)$/.test(raw.method)) return await next();
    if (Number(raw.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(bytesMax);
    const body = new Body(raw.body, bytesMax);
    try {
      // Not made from `raw` itself: that would take its signal, too, which the runtime warns of.
      const { url, method, headers } = raw, bytes = await body.read(withinMs);
      c.req.raw = new Request(url, { method, headers, body: bytes });
      free([bytes]); // a request has a copy of its own
      await next();
    } finally {
      body.release();
    }
  };
}

/** Gives their memory back at once: what is large and waits to be collected would be most of what a busy process holds. */
function free(chunks: readonly Uint8Array<ArrayBuffer>[]): void {
  for (const buffer of new Set(chunks.map(({ buffer }) => buffer))) buffer.transfer(0);
}

/** A body in memory. */
class Body {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #bytesMax: number;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;
  #isReleased = false;

  constructor(stream: ReadableStream<Uint8Array>, bytesMax: number) {
    this.#reader = stream.getReader();
    this.#bytesMax = bytesMax;
  }

  /** The whole of it. @throws {Problem} */
  async read(withinMs: number): Promise<Uint8Array<ArrayBuffer>> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Problem(408, `the body was not there after ${withinMs / 1000} s`)),
      withinMs,
    );
    try {
      await Promise.race([this.#readAll(), late.promise]);
      return this.#joined();
    } catch (error) {
      this.#reader.cancel().catch(() => {});
      throw error instanceof Problem ? error : new Problem(400, "the body broke off");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Not a Blob: what that holds is freed when it is collected, which nothing hurries. */
  #joined(): Uint8Array<ArrayBuffer> {
    const chunks = this.#chunks.splice(0);
    if (chunks.length === 1) return chunks[0]!;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    free(chunks);
    return whole;
  }

  /** It is no longer in memory. */
  release(): void {
    bytesInHand -= this.#length;
    this.#isReleased = true;
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done || this.#isReleased) return;
      if (this.#length + value.length > this.#bytesMax) throw tooLarge(this.#bytesMax);
      if (bytesInHand + value.length > BODIES_BYTES_MAX) {
        throw new Problem(503, "the bodies of all requests are too much at once: try again later", {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      }
      this.#length += value.length;
      bytesInHand += value.length;
      this.#chunks.push(value as Uint8Array<ArrayBuffer>);
    }
  }
}

function tooLarge(bytesMax: number): Problem {
  return new Problem(413, `the body is larger than ${bytesMax} bytes: send it in several requests`, {
    bytesMax,
  });
}
