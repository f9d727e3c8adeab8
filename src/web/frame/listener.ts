/** What the listener says about a request; the first argument that an app gets beside it. */
import type { Context } from "hono";

/** Given by `serveHttp` with each request. */
export interface Listener {
  readonly remoteAddr: Deno.NetAddr;
  /** Where it listens. */
  readonly port: number;
  /** Aborted when the listener closes. */
  readonly closing: AbortSignal;
}

/** The listener that a request came by; nothing of it where the app is asked by the program itself. */
export function listenerOf(c: Context): Partial<Listener> {
  return (c.env ?? {}) as Partial<Listener>;
}
