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
import type { Forecaster } from "../models/forecaster.ts";
import { SourceSeries, type Verdict } from "./source_series.ts";
import { HISTORY_BYTES_MAX, REWIND_RECORDS_MAX, SOURCES_MAX } from "./limits.ts";

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
