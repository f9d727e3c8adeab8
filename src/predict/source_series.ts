/**
 * What is remembered of one source: its last readings, and the forecasts that are still to be scored.
 *
 * Shapes: L look-back, R reach (L, or more where a forecast looks at a season), H horizon, F features.
 */
import type { SourceHistory } from "../models/context.ts";
import type { Forecaster } from "../models/forecaster.ts";
import { shape, type ShapeOf } from "../records/formats/shape.ts";
import type { ReferenceForecasts, Scored } from "../records/predictions/forecast_print.ts";

/** What became of a reading. */
export type Verdict = "accepted" | "duplicate" | "late";

/** What {@linkcode SourceSeries.toJson} gives. */
export const seriesState = shape.object({
  count: shape.int().min(0),
  rows: shape.array(shape.number()),
  times: shape.array(shape.number()),
  ids: shape.array(shape.string()),
  forecasts: shape.array(shape.number().nullable()),
});

/** See {@linkcode seriesState}. */
export type SeriesState = ShapeOf<typeof seriesState>;

const encoder = new TextEncoder();

/** One source's last R + H readings. */
export class SourceSeries implements SourceHistory {
  readonly source: string;
  /** The source as a record's key. */
  readonly key: Uint8Array;
  /** Neighbours in the order of being seen; `older` of the oldest is `null`. */
  older: SourceSeries | null = null;
  newer: SourceSeries | null = null;
  #forecaster: Forecaster;
  #keep: number;
  /** Of the last L + H readings. */
  #ids: string[] = [];
  #idsKept: number;
  /** (2·(R+H), F): the last R + H rows lie side by side, the newest at `#row`. */
  #rows: Float64Array;
  /** (2·(R+H)) */
  #times: Float64Array;
  #first = 0;
  /** (H) forecasts by reading modulo H; NaN where none was asked for. */
  readonly #forecasts: Float64Array;
  #row = -1;
  #count = 0;
  /** Rows that are there: all readings up to R + H, fewer after a change to a longer look-back. */
  #held = 0;
  #newestMs = -Infinity;

  constructor(source: string, forecaster: Forecaster) {
    this.source = source;
    this.key = encoder.encode(source);
    this.#forecaster = forecaster;
    this.#idsKept = forecaster.lookback + forecaster.horizon;
    this.#keep = forecaster.reach + forecaster.horizon;
    this.#rows = new Float64Array(2 * this.#keep * forecaster.features.length);
    this.#times = new Float64Array(2 * this.#keep);
    this.#forecasts = new Float64Array(forecaster.horizon).fill(NaN);
  }

  /** Takes a reading: `values` (F). */
  accept(id: string, timestampMs: number, values: Float64Array): Verdict {
    if (timestampMs <= this.#newestMs) {
      if (this.#ids.includes(id)) return "duplicate";
      if (timestampMs < this.#newestMs) return "late";
    }
    const { length: width } = values;
    this.#newestMs = timestampMs;
    this.#ids[this.#count % this.#idsKept] = id;
    if (++this.#row === 2 * this.#keep) {
      this.#rows.copyWithin(0, (this.#keep + 1) * width);
      this.#times.copyWithin(0, this.#keep + 1);
      this.#row = this.#keep - 1;
    }
    this.#times[this.#row] = timestampMs;
    const start = this.#row * width;
    for (let column = 0; column < width; column++) this.#rows[start + column] = values[column]!;
    this.#count++;
    if (this.#held < this.#keep) this.#held++;
    return "accepted";
  }

  /**
   * Another model answers from now on, with the same features and horizon. The readings stay, as many as it looks back
   * at; where it looks back further than the one before, it has to wait for them.
   */
  turnTo(forecaster: Forecaster): void {
    const { lookback, reach, horizon, features: { length: width } } = forecaster;
    this.#forecaster = forecaster;
    this.#keepIds(lookback + horizon);
    const keep = reach + horizon;
    if (keep === this.#keep) return;
    const held = Math.min(this.#held, keep);
    const from = this.#row + 1 - held, to = this.#row + 1;
    const rows = new Float64Array(2 * keep * width), times = new Float64Array(2 * keep);
    rows.set(this.#rows.subarray(from * width, to * width));
    times.set(this.#times.subarray(from, to));
    this.#rows = rows;
    this.#times = times;
    this.#row = held - 1;
    this.#held = held;
    this.#keep = keep;
  }

  #keepIds(kept: number): void {
    const ids: string[] = [];
    const held = Math.min(this.#count, this.#idsKept, kept);
    for (let at = this.#count - held; at < this.#count; at++) ids[at % kept] = this.#ids[at % this.#idsKept]!;
    this.#ids = ids;
    this.#idsKept = kept;
  }

  /** Times of the rows, for the forecaster. */
  get times(): Float64Array {
    return this.#times;
  }

  /** First row that the forecast which is asked for now may look at, for the forecaster. */
  get first(): number {
    return this.#first;
  }

  /** Readings that are remembered, up to reach and horizon. */
  get held(): number {
    return this.#held;
  }

  /** Newest value of the target. */
  get lastValue(): number {
    return this.#target(this.#row);
  }

  /** The network's forecast at the newest reading, kept until it is due; NaN where it has none to give. */
  forecast(): number {
    const { horizon } = this.#forecaster;
    const forecast = this.#forecastAt(this.#row, this.#held);
    this.#forecasts[(this.#count - 1) % horizon] = forecast;
    return forecast;
  }

  /**
   * What was forecast, H readings ago, for the newest reading: ask before {@linkcode SourceSeries.forecast}.
   *
   * @returns `null` where the source had no reading then
   */
  due(): Scored | null {
    const { horizon } = this.#forecaster;
    const made = this.#count - horizon; // readings there were when it was made
    if (made < 1) return null;
    const row = this.#row - horizon;
    let predicted = this.#forecasts[(made - 1) % horizon]!;
    // Not asked for then (it was before a restart, or in another table's time): the same window gives it now.
    if (Number.isNaN(predicted)) predicted = this.#forecastAt(row, this.#held - horizon);
    const baseline = this.#target(row);
    const byNetwork = !Number.isNaN(predicted);
    return {
      id: this.#ids[(made - 1) % this.#idsKept]!,
      predicted: byNetwork ? predicted : baseline,
      baseline,
      actual: this.#target(this.#row),
      byNetwork,
      references: byNetwork ? this.#referencesAt(row, this.#held - horizon) : null,
    };
  }

  /** Forgets the forecast that was due with the newest reading, where none takes its place. */
  skipForecast(): void {
    this.#forecasts[(this.#count - 1) % this.#forecaster.horizon] = NaN;
  }

  /** All of it, as JSON keeps it: `restore` of a new one goes on from it. */
  toJson(): SeriesState {
    const { features: { length: width }, horizon } = this.#forecaster;
    const from = this.#row + 1 - this.#held, to = this.#row + 1;
    const ids: string[] = [];
    for (let at = Math.max(0, this.#count - this.#idsKept); at < this.#count; at++) {
      ids.push(this.#ids[at % this.#idsKept]!);
    }
    const made = Math.min(horizon, this.#count);
    return {
      count: this.#count,
      rows: [...this.#rows.subarray(from * width, to * width)],
      times: [...this.#times.subarray(from, to)],
      ids,
      forecasts: Array.from({ length: made }, (_, i) => {
        const forecast = this.#forecasts[(this.#count - made + i) % horizon]!;
        return Number.isNaN(forecast) ? null : forecast;
      }),
    };
  }

  /** Goes on from what one of the same forecaster has given. @throws RangeError where it is of another shape */
  restore({ count, rows, times, ids, forecasts }: SeriesState): void {
    const { features: { length: width }, horizon } = this.#forecaster;
    const fits = times.length === Math.min(count, this.#keep) && rows.length === times.length * width &&
      ids.length === Math.min(count, this.#idsKept) && forecasts.length === Math.min(count, horizon);
    if (!fits) {
      throw new RangeError(`Cannot restore the readings of ${this.source}: they are of another shape`);
    }
    this.#count = count;
    this.#held = times.length;
    this.#row = times.length - 1;
    this.#rows.set(rows);
    this.#times.set(times);
    this.#newestMs = times.at(-1) ?? -Infinity;
    ids.forEach((id, i) => this.#ids[(count - ids.length + i) % this.#idsKept] = id);
    forecasts.forEach((forecast, i) => {
      this.#forecasts[(count - forecasts.length + i) % horizon] = forecast ?? NaN;
    });
  }

  #target(row: number): number {
    const { features, targetIndex } = this.#forecaster;
    return this.#rows[row * features.length + targetIndex]!;
  }

  #referencesAt(row: number, held: number): ReferenceForecasts | null {
    const { lookback, features, refer } = this.#forecaster;
    if (refer === undefined || held < lookback) return null;
    this.#lookFrom(row, held);
    return refer(this.#rows, (row - lookback + 1) * features.length, this);
  }

  /** No more than the reach, so that it is the same forecast when it comes due as when it was made. */
  #lookFrom(row: number, held: number): void {
    this.#first = row + 1 - Math.min(held, this.#forecaster.reach);
  }

  /** @param held rows of the source up to `row` */
  #forecastAt(row: number, held: number): number {
    const { lookback, features } = this.#forecaster;
    if (held < lookback) return NaN;
    this.#lookFrom(row, held);
    const forecast = this.#forecaster.predict(this.#rows, (row - lookback + 1) * features.length, this);
    return Number.isFinite(forecast) ? forecast : NaN;
  }
}
