/** One listener for an app, until it is disposed of. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { explainListening, splitAddress } from "../../runtime/listening.ts";
import { CLOSE_WITHIN_MS, FLUSH_MS } from "./limits.ts";
import type { Listener } from "./listener.ts";

/** A listener that serves. Disposing of it answers what is in hand within a second and ends what streams. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
}

/**
 * Serves the app at `host:port`.
 *
 * @param flag The flag that named the address. @default --listen
 * @throws {UserError} where that address cannot be listened on.
 */
export function serveHttp(app: OpenAPIHono, listen: string, flag = "--listen"): RunningServer {
  const { hostname, port } = splitAddress(listen);
  const [closing, ending] = [new AbortController(), new AbortController()];
  const inHand = new Set<Promise<void>>();
  const serve = (request: Request, { remoteAddr, completed }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    // Who goes away before the answer is there is nobody's failure.
    const done = completed.catch(() => {}).finally(() => inHand.delete(done));
    inHand.add(done);
    const listener: Listener = { remoteAddr, port: server.addr.port, closing: closing.signal };
    return app.fetch(request, listener);
  };
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(
      { hostname, port, signal: ending.signal, onListen: () => {}, automaticCompression: false },
      serve,
    );
  } catch (error) {
    throw explainListening(error, { listen, flag });
  }
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_WITHIN_MS);
      await Promise.race([Promise.all(inHand), late.promise]);
      clearTimeout(timer);
      // Not the runtime's `shutdown`: that waits for streams for ever, and cannot be cut short once it has begun. An
      // answer that is given over still has to leave.
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      ending.abort();
      await server.finished;
    },
  };
}
