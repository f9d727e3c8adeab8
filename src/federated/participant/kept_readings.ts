/** The last readings of a device, raw: what its examples are made of, again after a restart. */
import type { SourceHistory } from "../../models/context.ts";
import type { Verdict } from "../../predict/source_series.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { shape, type ShapeOf } from "../../records/formats/shape.ts";

/** Kept readings in a snapshot. */
export const readingsState = shape.object({
  count: shape.int(),
  ids: shape.array(shape.string()),
  times: shape.string(),
  values: shape.string(),
});

/** Readings side by side, the newest at {@linkcode KeptReadings.row}. Shapes: K kept, F features. */
export class KeptReadings implements SourceHistory {
  /** (2·K, F) */
  readonly rows: Float64Array;
  /** (2·K) Unix ms, never falling. */
  readonly times: Float64Array;
  /** First row that may be looked at, see {@linkcode KeptReadings.lookFrom}. */
  first = 0;
  /** Readings that were taken. */
  count = 0;
  /** Of the newest reading; −1 before the first. */
  row = -1;
  readonly #kept: number;
  readonly #width: number;
  /** Of the last readings, the newest last. */
  #ids: string[] = [];
  readonly #idsKept: number;

  /** @param options.kept K; `width` F; `idsKept`: a repeated reading is known among so many */
  constructor(
    { kept, width, idsKept }: { readonly kept: number; readonly width: number; readonly idsKept: number },
  ) {
    this.#kept = kept;
    this.#width = width;
    this.#idsKept = idsKept;
    this.rows = new Float64Array(2 * kept * width);
    this.times = new Float64Array(2 * kept);
  }

  /** Readings that are there. */
  get held(): number {
    return Math.min(this.count, this.#kept);
  }

  /** The row of a reading, counted from the device's first one; it is still there. */
  rowOf(reading: number): number {
    return this.row - (this.count - 1 - reading);
  }

  /** Takes a reading: `values` (F). */
  accept(id: string, timestampMs: number, values: Float64Array): Verdict {
    const newestMs = this.row < 0 ? -Infinity : this.times[this.row]!;
    if (timestampMs <= newestMs) {
      if (this.#ids.includes(id)) return "duplicate";
      if (timestampMs < newestMs) return "late";
    }
    if (this.#ids.push(id) > 2 * this.#idsKept) this.#ids = this.#ids.slice(-this.#idsKept);
    this.#append(timestampMs, values);
    return "accepted";
  }

  /** A forecast at `row` looks back at `reach` readings at most. */
  lookFrom(row: number, reach: number): void {
    const oldest = this.row + 1 - this.held;
    this.first = Math.max(oldest, row + 1 - reach);
  }

  /** All that is kept, as JSON. */
  toJson(): ShapeOf<typeof readingsState> {
    const from = this.row + 1 - this.held, to = this.row + 1;
    return {
      count: this.count,
      ids: this.#ids.slice(-this.#idsKept),
      times: writeNumbers(this.times.subarray(from, to)),
      values: writeNumbers(this.rows.subarray(from * this.#width, to * this.#width)),
    };
  }

  /** Goes on from a state. @throws RangeError for one of other readings */
  restore({ count, ids, times, values }: ShapeOf<typeof readingsState>): void {
    const held = Math.min(count, this.#kept);
    this.times.set(readNumbers(times, held));
    this.rows.set(readNumbers(values, held * this.#width));
    this.#ids = ids.slice(-this.#idsKept);
    this.row = held - 1;
    this.count = count;
  }

  #append(timestampMs: number, values: Float64Array): void {
    const width = this.#width;
    if (++this.row === 2 * this.#kept) {
      this.rows.copyWithin(0, (this.#kept + 1) * width);
      this.times.copyWithin(0, this.#kept + 1);
      this.row = this.#kept - 1;
    }
    this.times[this.row] = timestampMs;
    for (let column = 0; column < width; column++) this.rows[this.row * width + column] = values[column]!;
    this.count++;
  }
}
