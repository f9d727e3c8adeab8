/**
 * Examples cut from series, and their split in time.
 *
 * An example is a window of L readings ending at reading t and the target at t + horizon, all of one source: it
 * never crosses from one source to another. Windows are not copied: an example is a place in its series.
 */
import type { Series, TrainingSet } from "./series.ts";
import type { SourceHistory } from "../../models/context.ts";
import type { PreparationExamples } from "../../models/preparation.ts";

/** The task as far as examples are concerned. */
export interface ExampleShape {
  readonly lookback: number;
  readonly horizon: number;
  readonly targetIndex: number;
  /** Readings up to a window's last one that a forecast may look at. @default lookback */
  readonly reach?: number;
}

/** Share of each source's readings, in time order; the rest is the test part. */
export interface SplitShares {
  readonly training: number;
  readonly validation: number;
}

/** 60 % to learn from, 20 % to choose the epoch by, the last 20 % for the report. */
export const DEFAULT_SHARES: SplitShares = { training: 0.6, validation: 0.2 };

/** What {@linkcode Examples} are made of; plain, so that it can be sent to a thread. */
export type ExampleParts = Pick<Examples, "shape" | "features" | "series" | "sources" | "ends">;

/** Examples of some part of the data: parallel arrays over n examples. */
export class Examples implements PreparationExamples {
  readonly shape: ExampleShape;
  readonly features: number;
  readonly series: readonly Series[];
  /** (n) index into {@linkcode Examples.series}. */
  readonly sources: Uint32Array;
  /** (n) index of the window's last reading t in its series. */
  readonly ends: Uint32Array;
  readonly #history: { times: Float64Array; first: number } = { times: new Float64Array(0), first: 0 };

  /** Of the same parts. */
  constructor({ shape, features, series, sources, ends }: ExampleParts) {
    this.shape = shape;
    this.features = features;
    this.series = series;
    this.sources = sources;
    this.ends = ends;
  }

  /** Examples that stand at these places of a set. */
  static at(places: readonly ExamplePlace[], set: TrainingSet, shape: ExampleShape): Examples {
    const sources = Uint32Array.from(places, (place) => place.source);
    const ends = Uint32Array.from(places, (place) => place.end);
    return new Examples({ shape, features: set.features.length, series: set.series, sources, ends });
  }

  /** n */
  get count(): number {
    return this.ends.length;
  }

  /** The readings (length, F) that the window lies in. */
  valuesOf(example: number): Float64Array {
    return this.series[this.sources[example]!]!.values;
  }

  /** Where the window begins in {@linkcode Examples.valuesOf}. */
  startOf(example: number): number {
    return (this.ends[example]! - this.shape.lookback + 1) * this.features;
  }

  /** What a forecast may look at beside the window; good until the next call. */
  historyOf(example: number): SourceHistory {
    const { lookback, reach = lookback } = this.shape;
    this.#history.times = this.series[this.sources[example]!]!.times;
    this.#history.first = Math.max(0, this.ends[example]! + 1 - reach);
    return this.#history;
  }

  /** Those that pass, in their order. */
  filter(passes: (example: number) => boolean): Examples {
    const kept = Uint32Array.from({ length: this.count }, (_, example) => example).filter(passes);
    const { shape, features, series } = this;
    const sources = kept.map((example) => this.sources[example]!);
    const ends = kept.map((example) => this.ends[example]!);
    return new Examples({ shape, features, series, sources, ends });
  }

  /** Target at the window's last reading: the baseline's forecast. */
  lastOf(example: number): number {
    return this.valuesOf(example)[this.ends[example]! * this.features + this.shape.targetIndex]!;
  }

  /** What came true `horizon` readings later. */
  actualOf(example: number): number {
    const due = this.ends[example]! + this.shape.horizon;
    return this.valuesOf(example)[due * this.features + this.shape.targetIndex]!;
  }

  /** actual − last */
  changeOf(example: number): number {
    return this.actualOf(example) - this.lastOf(example);
  }

  /** Whether a reading of the window, or the target's, is labelled as part of an event. */
  touchesEvent(example: number): boolean {
    const { events } = this.series[this.sources[example]!]!;
    const end = this.ends[example]!;
    if (events[end + this.shape.horizon] === 1) return true;
    for (let t = end - this.shape.lookback + 1; t <= end; t++) if (events[t] === 1) return true;
    return false;
  }
}

/** Where an example stands: index of the series, and of the window's last reading in it. */
export interface ExamplePlace {
  readonly source: number;
  readonly end: number;
}

/** The three parts. */
export interface Split {
  readonly training: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/**
 * Splits every source by itself, in time order. An example belongs to a part when its forecast is made and comes
 * due in that part; it may look back into the part before (as it does in production), never ahead.
 */
export function splitExamples(
  set: TrainingSet,
  shape: ExampleShape,
  shares: SplitShares = DEFAULT_SHARES,
): Split {
  const training: ExamplePlace[] = [];
  const validation: ExamplePlace[] = [];
  const test: ExamplePlace[] = [];
  set.series.forEach((series, source) => {
    const first = Math.floor(series.length * shares.training);
    const second = Math.floor(series.length * (shares.training + shares.validation));
    for (let end = shape.lookback - 1; end + shape.horizon < series.length; end++) {
      const due = end + shape.horizon;
      if (due < first) training.push({ source, end });
      else if (end >= first && due < second) validation.push({ source, end });
      else if (end >= second) test.push({ source, end });
    }
  });
  return {
    training: Examples.at(training, set, shape),
    validation: Examples.at(validation, set, shape),
    test: Examples.at(test, set, shape),
  };
}

/** Every example of the set, in the order in which a stream would bring its outcome. */
export function streamExamples(set: TrainingSet, shape: ExampleShape): Examples {
  const places: (ExamplePlace & { readonly due: number })[] = [];
  set.series.forEach((series, source) => {
    for (let end = shape.lookback - 1; end + shape.horizon < series.length; end++) {
      places.push({ source, end, due: series.places[end + shape.horizon]! });
    }
  });
  places.sort((a, b) => a.due - b.due);
  return Examples.at(places, set, shape);
}
