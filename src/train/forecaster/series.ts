/** Readings sorted into one series per source: what examples are cut from. */
import type { FeatureInfo } from "../../models/preparation.ts";
import { IDS_KEPT } from "../limits.ts";
import type { Reading } from "../../records/readings/schema.ts";

/** The readings of one source, in time order. Shapes: n readings, F features. */
export interface Series {
  readonly source: string;
  /** n */
  readonly length: number;
  /** (n, F) row-major. */
  readonly values: Float64Array;
  /** (n) 1 where the reading is labelled as part of an event. */
  readonly events: Uint8Array;
  /** (n) place of each reading in the stream of all sources. */
  readonly places: Float64Array;
  /** (n) Unix ms, never falling. */
  readonly times: Float64Array;
}

/** What a model is trained on. */
export interface TrainingSet {
  /** For people and for the model file, e.g. `sensors` or the CSV's path. */
  readonly name: string;
  /** Of the file's bytes, hexadecimal; `null` where there is no file. */
  readonly sha256: string | null;
  readonly features: readonly FeatureInfo[];
  readonly series: readonly Series[];
  /** Readings in all series. */
  readonly readings: number;
  readonly skipped: Skipped;
}

/** Readings left out, as the pipeline does. */
export interface Skipped {
  /** Repeated ids. */
  readonly duplicate: number;
  /** Timestamps older than the source's newest. */
  readonly late: number;
  /** Records of a topic that are no readings. */
  readonly unusable: number;
}

interface GrowingSeries {
  readonly values: number[];
  readonly events: number[];
  readonly places: number[];
  readonly times: number[];
  readonly ids: string[];
  newest: string;
}

/** Takes readings in stream order and sorts them by source. */
export class SeriesBuilder {
  readonly #features: readonly FeatureInfo[];
  readonly #growing = new Map<string, GrowingSeries>();
  #readings = 0;
  #duplicate = 0;
  #late = 0;

  constructor(features: readonly FeatureInfo[]) {
    this.#features = features;
  }

  /** Readings accepted so far. */
  get readings(): number {
    return this.#readings;
  }

  /**
   * Takes one reading; `event` says that it is labelled as part of one.
   * @throws {RangeError} for a feature that is missing or not finite.
   */
  add(reading: Reading, event = false): void {
    const values = this.#features.map(({ name }) => checkedValue(reading, name));
    const series = this.#seriesOf(reading.source);
    if (reading.timestamp <= series.newest && series.ids.includes(reading.id)) {
      this.#duplicate++;
      return;
    }
    if (reading.timestamp < series.newest) {
      this.#late++;
      return;
    }
    series.values.push(...values);
    series.events.push(event ? 1 : 0);
    series.places.push(this.#readings++);
    series.times.push(Date.parse(reading.timestamp));
    series.newest = reading.timestamp;
    series.ids.push(reading.id);
    if (series.ids.length > IDS_KEPT) series.ids.shift();
  }

  /** The finished set; sources in the order of their first reading. */
  build(name: string, origin: { readonly sha256: string | null; readonly unusable?: number }): TrainingSet {
    const series = [...this.#growing].map(([source, grown]) => ({
      source,
      length: grown.events.length,
      values: Float64Array.from(grown.values),
      events: Uint8Array.from(grown.events),
      places: Float64Array.from(grown.places),
      times: Float64Array.from(grown.times),
    }));
    const { sha256, unusable = 0 } = origin;
    const skipped = { duplicate: this.#duplicate, late: this.#late, unusable };
    return { name, sha256, features: this.#features, series, readings: this.#readings, skipped };
  }

  #seriesOf(source: string): GrowingSeries {
    let series = this.#growing.get(source);
    if (series === undefined) {
      series = { values: [], events: [], places: [], times: [], ids: [], newest: "" };
      this.#growing.set(source, series);
    }
    return series;
  }
}

/**
 * Usual time between two readings of a source, in ms: the median of all that are not at the same time; `undefined` where
 * no source has two.
 */
export function usualStepMs(series: readonly Series[]): number | undefined {
  const steps: number[] = [];
  for (const { times } of series) {
    for (let i = 1; i < times.length; i++) {
      if (times[i]! > times[i - 1]!) steps.push(times[i]! - times[i - 1]!);
    }
  }
  return steps.length === 0 ? undefined : Float64Array.from(steps).sort()[Math.floor(steps.length / 2)];
}

function checkedValue({ id, features }: Reading, name: string): number {
  const value = features[name];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const shown = typeof value === "string" ? JSON.stringify(value) : value ?? "missing";
  throw new RangeError(`Cannot use reading ${id}: feature ${name} is ${shown}`);
}
