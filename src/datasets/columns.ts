/** Data sets as columns. */
import type { Dataset, ReadingColumns } from "./dataset.ts";

/** Room for a batch, which grows. */
export class ColumnsRoom implements ReadingColumns {
  count = 0;
  readonly names: string[] = [];
  sources = new Int32Array(0);
  times = new Float64Array(0);
  values = new Float64Array(0);
  rows = new Float64Array(0);
  readonly #width: number;
  readonly #numbers = new Map<string, number>();

  /** @param width F */
  constructor(width: number) {
    this.#width = width;
  }

  /** The number of a source, new where it is not known. */
  sourceOf(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  /** Makes room for one more reading. @returns its place */
  next(): number {
    if (this.count === this.times.length) this.#grow(Math.max(1_024, 2 * this.count));
    return this.count++;
  }

  #grow(rows: number): void {
    const grown = <T extends Int32Array | Float64Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.sources = grown(new Int32Array(rows), this.sources);
    this.times = grown(new Float64Array(rows), this.times);
    this.values = grown(new Float64Array(rows * this.#width), this.values);
    this.rows = grown(new Float64Array(rows), this.rows);
  }
}

/** One pass over a data set, as columns. @throws {UserError} as {@linkcode Dataset.batches} */
export async function* columnsOf(dataset: Dataset): AsyncIterable<ReadingColumns> {
  if (dataset.columns !== undefined) return yield* dataset.columns();
  const names = dataset.features.map(({ name }) => name);
  const room = new ColumnsRoom(names.length);
  let row = 0;
  for await (const batch of dataset.batches()) {
    room.count = 0;
    for (const { source, timestamp, features, row: number = row + 1 } of batch) {
      const at = room.next();
      room.sources[at] = room.sourceOf(source);
      room.times[at] = Date.parse(timestamp);
      room.rows[at] = row = number;
      names.forEach((name, i) => {
        const value = features[name];
        room.values[at * names.length + i] = typeof value === "number" ? value : NaN;
      });
    }
    yield room;
  }
}
