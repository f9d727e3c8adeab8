/**
 * What is remembered of each source of a partition: its last readings, and the forecasts that are still to be
 * scored. Everything is a pure function of the partition's log.
 *
 * An *epoch* is half of `REWIND_RECORDS_MAX` consecutive offsets. Two tables of sources stand side by side: `current`,
 * begun empty at the start of the epoch before, and `next`, begun empty at the start of this one; both take every
 * reading, `current` alone answers, and at the start of the next epoch `next` takes its place. So an answer depends
 * on nothing but the records since the start of the previous epoch, and whoever re-reads from there (or from the
 * log's start) has the same state, late readings and evictions included.
 *
 * Shapes: L look-back, R reach (L, or more where a forecast looks at a season), H horizon, F features.
 */
import type { SourceHistory } from "../models/context.ts";
import type { Forecaster } from "../models/forecaster.ts";
import type { Scored } from "../records/predictions/forecast_print.ts";
import type { ReferenceForecasts } from "../records/predictions/forecast_print.ts";
import { HISTORY_BYTES_MAX, REWIND_RECORDS_MAX, SOURCES_MAX } from "./limits.ts";

/** What became of a reading. */
export type Verdict = "accepted" | "duplicate" | "late";

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

/** How many sources a table may hold: {@linkcode SOURCES_MAX}, fewer where a source's history is long. */
export function sourcesMaxOf({ reach, horizon, features }: Forecaster): number {
  const sourceBytes = (2 * (reach + horizon) * (features.length + 1) + horizon) * 8;
  return Math.max(1, Math.min(SOURCES_MAX, Math.floor(HISTORY_BYTES_MAX / sourceBytes)));
}

/** Sources by name; the least recently seen makes room for a new one. */
export class SourceTable {
  #forecaster: Forecaster;
  #sourcesMax: number;
  readonly #byName = new Map<string, SourceSeries>();
  #oldest: SourceSeries | null = null;
  #newest: SourceSeries | null = null;
  #evicted = 0;

  constructor(forecaster: Forecaster, sourcesMax: number) {
    this.#forecaster = forecaster;
    this.#sourcesMax = sourcesMax;
  }

  /** Sources held. */
  get size(): number {
    return this.#byName.size;
  }

  /** Sources that had to make room so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The source's series, new where it is not known; it is the most recently seen from now on. */
  see(source: string): SourceSeries {
    let series = this.#byName.get(source);
    if (series === undefined) {
      if (this.#byName.size >= this.#sourcesMax) this.#evict(this.#oldest!);
      series = new SourceSeries(source, this.#forecaster);
      this.#byName.set(source, series);
    } else {
      if (series === this.#newest) return series;
      this.#unlink(series);
    }
    series.older = this.#newest;
    series.newer = null;
    if (this.#newest === null) this.#oldest = series;
    else this.#newest.newer = series;
    this.#newest = series;
    return series;
  }

  /** Another model answers from now on, see {@linkcode SourceSeries.turnTo}. */
  turnTo(forecaster: Forecaster, sourcesMax: number): void {
    this.#forecaster = forecaster;
    this.#sourcesMax = sourcesMax;
    while (this.#byName.size > sourcesMax) this.#evict(this.#oldest!);
    for (const series of this.#byName.values()) series.turnTo(forecaster);
  }

  #evict(series: SourceSeries): void {
    this.#unlink(series);
    this.#byName.delete(series.source);
    this.#evicted++;
  }

  #unlink({ older, newer }: SourceSeries): void {
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
  }
}

/** Limits that tests set lower. */
export interface SeriesLimits {
  /** @default REWIND_RECORDS_MAX */
  readonly rewindRecordsMax?: number;
  /** @default sourcesMaxOf(forecaster) */
  readonly sourcesMax?: number;
}

function epochLength(limits: SeriesLimits): number {
  return Math.max(1, Math.floor((limits.rewindRecordsMax ?? REWIND_RECORDS_MAX) / 2));
}

/** Where to begin to re-read, so that the state is whole at `offset`: at most `rewindRecordsMax` before it. */
export function rewindFrom(offset: number, limits: SeriesLimits = {}): number {
  const length = epochLength(limits);
  return Math.max(0, (Math.floor(offset / length) - 1) * length);
}

/** All sources of one partition. */
export class PartitionSeries {
  #forecaster: Forecaster;
  readonly #epochLength: number;
  readonly #limits: SeriesLimits;
  #epoch = -1;
  /** First offset of the epoch after this one. */
  #epochEnd = 0;
  #current: SourceTable;
  #next: SourceTable;
  #evicted = 0;
  #series: SourceSeries | null = null;

  constructor(forecaster: Forecaster, limits: SeriesLimits = {}) {
    this.#forecaster = forecaster;
    this.#epochLength = epochLength(limits);
    this.#limits = limits;
    this.#current = this.#empty();
    this.#next = this.#empty();
  }

  /** Sources that had to make room so far. */
  get evicted(): number {
    return this.#evicted + this.#current.evicted;
  }

  /** Sources known. */
  get sources(): number {
    return this.#current.size;
  }

  /** The series of the reading that was entered last. */
  get series(): SourceSeries {
    return this.#series!;
  }

  /** Takes the reading at `offset`; offsets rise. */
  enter(
    offset: number,
    { id, source, timestampMs }: { id: string; source: string; timestampMs: number },
    values: Float64Array,
  ): Verdict {
    if (offset >= this.#epochEnd) this.#begin(Math.floor(offset / this.#epochLength));
    const next = this.#next.see(source);
    if (next.accept(id, timestampMs, values) === "accepted") next.skipForecast();
    this.#series = this.#current.see(source);
    return this.#series.accept(id, timestampMs, values);
  }

  /** Another model answers from now on, see {@linkcode SourceSeries.turnTo}. */
  turnTo(forecaster: Forecaster): void {
    this.#forecaster = forecaster;
    for (const table of [this.#current, this.#next]) table.turnTo(forecaster, this.#sourcesMax);
  }

  get #sourcesMax(): number {
    return this.#limits.sourcesMax ?? sourcesMaxOf(this.#forecaster);
  }

  #begin(epoch: number): void {
    this.#evicted += this.#current.evicted;
    this.#current = epoch === this.#epoch + 1 ? this.#next : this.#empty();
    this.#next = this.#empty();
    this.#evicted -= this.#current.evicted; // counted when it was not the one that answers
    this.#epoch = epoch;
    this.#epochEnd = (epoch + 1) * this.#epochLength;
  }

  #empty(): SourceTable {
    return new SourceTable(this.#forecaster, this.#sourcesMax);
  }
}
