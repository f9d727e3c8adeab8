/**
 * What an analysis knows of one device: figures of its readings, errors of forecasts that came due, and which of those
 * errors are beyond what is usual for this device. All is taken reading by reading, in memory that does not grow.
 */
import { type DeviceReading, DeviceScorer, type ErrorAnomaly, type ScorerOptions } from "./scorer.ts";
import { Steps } from "./steps.ts";

/** What of a device is counted and measured; errors in the target's unit, MSE in its square. */
export interface DeviceStatistics {
  readonly device: string;
  /** Readings with a value. */
  readonly count: number;
  /** Readings without one. */
  readonly missing: number;
  /** Readings older than one before them, and readings that came twice: left out. */
  readonly late: number;
  readonly duplicates: number;
  /** Times of the first and the last reading, Unix ms. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** Usual time between two readings, ms. */
  readonly stepMs: number | null;
  /** Longer intervals, and the readings that would fill them. */
  readonly gaps: number;
  readonly absent: number;
  readonly mean: number | null;
  /** Of the sample: squares ÷ (count − 1). */
  readonly sd: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Forecasts that came due: the same for the model and the last value. */
  readonly scored: number;
  readonly model: DeviceErrors | null;
  readonly lastValue: DeviceErrors | null;
  readonly anomalies: number;
}

/** Errors of one forecaster. */
export interface DeviceErrors {
  readonly mse: number;
  readonly mae: number;
  /** MSE ÷ variance of what came; `null` where that did not change. */
  readonly mseOverVariance: number | null;
}

/** Count, mean and sum of squared distances (Welford, Technometrics 4(3), 1962). */
class Moments {
  count = 0;
  mean = 0;
  squares = 0;

  add(value: number): void {
    const off = value - this.mean;
    this.mean += off / ++this.count;
    this.squares += off * (value - this.mean);
  }
}

/** Sums of errors. */
class ErrorSum {
  squared = 0;
  absolute = 0;

  add(error: number): void {
    this.squared += error * error;
    this.absolute += Math.abs(error);
  }

  means({ count, squares }: Moments): DeviceErrors | null {
    if (count === 0) return null;
    return {
      mse: this.squared / count,
      mae: this.absolute / count,
      mseOverVariance: squares > 0 ? this.squared / squares : null,
    };
  }
}

/** One device, reading by reading. */
export class DeviceAnalysis {
  readonly device: string;
  /** Readings without a value so far. */
  missing = 0;
  readonly #targetIndex: number;
  readonly #hasModel: boolean;
  readonly #scorer: DeviceScorer;
  readonly #steps = new Steps();
  readonly #values = new Moments();
  /** What came where a forecast was due. */
  readonly #actuals = new Moments();
  readonly #model = new ErrorSum();
  readonly #lastValue = new ErrorSum();
  #late = 0;
  #duplicates = 0;
  #min = Infinity;
  #max = -Infinity;
  #firstMs = NaN;
  #lastMs = NaN;
  #anomalies = 0;

  constructor(device: string, options: ScorerOptions) {
    this.device = device;
    this.#targetIndex = options.forecaster.targetIndex;
    this.#hasModel = options.hasModel;
    this.#scorer = new DeviceScorer(device, options);
  }

  /** Takes a reading. @returns the anomaly that it is; `null` for what is none */
  take(reading: DeviceReading): ErrorAnomaly | null {
    const scorer = this.#scorer;
    const verdict = scorer.take(reading);
    if (verdict === "late") this.#late++;
    if (verdict === "duplicate") this.#duplicates++;
    if (verdict !== "accepted") return null;
    const { timeMs, values } = reading, value = values[this.#targetIndex]!;
    this.#values.add(value);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (timeMs > this.#lastMs) this.#steps.take(timeMs - this.#lastMs);
    else if (Number.isNaN(this.#lastMs)) this.#firstMs = timeMs;
    this.#lastMs = timeMs;
    const { due, anomaly } = scorer;
    if (due !== null) {
      this.#actuals.add(due.actual);
      this.#lastValue.add(due.actual - due.baseline);
      this.#model.add(due.actual - due.predicted);
    }
    if (anomaly !== null) this.#anomalies++;
    return anomaly;
  }

  /** What is known so far. */
  statistics(): DeviceStatistics {
    const { count, mean, squares } = this.#values;
    const known = count > 0;
    return {
      ...{
        device: this.device,
        count,
        missing: this.missing,
        late: this.#late,
        duplicates: this.#duplicates,
      },
      firstMs: known ? this.#firstMs : null,
      lastMs: known ? this.#lastMs : null,
      stepMs: this.#steps.stepMs,
      ...this.#steps.result(),
      mean: known ? mean : null,
      sd: count < 2 ? null : Math.sqrt(squares / (count - 1)),
      min: known ? this.#min : null,
      max: known ? this.#max : null,
      scored: this.#actuals.count,
      model: this.#hasModel ? this.#model.means(this.#actuals) : null,
      lastValue: this.#lastValue.means(this.#actuals),
      anomalies: this.#anomalies,
    };
  }
}
