/**
 * Millions of readings in little memory: a column for the times, one for the sources and one for all values, in chunks, so
 * that they grow without being copied. Then: in the order of time, each source's time once.
 */
import { ROWS_MAX, SOURCES_MAX } from "./limits.ts";

/** Rows of a chunk: a power of two. */
const CHUNK_ROWS = 2 ** 16;
const CHUNK_SHIFT = 16;

interface Chunk {
  readonly times: Float64Array;
  readonly sources: Uint16Array;
  readonly values: Float64Array;
}

/** Readings of sources. Shapes: F features. */
export class ReadingColumns {
  readonly features: readonly string[];
  readonly #chunks: Chunk[] = [];
  readonly #sources: string[] = [];
  readonly #numbers = new Map<string, number>();
  #rows = 0;

  /** @param features names of the values, in order */
  constructor(features: readonly string[]) {
    this.features = features;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Names of the sources, by number. */
  get sources(): readonly string[] {
    return this.#sources;
  }

  /**
   * The number of a source, a new one where it is seen first.
   *
   * @throws {RangeError} for more than {@linkcode SOURCES_MAX}
   */
  numberOf(source: string): number {
    const known = this.#numbers.get(source);
    if (known !== undefined) return known;
    if (this.#sources.length === SOURCES_MAX) throw new RangeError(`more than ${SOURCES_MAX} sources`);
    this.#numbers.set(source, this.#sources.length);
    return this.#sources.push(source) - 1;
  }

  /**
   * Takes a row.
   *
   * @param values (F) NaN = missing
   * @throws {RangeError} for more than {@linkcode ROWS_MAX}
   */
  add(timeMs: number, source: number, values: Float64Array): void {
    const { length: width } = this.features, at = this.#rows & (CHUNK_ROWS - 1);
    if (at === 0) {
      if (this.#rows >= ROWS_MAX) throw new RangeError(`more than ${ROWS_MAX} rows`);
      this.#chunks.push({
        times: new Float64Array(CHUNK_ROWS),
        sources: new Uint16Array(CHUNK_ROWS),
        values: new Float64Array(CHUNK_ROWS * width),
      });
    }
    const chunk = this.#chunks.at(-1)!;
    chunk.times[at] = timeMs;
    chunk.sources[at] = source;
    chunk.values.set(values, at * width);
    this.#rows++;
  }

  /** Unix ms of a row. */
  timeOf(row: number): number {
    return this.#chunks[row >>> CHUNK_SHIFT]!.times[row & (CHUNK_ROWS - 1)]!;
  }

  /** Number of a row's source. */
  sourceOf(row: number): number {
    return this.#chunks[row >>> CHUNK_SHIFT]!.sources[row & (CHUNK_ROWS - 1)]!;
  }

  /** One of a row's values. */
  valueOf(row: number, feature: number): number {
    const chunk = this.#chunks[row >>> CHUNK_SHIFT]!;
    return chunk.values[(row & (CHUNK_ROWS - 1)) * this.features.length + feature]!;
  }

  /**
   * Rows in the order of time, then of sources, then of the file; of rows of one source with the same time the first.
   *
   * @returns (n) numbers of rows, and how many were left out because their source has that time already
   */
  inOrder(): { readonly order: Uint32Array; readonly repeated: number } {
    const order = Uint32Array.from({ length: this.#rows }, (_, row) => row);
    order.sort((a, b) => this.timeOf(a) - this.timeOf(b) || this.sourceOf(a) - this.sourceOf(b) || a - b);
    const last = new Float64Array(this.#sources.length).fill(NaN);
    let kept = 0;
    for (const row of order) {
      const timeMs = this.timeOf(row), source = this.sourceOf(row);
      if (last[source] === timeMs) continue;
      last[source] = timeMs;
      order[kept++] = row;
    }
    return { order: order.subarray(0, kept), repeated: this.#rows - kept };
  }
}
