/** One listener for an app, until it is disposed of. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { explainListening, splitAddress } from "../../runtime/listening.ts";
import { CLOSE_WITHIN_MS } from "./limits.ts";
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
  try {
    const server = Deno.serve(
      { hostname, port, signal: ending.signal, onListen: () => {}, automaticCompression: false },
      (request, { remoteAddr, completed }) => {
        // Who goes away before the answer is there is nobody's failure.
        completed.catch(() => {});
        const listener: Listener = {
          remoteAddr,
          port: server.addr.port,
          closing: closing.signal,
        };
        return app.fetch(request, listener);
      },
    );
    return {
      url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`,
      [Symbol.asyncDispose]: async () => {
        closing.abort();
        const late = Promise.withResolvers<"late">();
        const timer = setTimeout(() => late.resolve("late"), CLOSE_WITHIN_MS);
        const found = await Promise.race([server.shutdown(), late.promise]);
        clearTimeout(timer);
        // A server that has ended cannot be ended: it throws.
        if (found === "late") ending.abort();
        await server.finished;
      },
    };
  } catch (error) {
    throw explainListening(error, { listen, flag });
  }
}
