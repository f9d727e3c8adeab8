/**
 * Forecasts of one device's readings, their errors when they come due, and which of these errors are beyond what is
 * usual for this device.
 */
import { ALARM_SCORE, type Detector } from "../anomaly/detector.ts";
import { restoreDetector } from "../anomaly/detectors.ts";
import type { Forecaster } from "../models/forecaster.ts";
import { seriesState, SourceSeries, type Verdict } from "../predict/source_series.ts";
import { shape } from "../records/formats/shape.ts";
import type { Scored } from "../records/predictions/forecast_print.ts";
import type { Json } from "../stream/json.ts";
import { partState, readState } from "../stream/state.ts";

/** How a device's readings are forecast and judged. */
export interface ScorerOptions {
  /** What forecasts: a model, or the last value. */
  readonly forecaster: Forecaster;
  /** Whether that is a model. */
  readonly hasModel: boolean;
  /** A detector at the beginning of a series: it takes the errors. */
  readonly detector: () => Detector;
  /** Score from which an error is an anomaly. @default {@linkcode ALARM_SCORE} */
  readonly threshold?: number | undefined;
}

/** A forecast whose error is beyond the device's own scale. */
export interface ErrorAnomaly {
  readonly device: string;
  readonly timeMs: number;
  readonly actual: number;
  readonly predicted: number;
  /** What errors of this device usually come to, in the target's unit. */
  readonly usualError: number;
  /** From the threshold to 1. */
  readonly score: number;
}

/** A reading. */
export interface DeviceReading {
  readonly id: string;
  readonly timeMs: number;
  /** In the order of the forecaster's features, finite. */
  readonly values: Float64Array;
}

const scorerState = shape.object({ series: seriesState, detector: partState });

/** One device's forecasts. */
export class DeviceScorer {
  readonly series: SourceSeries;
  /** The forecast that came due with the newest reading; `null` where the forecaster had none. */
  due: Scored | null = null;
  /** The newest forecast; NaN where the forecaster has none. */
  forecast = NaN;
  /** What the newest reading is; `null` for nothing unusual. */
  anomaly: ErrorAnomaly | null = null;
  readonly #threshold: number;
  readonly #limit: number;
  #detector: Detector;

  constructor(device: string, { forecaster, detector, threshold = ALARM_SCORE }: ScorerOptions) {
    this.series = new SourceSeries(device, forecaster);
    this.#detector = detector();
    this.#threshold = threshold;
    const { limit } = this.#detector.toJson().options;
    this.#limit = typeof limit === "number" ? limit : 1;
  }

  /** Takes a reading, and forecasts from it. */
  take({ id, timeMs, values }: DeviceReading): Verdict {
    const verdict = this.series.accept(id, timeMs, values);
    if (verdict !== "accepted") return verdict;
    const due = this.series.due();
    this.due = due?.byNetwork ? due : null;
    this.anomaly = this.due === null ? null : this.#judge(this.due, timeMs);
    this.forecast = this.series.forecast();
    return verdict;
  }

  /** All of it, as JSON keeps it. */
  toJson(): Json {
    return { series: this.series.toJson(), detector: this.#detector.toJson() };
  }

  /** Goes on from a state. @throws for one that is none */
  restore(json: Json): void {
    const { series, detector } = readState(scorerState, json, "a device");
    this.series.restore(series);
    this.#detector = restoreDetector(detector);
  }

  #judge({ predicted, actual }: Scored, timeMs: number): ErrorAnomaly | null {
    const error = actual - predicted;
    const score = this.#detector.update(error, timeMs);
    if (score < this.#threshold || score === 0) return null;
    const distance = Math.abs(error - (this.#detector.expected ?? 0));
    const usualError = distance * (1 - score) / (score * this.#limit);
    return { device: this.series.source, timeMs, actual, predicted, usualError, score };
  }
}
