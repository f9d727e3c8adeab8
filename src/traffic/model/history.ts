/** The last windows of one link, as many as a model looks back at: memory that does not grow. */
import { shape } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { readState, timeState } from "../../stream/state.ts";
import { TRAFFIC_FEATURES, type WindowValues } from "../observed.ts";

const FEATURES = TRAFFIC_FEATURES.length;

const historySchema = shape.object({
  newestUs: timeState.nullable(),
  windows: shape.array(shape.array(shape.number()).length(FEATURES)),
}).refine(
  ({ newestUs, windows }) => (newestUs === null) === (windows.length === 0),
  "windows without a time",
);

/** Which windows a history holds. */
export interface HistoryShape {
  /** How many. */
  readonly windows: number;
  /** Length of each, in µs: they follow each other without a gap. */
  readonly windowUs: number;
}

/**
 * A ring of windows, each of {@linkcode TRAFFIC_FEATURES}. It holds them twice, one ring behind the other, so that
 * the last ones always lie in a row.
 */
export class TrafficHistory {
  /** Windows that it holds at most. */
  readonly capacity: number;
  readonly windowUs: number;
  /** (2 · capacity, F) */
  readonly values: Float64Array;
  /** Start of the newest window, in µs; `-Infinity` without one. */
  #newestUs = -Infinity;
  #pushed = 0;

  /** Without any window. */
  constructor({ windows, windowUs }: HistoryShape) {
    this.capacity = windows;
    this.windowUs = windowUs;
    this.values = new Float64Array(2 * windows * FEATURES);
  }

  /** What {@linkcode TrafficHistory.toJson} gave, in a history of this shape: the newest windows that fit. */
  static from(json: Json, shape: HistoryShape): TrafficHistory {
    const history = new TrafficHistory(shape);
    const { newestUs, windows } = readState(historySchema, json, "a link's history");
    windows.forEach((window, i) => {
      history.#append(window, newestUs! - (windows.length - 1 - i) * shape.windowUs);
    });
    return history;
  }

  /** Windows that it holds now. */
  get length(): number {
    return Math.min(this.#pushed, this.capacity);
  }

  /** Whether it is full: a forecast needs all of it. */
  get ready(): boolean {
    return this.#pushed >= this.capacity;
  }

  /** Start of the newest window, in µs; `-Infinity` without one. */
  get newestUs(): number {
    return this.#newestUs;
  }

  /** Row of {@linkcode TrafficHistory.values} after that of the newest window. */
  get end(): number {
    return this.#pushed % this.capacity + this.capacity;
  }

  /**
   * Takes the window that starts at `startUs`: the next one; or one that it holds, which is corrected; any other
   * one begins a new history, for there is a gap.
   */
  push(window: WindowValues, startUs: number): void {
    const values = TRAFFIC_FEATURES.map((feature) => window[feature]);
    const behind = (this.#newestUs - startUs) / this.windowUs;
    if (behind >= 0 && Number.isInteger(behind)) {
      if (behind < this.length) this.#set((this.#pushed - 1 - behind) % this.capacity, values);
      return;
    }
    if (behind !== -1) this.#pushed = 0;
    this.#append(values, startUs);
  }

  /** The newest window; `null` without one. */
  get newest(): WindowValues | null {
    if (this.#pushed === 0) return null;
    const from = (this.end - 1) * FEATURES;
    const [bytes, meanSize, packets, interarrival, tcp, udp] = this.values.subarray(from, from + FEATURES);
    return {
      ...{ bytes: bytes!, meanSize: meanSize!, packets: packets! },
      ...{ interarrival: interarrival!, tcp: tcp!, udp: udp! },
    };
  }

  /** All of it, from the oldest window to the newest. */
  toJson(): Json {
    const { length, end } = this;
    return {
      newestUs: length === 0 ? null : this.#newestUs,
      windows: Array.from({ length }, (_, i) => {
        const row = end - length + i;
        return [...this.values.subarray(row * FEATURES, (row + 1) * FEATURES)];
      }),
    };
  }

  #append(values: readonly number[], startUs: number): void {
    this.#set(this.#pushed % this.capacity, values);
    this.#pushed++;
    // So that it stays small: what counts is its place in the ring, and whether the ring is full.
    if (this.#pushed === 2 * this.capacity) this.#pushed = this.capacity;
    this.#newestUs = startUs;
  }

  #set(row: number, values: readonly number[]): void {
    this.values.set(values, row * FEATURES);
    this.values.set(values, (row + this.capacity) * FEATURES);
  }
}
