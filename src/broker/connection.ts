/** One client connection: frames in, frames out in the order of the requests. */
import { FrameSplitter } from "../wire/frame.ts";
import { WireError } from "../wire/reader.ts";
import { dispatch } from "./dispatch.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { BrokerState } from "./state.ts";

const READ_BYTES = 262_144;
/** Chunks up to this size are gathered into one write. */
const GATHER_BYTES = 65_536;

/** What a connection needs of its server. */
export interface ConnectionOptions {
  readonly state: BrokerState;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly limits: ConnectionLimits;
  /** Called after each request: groups may have something due. */
  readonly onRequest: () => void;
  /** Called with what a client did that ended its connection. */
  readonly onViolation: (message: string) => void;
  /** Called with what went wrong here, on the broker's side; the connection is over. */
  readonly onFailure: (error: unknown) => void;
}

/** Serves one client until it leaves, breaks the protocol or {@linkcode BrokerConnection.close} is called. */
export class BrokerConnection {
  readonly #conn: Deno.TcpConn;
  readonly #options: ConnectionOptions;
  readonly #abort = new AbortController();
  readonly #splitter: FrameSplitter;
  readonly #host: string;
  #answers: Promise<Uint8Array[]>[] = [];
  #wakeWriter: (() => void) | null = null;
  #wakeReader: (() => void) | null = null;
  #ended = false;
  /** Unix ms of the last byte that arrived. */
  lastByteMs = Date.now();
  /** Resolves when everything about the connection is over. */
  readonly done: Promise<void>;

  constructor(conn: Deno.TcpConn, options: ConnectionOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#splitter = new FrameSplitter(options.limits.requestBytesMax);
    this.#host = conn.remoteAddr.hostname;
    conn.setNoDelay(true);
    this.done = Promise.all([this.#read(), this.#write()]).then(() => undefined);
  }

  /** Whether a request has begun and not ended. */
  get isInsideRequest(): boolean {
    return this.#splitter.isInsideFrame;
  }

  /** Ends the connection; answers that are ready are still written. */
  close(): void {
    this.#end();
  }

  /** Ends the connection at once, whatever its client still has to read. */
  destroy(): void {
    this.#end();
    closeQuietly(this.#conn);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort.abort();
    this.#wakeWriter?.();
    this.#wakeReader?.();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      while (!this.#ended) {
        const size = await this.#conn.read(buffer);
        if (size === null) break;
        this.lastByteMs = Date.now();
        for (const frame of this.#splitter.push(buffer.subarray(0, size))) this.#answer(frame);
        while (this.#answers.length >= this.#options.limits.requestsInFlightMax && !this.#ended) {
          await new Promise<void>((resolve) => this.#wakeReader = resolve);
        }
      }
    } catch (error) {
      if (error instanceof WireError) this.#options.onViolation(`${this.#host}: ${error.message}`);
      else if (!isDisconnect(error)) this.#options.onFailure(error);
    } finally {
      this.#end();
    }
  }

  #answer(frame: Uint8Array): void {
    const { state, advertised, onRequest } = this.#options;
    const context = {
      state,
      advertised,
      nowMs: Date.now(),
      clientHost: this.#host,
      signal: this.#abort.signal,
    };
    const answer = dispatch(frame, context);
    onRequest();
    const pending = Promise.resolve(answer);
    // The writer sees a failure when it comes to it; until then it is nobody's.
    pending.catch(() => {});
    this.#answers.push(pending);
    this.#wakeWriter?.();
  }

  async #write(): Promise<void> {
    try {
      while (true) {
        const next = this.#answers[0];
        if (next === undefined) {
          if (this.#ended) break;
          await new Promise<void>((resolve) => this.#wakeWriter = resolve);
          continue;
        }
        const chunks = await this.#unlessEnded(next);
        if (chunks === null) break;
        this.#answers.shift();
        this.#wakeReader?.();
        for (const piece of gather(chunks)) await this.#writeAll(piece);
      }
    } catch (error) {
      if (!isDisconnect(error)) this.#options.onFailure(error);
    } finally {
      this.#end();
      closeQuietly(this.#conn);
    }
  }

  /** The answer; `null` when the connection ends before it is there (a join that waits for others, say). */
  async #unlessEnded(answer: Promise<Uint8Array[]>): Promise<Uint8Array[] | null> {
    if (this.#ended) return await Promise.race([answer, Promise.resolve(null)]);
    const { signal } = this.#abort;
    let stop = () => {};
    const ended = new Promise<null>((resolve) => {
      stop = () => queueMicrotask(() => resolve(null));
      signal.addEventListener("abort", stop, { once: true });
    });
    const first = await Promise.race([answer, ended]);
    signal.removeEventListener("abort", stop);
    return first;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }
}

function closeQuietly(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.TimedOut;
}

/** Small neighbours become one piece, large ones stay as they are. */
function* gather(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  let start = 0;
  while (start < chunks.length) {
    let size = 0;
    let end = start;
    while (end < chunks.length && size + chunks[end]!.length <= GATHER_BYTES) size += chunks[end++]!.length;
    if (end - start <= 1) {
      yield chunks[start++]!;
      continue;
    }
    const piece = new Uint8Array(size);
    let at = 0;
    for (; start < end; start++) {
      piece.set(chunks[start]!, at);
      at += chunks[start]!.length;
    }
    yield piece;
  }
}
