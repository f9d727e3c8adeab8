/** What a handler of one API is. The table of handlers stands in `handlers.ts`; `ApiVersions` is derived from it. */
import type { Api, Fields, Message } from "../wire/schema.ts";
import type { BrokerState } from "./state.ts";
import type { Turn } from "./turns.ts";

/** What surrounds a request. */
export interface RequestContext {
  readonly state: BrokerState;
  readonly version: number;
  readonly nowMs: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Where clients connect. */
  readonly advertised: { readonly host: string; readonly port: number };
  /** Aborts when the connection or the broker closes: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Long work gives others their turn. */
  readonly turn: Turn;
  /** Bytes that all connections together may still hold. */
  readonly freeBytes: () => number;
  /** Notes bytes that this request holds beside what it held before. */
  readonly hold: (sizeBytes: number) => void;
}

/** Serves one API. Protocol errors are values in the response; a throw closes the connection. */
export interface Handler<Q extends Fields = Fields, S extends Fields = Fields> {
  readonly api: Api<Q, S>;
  /** Versions that are served. */
  readonly versions: readonly [number, number];
  /** Versions that are advertised, where they differ. */
  readonly advertised?: readonly [number, number];
  /** `null`: no answer is wanted. */
  handle(request: Message<Q>, context: RequestContext): Message<S> | null | Promise<Message<S> | null>;
}

/** Keeps the exact messages in the type. */
export function defineHandler<Q extends Fields, S extends Fields>(handler: Handler<Q, S>): Handler<Q, S> {
  return handler;
}
