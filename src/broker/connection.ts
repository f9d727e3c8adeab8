/** One client connection: frames in, frames out in the order of the requests. */
import { FrameSplitter } from "../wire/frame.ts";
import { WireError } from "../wire/reader.ts";
import { dispatch, type Surroundings } from "./dispatch.ts";
import { gather, GATHER_BYTES } from "./gather.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { ClientMemory, Holder } from "./client_memory.ts";
import type { BrokerState } from "./state.ts";
import type { TrafficCounters } from "./stats.ts";
import { Turn, type Turns } from "./turns.ts";

/** Bytes that are read at a time: between requests, and inside a large one. */
const READ_BYTES_MIN = 16_384;
const READ_BYTES_MAX = 262_144;
/** A piece of this size was there as soon as it could be read. */
const BULK_PIECE_BYTES = 65_536;

/** What a connection needs of its server. */
export interface ConnectionOptions {
  readonly state: BrokerState;
  readonly advertised: { readonly host: string; readonly port: number };
  readonly limits: ConnectionLimits;
  /** What all connections share: the thread and the memory. */
  readonly turns: Turns;
  readonly budget: ClientMemory;
  readonly counters: TrafficCounters;
  /** Called after each request: groups may have something due. */
  readonly onRequest: () => void;
  /** Called with what a client did that ended its connection. */
  readonly onViolation: (message: string) => void;
  /** Called with what went wrong here, on the broker's side; the connection is over. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Serves one client until it leaves, breaks the protocol or {@linkcode BrokerConnection.close} is called. One request
 * at a time, as Kafka does: the next is looked at when the answer before it has been written, so a client that does
 * not read is not read from either.
 */
export class BrokerConnection implements Holder {
  readonly #conn: Deno.TcpConn;
  readonly #options: ConnectionOptions;
  readonly #abort = new AbortController();
  readonly #splitter: FrameSplitter;
  readonly #host: string;
  readonly #turn: Turn;
  readonly #context: Surroundings;
  #isEnded = false;
  /** Called when the connection ends while something is waited for. */
  #stopWaiting: (() => void) | null = null;
  /** The next bytes: they are read while an answer is waited for, to notice a client that has left. */
  #ahead: Promise<Uint8Array<ArrayBuffer> | null> | null = null;
  /** A buffer that can be read into. */
  #spare = new Uint8Array(0);
  /** Answers that are ready to be written. */
  #answers: Uint8Array[] = [];
  #answerBytes = 0;
  #requestBytes = 0;
  /** Unix ms since when the request that is arriving does so; `null`: none is. */
  #arrivingSinceMs: number | null = null;
  /** Unix ms of the last byte that was read or written. */
  lastByteMs = Date.now();
  /** Requests that were answered. */
  answered = 0;
  /** Resolves when everything about the connection is over. */
  readonly done: Promise<void>;

  constructor(conn: Deno.TcpConn, options: ConnectionOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#splitter = new FrameSplitter(options.limits.requestBytesMax);
    this.#host = conn.remoteAddr.hostname;
    this.#turn = new Turn(options.turns);
    this.#context = {
      state: options.state,
      advertised: options.advertised,
      nowMs: 0,
      clientHost: this.#host,
      signal: this.#abort.signal,
      turn: this.#turn,
      freeBytes: () => options.budget.freeBytes,
      hold: (sizeBytes) => {
        this.#requestBytes += sizeBytes;
        this.#account();
      },
      onHold: (sizeBytes) => {
        this.#requestBytes = sizeBytes;
        this.#account();
      },
    };
    conn.setNoDelay(true);
    this.done = this.#serve();
  }

  /** Why the client is too slow with its request, or silent for too long; `null` where it is not. */
  findDelay(nowMs: number): string | null {
    const { halfRequestMsMax, requestMsMax, idleMsMax } = this.#options.limits;
    const silentMs = nowMs - this.lastByteMs;
    if (silentMs > idleMsMax) return `nothing came for ${silentMs} ms`;
    if (this.#arrivingSinceMs === null) return null;
    const sinceMs = nowMs - this.#arrivingSinceMs;
    return silentMs > halfRequestMsMax || sinceMs > requestMsMax
      ? `a request began ${sinceMs} ms ago and stood still for ${silentMs} ms`
      : null;
  }

  /** Whether no request is arriving or being answered. */
  get isQuiet(): boolean {
    return this.#arrivingSinceMs === null && this.#requestBytes === 0 && this.#answerBytes === 0;
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

  evict(reason: string): void {
    this.#options.onViolation(`${this.#host}: ${reason}`);
    this.destroy();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#abort.abort();
    this.#stopWaiting?.();
  }

  /** Notes the memory that the client makes the broker hold. */
  #account(): void {
    if (this.#isEnded) return;
    this.#options.budget.set(this, this.#splitter.heldBytes + this.#requestBytes + this.#answerBytes);
  }

  async #serve(): Promise<void> {
    try {
      while (!this.#isEnded) {
        const piece = await this.#unlessEnded(this.#readAhead());
        if (piece === null) break;
        this.#ahead = null;
        await this.#take(piece);
        if (piece.length >= BULK_PIECE_BYTES) await this.#options.turns.afterBulk(piece.length);
        if (piece.buffer.byteLength <= READ_BYTES_MIN || this.#splitter.missingBytes > 0) {
          this.#spare = new Uint8Array(piece.buffer);
        }
      }
      await this.#flush();
    } catch (error) {
      await this.#flush().catch(() => {});
      this.#sort(error);
    } finally {
      this.#end();
      this.#options.budget.set(this, 0);
      closeQuietly(this.#conn);
    }
  }

  #sort(error: unknown): void {
    if (error instanceof WireError) this.#options.onViolation(`${this.#host}: ${error.message}`);
    else if (!isDisconnect(error) && error !== this.#abort.signal.reason) this.#options.onFailure(error);
  }

  /** The next bytes; `null` where the client has left. */
  #readAhead(): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#ahead ??= this.#readPiece();
    // Whoever waits for it sees a failure; until then it is nobody's.
    this.#ahead.catch(() => {});
    return this.#ahead;
  }

  async #readPiece(): Promise<Uint8Array<ArrayBuffer> | null> {
    const wanted = Math.max(READ_BYTES_MIN, Math.min(this.#splitter.missingBytes, READ_BYTES_MAX));
    const buffer = this.#spare.length >= wanted ? this.#spare : new Uint8Array(wanted);
    this.#spare = new Uint8Array(0);
    const size = await this.#conn.read(buffer);
    this.lastByteMs = Date.now();
    this.#options.counters.receivedBytes += size ?? 0;
    return size === null ? null : buffer.subarray(0, size);
  }

  /** Answers the requests that a piece completes. */
  async #take(piece: Uint8Array): Promise<void> {
    this.#turn.begin();
    this.#arrivingSinceMs ??= this.lastByteMs;
    const before = this.#turn.pause();
    if (before !== null) await before;
    for (const frame of this.#splitter.push(piece)) {
      this.#arrivingSinceMs = null;
      const pause = this.#turn.pause();
      if (pause !== null) await pause;
      await this.#answer(frame);
      if (this.#isEnded) return;
    }
    await this.#flush();
    this.#turn.rest();
    this.#arrivingSinceMs = this.#splitter.isInsideFrame ? this.#arrivingSinceMs ?? Date.now() : null;
    this.#account();
  }

  async #answer(frame: Uint8Array): Promise<void> {
    const startMs = performance.now();
    const answer = dispatch(frame, { ...this.#context, nowMs: Date.now() });
    this.#options.onRequest();
    const chunks = answer instanceof Promise ? await this.#waitFor(answer) : answer;
    this.#requestBytes = 0;
    if (chunks === null) return;
    this.answered++;
    this.#options.counters.answered(frame, startMs);
    for (const chunk of chunks) this.#answerBytes += chunk.length;
    this.#answers.push(...chunks);
    this.#account();
    if (this.#answerBytes > GATHER_BYTES) await this.#flush();
  }

  async #waitFor(answer: Promise<Uint8Array[]>): Promise<Uint8Array[] | null> {
    // The connection may end before anyone looks at a failure.
    answer.catch(() => {});
    await this.#flush();
    this.#turn.rest();
    this.#readAhead().then((piece) => piece ?? this.#end(), () => this.#end());
    const chunks = await this.#unlessEnded(answer);
    this.#turn.begin();
    this.#options.onRequest();
    return chunks;
  }

  /** Writes the answers that are ready. */
  async #flush(): Promise<void> {
    if (this.#answers.length === 0) return;
    const chunks = this.#answers;
    this.#answers = [];
    this.#turn.rest();
    for (const piece of gather(chunks)) await this.#writeAll(piece);
    this.#answerBytes = 0;
    this.#account();
    this.#turn.begin();
  }

  /** What is waited for; `null` when the connection ends before it is there (a join that waits for others, say). */
  async #unlessEnded<T>(awaited: Promise<T>): Promise<T | null> {
    const ended = Promise.withResolvers<null>();
    const stop = async () => {
      // What the end itself brings about, the answer of a fetch that waits, comes first.
      for (let hop = 0; hop < 16; hop++) await null;
      ended.resolve(null);
    };
    this.#stopWaiting = stop;
    if (this.#isEnded) stop();
    try {
      return await Promise.race([awaited, ended.promise]);
    } finally {
      this.#stopWaiting = null;
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const written = await this.#conn.write(bytes.subarray(at));
      at += written;
      this.#options.counters.sentBytes += written;
      this.lastByteMs = Date.now();
      const pause = at < bytes.length ? this.#turn.pause() : null;
      if (pause !== null) await pause;
    }
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
