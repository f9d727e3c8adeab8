/** One listener for an app, until it is disposed of. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { sleep } from "../../runtime/clock.ts";
import { explainListening, splitAddress } from "../../runtime/listening.ts";
import type { Log } from "../../runtime/log.ts";
import { CLOSE_WITHIN_MS, FLUSH_MS, LISTEN_AGAIN_MS } from "./limits.ts";
import type { Listener } from "./listener.ts";

/** A listener that serves. Disposing of it answers what is in hand within a second and ends what streams. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
}

/**
 * Serves the app at `host:port`.
 *
 * @param options.flag The flag that named the address. @default --listen
 * @throws {UserError} where that address cannot be listened on.
 */
export function serveHttp(
  app: OpenAPIHono,
  listen: string,
  { flag = "--listen", log }: { readonly flag?: string; readonly log?: Pick<Log, "warn"> } = {},
): RunningServer {
  const { hostname, port } = splitAddress(listen);
  const [closing, ending] = [new AbortController(), new AbortController()];
  const inHand = new Set<Promise<void>>();
  const serve = (request: Request, { remoteAddr, completed }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    // Who goes away before the answer is there is nobody's failure.
    const done = completed.catch(() => {}).finally(() => inHand.delete(done));
    inHand.add(done);
    return app.fetch(request, { remoteAddr, port: own, closing: closing.signal } satisfies Listener);
  };
  const open = (port: number) =>
    Deno.serve(
      { hostname, port, signal: ending.signal, onListen: () => {}, automaticCompression: false },
      serve,
    );
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = open(port);
  } catch (error) {
    throw explainListening(error, { listen, flag });
  }
  const own = server.addr.port;
  // Where a flood of connections leaves no file to open, the runtime gives the listener up: nobody who waits for it
  // would end the whole process.
  const served = async () => {
    for (;;) {
      const trouble = await server.finished.catch(String);
      if (trouble === undefined) return;
      log?.warn(`${flag} ${listen} takes no connections for a moment: ${trouble}`);
      await listenAgain();
    }
  };
  const listenAgain = async () => {
    while (!ending.signal.aborted) {
      await sleep(LISTEN_AGAIN_MS, ending.signal);
      try {
        server = open(own);
        return;
      } catch {
        // There is still none; what holds them will go.
      }
    }
  };
  const finished = served();
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${own}`,
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
      await finished;
    },
  };
}
