/** The analysis of a whole data set: every device by its name, and the anomalies with the highest scores. */
import type { ReadingColumns } from "../datasets/dataset.ts";
import { DeviceAnalysis, type DeviceStatistics } from "./device.ts";
import type { ErrorAnomaly, ScorerOptions } from "./scorer.ts";
import { ANOMALIES_LISTED_MAX, DEVICES_MAX } from "./limits.ts";

/** More devices than an analysis holds. */
export class TooManyDevices extends RangeError {
  /** As every error has it. */
  override readonly name = "TooManyDevices";
}

/** How a data set is analysed. */
export interface AnalysisOptions extends ScorerOptions {
  /** Each anomaly, as it is found, and the number of its row. */
  readonly onAnomaly?: ((anomaly: ErrorAnomaly, row: number) => void) | undefined;
}

/** What an analysis came to. */
export interface AnalysisResult {
  /** In the order of their names. */
  readonly devices: readonly DeviceStatistics[];
  readonly totals: AnalysisTotals;
  /** Those with the highest scores, in the order of time. */
  readonly listed: readonly ErrorAnomaly[];
}

/** All devices together. */
export interface AnalysisTotals {
  readonly count: number;
  readonly missing: number;
  readonly late: number;
  readonly duplicates: number;
  readonly scored: number;
  readonly anomalies: number;
  /** Means over the devices of MSE ÷ variance, so that each counts alike; `null` where there is nothing to judge by. */
  readonly mseOverVariance: { readonly model: number | null; readonly lastValue: number | null };
}

/** Takes the readings of all devices. */
export class Analysis {
  readonly #options: AnalysisOptions;
  /** By the number of the source. */
  readonly #devices: DeviceAnalysis[] = [];
  readonly #names: readonly string[];
  readonly #values: Float64Array;
  #listed: ErrorAnomaly[] = [];
  #readings = 0;

  constructor(options: AnalysisOptions) {
    this.#options = options;
    this.#names = options.forecaster.features.map(({ name }) => name);
    this.#values = new Float64Array(this.#names.length);
  }

  /** Readings so far, with those that were left out. */
  get readings(): number {
    return this.#readings;
  }

  /**
   * Takes readings.
   *
   * @param features those of the columns, in their order
   * @throws {TooManyDevices}
   */
  take({ count, sources, names, times, values, rows }: ReadingColumns, features: readonly string[]): void {
    const places = this.#names.map((name) => features.indexOf(name));
    const width = features.length, row = this.#values;
    for (let i = 0; i < count; i++) {
      const device = this.#devices[sources[i]!] ?? this.#deviceOf(sources[i]!, names);
      let isMissing = false;
      for (let j = 0; j < places.length; j++) {
        const value = row[j] = values[i * width + places[j]!]!;
        if (Number.isNaN(value)) isMissing = true;
      }
      this.#readings++;
      if (isMissing) {
        device.missing++;
        continue;
      }
      const anomaly = device.take({ id: String(rows[i]!), timeMs: times[i]!, values: row });
      if (anomaly !== null) this.#note(anomaly, rows[i]!);
    }
  }

  /** What is known so far. */
  result(): AnalysisResult {
    const devices = this.#devices.flatMap((device) => device.statistics())
      .sort((a, b) => a.device < b.device ? -1 : 1);
    return {
      devices,
      totals: totalsOf(devices),
      listed: [...this.#listed].sort((a, b) => a.timeMs - b.timeMs || (a.device < b.device ? -1 : 1)),
    };
  }

  #deviceOf(source: number, names: readonly string[]): DeviceAnalysis {
    if (source >= DEVICES_MAX) throw new TooManyDevices(`there are more than ${DEVICES_MAX} devices`);
    return this.#devices[source] = new DeviceAnalysis(names[source]!, this.#options);
  }

  #note(anomaly: ErrorAnomaly, row: number): void {
    this.#options.onAnomaly?.(anomaly, row);
    const listed = this.#listed;
    if (listed.length === ANOMALIES_LISTED_MAX && anomaly.score <= listed.at(-1)!.score) return;
    const place = listed.findIndex(({ score }) => score < anomaly.score);
    listed.splice(place < 0 ? listed.length : place, 0, anomaly);
    if (listed.length > ANOMALIES_LISTED_MAX) listed.pop();
  }
}

function totalsOf(devices: readonly DeviceStatistics[]): AnalysisTotals {
  const sum = (of: (one: DeviceStatistics) => number) => devices.reduce((all, one) => all + of(one), 0);
  const mean = (who: "model" | "lastValue") => {
    const known = devices.map((one) => one[who]?.mseOverVariance ?? null).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((all, one) => all + one, 0) / known.length;
  };
  return {
    count: sum(({ count }) => count),
    missing: sum(({ missing }) => missing),
    late: sum(({ late }) => late),
    duplicates: sum(({ duplicates }) => duplicates),
    scored: sum(({ scored }) => scored),
    anomalies: sum(({ anomalies }) => anomalies),
    mseOverVariance: { model: mean("model"), lastValue: mean("lastValue") },
  };
}
