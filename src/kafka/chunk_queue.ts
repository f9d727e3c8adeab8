/** Hands chunks from whoever fetches to the one who reads, and lets the fetcher wait for the reader. */
import type { RecordChunk } from "./port.ts";

/** A queue of a few chunks. */
export class ChunkQueue {
  readonly #limit: number;
  #chunks: RecordChunk[] = [];
  #ended = false;
  #error: unknown;
  #wakeReader: (() => void) | null = null;
  #wakeWriters: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** There is room for another chunk. */
  get hasRoom(): boolean {
    return this.#chunks.length < this.#limit;
  }

  /** Adds a chunk; whoever cares for the limit awaits {@linkcode room} before. */
  push(chunk: RecordChunk): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#wake();
  }

  /** Resolves when there is room, when the queue was cleared, or when it ended. */
  async room(): Promise<void> {
    if (this.hasRoom || this.#ended) return;
    await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
  }

  /** Drops what waits: the partitions were taken away. */
  clear(): void {
    this.#chunks = [];
    this.#releaseWriters();
  }

  /** No more chunks: the reader ends, what waits is dropped; with an error the reader throws it. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.clear();
    this.#wake();
  }

  /** The next chunk, `null` at the end. One reader at a time. */
  async next(): Promise<RecordChunk | null> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#releaseWriters();
        return chunk;
      }
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return null;
      }
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  /**
   * The chunks, until the end. An abort ends the queue.
   * @param onAbort what else an abort stops
   * @param onChunk called before a chunk is handed out, in the turn that takes it from the queue
   */
  async *chunks(
    signal: AbortSignal,
    { onAbort, onChunk }: { onAbort?: () => void; onChunk?: (chunk: RecordChunk) => void } = {},
  ): AsyncGenerator<RecordChunk> {
    const stop = () => {
      this.end();
      onAbort?.();
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (let chunk = await this.next(); chunk !== null; chunk = await this.next()) {
        onChunk?.(chunk);
        yield chunk;
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #wake(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = null;
    wake?.();
  }

  #releaseWriters(): void {
    const writers = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const release of writers) release();
  }
}
