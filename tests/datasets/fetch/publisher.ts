/** A publisher on the loopback that serves one file, well or badly, and notes what was asked of it. */

/** What it does with a request. */
export type Behaviour = (request: Request, file: Uint8Array<ArrayBuffer>) => Response | Promise<Response>;

/** A running publisher. */
export interface Publisher extends AsyncDisposable {
  readonly url: string;
  /** Headers of the requests so far, in order. */
  readonly asked: Headers[];
}

/** As a web server does it: `ETag`, ranges, `If-Range`, 416. */
export function serveWell(request: Request, file: Uint8Array<ArrayBuffer>, etag = '"v1"'): Response {
  const headers = { etag, "accept-ranges": "bytes" };
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  if (from === 0 || request.headers.get("if-range") !== etag) return new Response(file, { headers });
  if (from >= file.length) {
    return new Response(null, {
      status: 416,
      headers: { ...headers, "content-range": `bytes */${file.length}` },
    });
  }
  return new Response(file.slice(from), {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${from}-${file.length - 1}/${file.length}` },
  });
}

/**
 * The first bytes alone, then the connection is cut; the length of all is announced.
 *
 * @param isStalled whether nothing more comes, and the connection stays
 */
export function serveBeginning(
  request: Request,
  file: Uint8Array<ArrayBuffer>,
  { bytes, isStalled = false, etag = '"v1"' }: {
    readonly bytes: number;
    readonly isStalled?: boolean;
    readonly etag?: string;
  },
): Response {
  const whole = serveWell(request, file, etag);
  const from = Number(/^bytes (\d+)/.exec(whole.headers.get("content-range") ?? "")?.[1] ?? 0);
  const gone = Promise.withResolvers<void>();
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!sent) controller.enqueue(file.slice(from, from + bytes));
      else if (isStalled) await gone.promise;
      else controller.error(new Error("cut"));
      sent = true;
    },
    cancel: () => gone.resolve(),
  });
  const headers = new Headers(whole.headers);
  headers.set("content-length", String(file.length - from));
  return new Response(body, { status: whole.status, headers });
}

/** Serves a file by these behaviours in turn, the last one from then on. */
export function publish(file: Uint8Array<ArrayBuffer>, ...behaviours: readonly Behaviour[]): Publisher {
  const asked: Headers[] = [];
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen() {},
    onError: () => new Response(null),
  }, (request) => {
    const behaviour = behaviours[Math.min(asked.length, behaviours.length - 1)] ?? serveWell;
    asked.push(request.headers);
    return behaviour(request, file);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/data.txt.gz`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
