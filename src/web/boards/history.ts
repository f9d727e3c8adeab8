/**
 * Figures over time, in bounded memory: the last hour by the second and the last day by ten seconds, a column for each
 * name. Names come and go. Markers say what happened when. Pure.
 */
import { plainText } from "../../runtime/plain_text.ts";
import { COARSE, CURVE_DIGITS, FINE, MARKER_LENGTH_MAX, MARKERS_MAX, NAMES_MAX } from "./limits.ts";

/** Figures by name at one moment; `null` where there is none. */
export type Figures = ReadonlyMap<string, number | null>;

/** Something that happened, as text. */
export interface Marker {
  /** Unix ms. */
  readonly timeMs: number;
  readonly text: string;
}

/** Rows of figures at equal steps, oldest first; there is no row where nobody looked. */
export interface Course {
  readonly stepMs: number;
  /** Unix ms. */
  readonly times: readonly number[];
  /** A column for each name, as long as `times`; `NaN` where there was no figure. */
  readonly columns: readonly (readonly number[])[];
}

/** Everything that is remembered. */
export interface HistoryView {
  readonly names: readonly string[];
  readonly fine: Course;
  readonly coarse: Course;
  readonly events: readonly Marker[];
}

/** Rows begin with room for so many. */
const ROOM_MIN = 64;

/** A ring of rows: one for each step, the oldest one goes. */
class Ring {
  readonly #stepMs: number;
  readonly #pointsMax: number;
  #times = new Float64Array(ROOM_MIN);
  readonly #columns = new Map<string, Float64Array>();
  /** Where the oldest row is, and how many there are. */
  #first = 0;
  #count = 0;

  constructor({ stepMs, pointsMax }: { readonly stepMs: number; readonly pointsMax: number }) {
    this.#stepMs = stepMs;
    this.#pointsMax = pointsMax;
  }

  get lastMs(): number {
    return this.#count === 0 ? -Infinity : this.#times[this.#at(this.#count - 1)]!;
  }

  /** Takes figures of known names; within a step the newest figure counts. */
  add(timeMs: number, figures: Figures): void {
    const stepMs = Math.floor(timeMs / this.#stepMs) * this.#stepMs;
    if (stepMs < this.lastMs) return; // the clock was set back
    if (stepMs > this.lastMs) this.#append(stepMs);
    const at = this.#at(this.#count - 1);
    for (const [name, value] of figures) {
      const column = this.#columns.get(name);
      if (column !== undefined && value !== null) column[at] = value;
    }
  }

  addName(name: string): void {
    this.#columns.set(name, new Float64Array(this.#times.length).fill(NaN));
  }

  removeName(name: string): void {
    this.#columns.delete(name);
  }

  view(names: readonly string[], sinceMs = -Infinity): Course {
    let from = 0;
    if (sinceMs > -Infinity) {
      from = this.#count;
      while (from > 0 && this.#times[this.#at(from - 1)]! > sinceMs) from--;
    }
    const rows = (column: Float64Array) => {
      const values = new Array<number>(this.#count - from);
      for (let row = from; row < this.#count; row++) values[row - from] = column[this.#at(row)]!;
      return values;
    };
    return {
      stepMs: this.#stepMs,
      times: rows(this.#times),
      columns: names.map((name) => rows(this.#columns.get(name)!)),
    };
  }

  #at(row: number): number {
    return (this.#first + row) % this.#times.length;
  }

  #append(timeMs: number): void {
    if (this.#count === this.#times.length && this.#count < this.#pointsMax) this.#grow();
    if (this.#count === this.#times.length) this.#first = (this.#first + 1) % this.#times.length;
    else this.#count++;
    const at = this.#at(this.#count - 1);
    this.#times[at] = timeMs;
    for (const column of this.#columns.values()) column[at] = NaN;
  }

  /** More room; a ring that grows has never gone round, so that its rows stay where they are. */
  #grow(): void {
    const room = Math.min(this.#pointsMax, this.#times.length * 2);
    const grown = (values: Float64Array) => {
      const larger = new Float64Array(room).fill(NaN);
      larger.set(values);
      return larger;
    };
    this.#times = grown(this.#times);
    for (const [name, column] of this.#columns) this.#columns.set(name, grown(column));
  }
}

/** What is remembered of one board or model. */
export class History {
  readonly #fine = new Ring(FINE);
  readonly #coarse = new Ring(COARSE);
  /** When each name was there last, Unix ms. */
  readonly #seenMs = new Map<string, number>();
  #names: readonly string[] = [];
  #markers: Marker[] = [];
  #markerCount = 0;

  /** In the order of the columns; another array as soon as names came or went. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Time of the newest fine row, Unix ms; `-Infinity` before the first. */
  get lastMs(): number {
    return this.#fine.lastMs;
  }

  /** Markers since the beginning, those that are forgotten as well. */
  get markerCount(): number {
    return this.#markerCount;
  }

  /** Takes the figures of this moment, and what has just happened. */
  add(timeMs: number, figures: Figures, markers: readonly string[] = []): void {
    this.#know(timeMs, figures);
    const kept = new Map([...figures].map(([name, value]) => [name, value === null ? null : short(value)]));
    this.#fine.add(timeMs, kept);
    this.#coarse.add(timeMs, kept);
    this.#markerCount += markers.length;
    const fresh = markers.map((text) => ({ timeMs, text: plainText(text, MARKER_LENGTH_MAX) }));
    const oldestMs = timeMs - COARSE.stepMs * COARSE.pointsMax;
    this.#markers = [...this.#markers.filter((one) => one.timeMs > oldestMs), ...fresh].slice(-MARKERS_MAX);
  }

  /** Everything. */
  view(): HistoryView {
    return {
      names: this.#names,
      fine: this.#fine.view(this.#names),
      coarse: this.#coarse.view(this.#names),
      events: this.#markers,
    };
  }

  /** Fine rows later than `sinceMs`: the time, and a value for each name. */
  rowsSince(sinceMs: number): number[][] {
    const { times, columns } = this.#fine.view(this.#names, sinceMs);
    return times.map((timeMs, row) => [timeMs, ...columns.map((column) => column[row]!)]);
  }

  /** Markers after the first `count`, as far as they are remembered. */
  markersSince(count: number): readonly Marker[] {
    const fresh = this.#markerCount - count;
    return fresh <= 0 ? [] : this.#markers.slice(-fresh);
  }

  /** Remembers which names there are. */
  #know(timeMs: number, figures: Figures): void {
    let changed = false;
    const remove = (name: string) => {
      this.#seenMs.delete(name);
      for (const ring of [this.#fine, this.#coarse]) ring.removeName(name);
      changed = true;
    };
    const oldestMs = timeMs - COARSE.stepMs * COARSE.pointsMax;
    for (const [name, seenMs] of this.#seenMs) if (seenMs < oldestMs) remove(name);
    for (const name of figures.keys()) {
      if (!this.#seenMs.has(name)) {
        if (this.#seenMs.size >= NAMES_MAX) {
          const absent = this.#longestAbsent(figures);
          if (absent === undefined) continue;
          remove(absent);
        }
        for (const ring of [this.#fine, this.#coarse]) ring.addName(name);
        changed = true;
      }
      this.#seenMs.set(name, timeMs);
    }
    if (changed) this.#names = [...this.#seenMs.keys()];
  }

  #longestAbsent(present: Figures): string | undefined {
    let longest: string | undefined;
    for (const [name, seenMs] of this.#seenMs) {
      if (present.has(name)) continue;
      if (longest === undefined || seenMs < this.#seenMs.get(longest)!) longest = name;
    }
    return longest;
  }
}

/** A figure with as many digits as a chart shows. */
export function short(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(CURVE_DIGITS));
}
