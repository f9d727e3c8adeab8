/**
 * The last values of a series, in order of arrival and in order of size: medians of a sliding window without sorting
 * it anew. A value goes in by binary search and one shift of the sorted numbers.
 */

/** A sliding window with order statistics; oldest values fall out when it is full. */
export class SortedWindow {
  readonly #arrived: Float64Array;
  readonly #sorted: Float64Array;
  #size = 0;
  /** Where the next value goes. */
  #next = 0;

  /** Empty. `rows` is how many values it holds at most; `values` (oldest first) are put in at once. */
  constructor(rows: number, values: readonly number[] = []) {
    this.#arrived = new Float64Array(rows);
    this.#sorted = new Float64Array(rows);
    for (const value of values) this.push(value);
  }

  /** How many values it holds. */
  get size(): number {
    return this.#size;
  }

  /** First place whose number is ≥ value. */
  #placeOf(value: number): number {
    let low = 0, high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Puts a number in; the oldest leaves a full window. */
  push(value: number): void {
    const sorted = this.#sorted, arrived = this.#arrived;
    if (this.#size === arrived.length) {
      const leaving = this.#placeOf(arrived[this.#next]!);
      sorted.copyWithin(leaving, leaving + 1, this.#size);
      this.#size--;
    }
    const place = this.#placeOf(value);
    sorted.copyWithin(place + 1, place, this.#size);
    sorted[place] = value;
    this.#size++;
    arrived[this.#next] = value;
    this.#next = (this.#next + 1) % arrived.length;
  }

  /** The number below which a share of them lies (from 0 to 1), interpolated; of an empty window NaN. */
  quantile(share: number): number {
    const at = share * (this.#size - 1);
    const low = Math.floor(at);
    const first = this.#sorted[low] ?? NaN, second = this.#sorted[Math.min(low + 1, this.#size - 1)] ?? NaN;
    return this.#size === 0 ? NaN : first + (second - first) * (at - low);
  }

  /** How many of the values are ≥ this one. */
  countFrom(value: number): number {
    return this.#size - this.#placeOf(value);
  }

  /** The value with so many smaller ones before it, from 0 to size − 1. */
  at(place: number): number {
    return this.#sorted[place]!;
  }

  /** Median of the distances from a center, walking outwards from it; of an empty window NaN. */
  medianDistance(center: number): number {
    const sorted = this.#sorted, size = this.#size;
    if (size === 0) return NaN;
    let above = this.#placeOf(center), below = above - 1, last = 0, before = 0;
    for (let taken = 0; taken <= size >>> 1; taken++) {
      const up = above < size ? sorted[above]! - center : Infinity;
      const down = below >= 0 ? center - sorted[below]! : Infinity;
      before = last;
      if (up <= down) {
        last = up;
        above++;
      } else {
        last = down;
        below--;
      }
    }
    return size % 2 === 1 ? last : (before + last) / 2;
  }

  /** Mean of the distances from a center; of an empty window NaN. */
  meanDistance(center: number): number {
    let sum = 0;
    for (let index = 0; index < this.#size; index++) sum += Math.abs(this.#sorted[index]! - center);
    return sum / this.#size;
  }

  /** The values, oldest first. */
  toArray(): number[] {
    const rows = this.#arrived.length, first = (this.#next - this.#size + rows) % rows;
    return Array.from({ length: this.#size }, (_, index) => this.#arrived[(first + index) % rows]!);
  }
}
