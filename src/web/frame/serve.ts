/** One listener for an app, until it is disposed of. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { UserError } from "../../runtime/errors.ts";

/** A listener that serves. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
}

/** Serves the app at `host:port`. @throws {UserError} where that address cannot be listened on. */
export function serveHttp(app: OpenAPIHono, listen: string): RunningServer {
  const at = listen.lastIndexOf(":");
  const hostname = listen.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  const closing = new AbortController();
  try {
    const server = Deno.serve(
      { hostname, port: Number(listen.slice(at + 1)), signal: closing.signal, onListen: () => {} },
      (request, info) => app.fetch(request, info),
    );
    return {
      url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`,
      [Symbol.asyncDispose]: async () => {
        closing.abort();
        await server.finished;
      },
    };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new UserError(`cannot listen on ${listen}: the port is in use`, {
        hint: "stop what uses it, or name another one (port 0 = any that is free)",
        cause: error,
      });
    }
    throw error;
  }
}
