/** What a device's readings come to within a window of time. */
import type { DeviceWindow } from "../records/device_statistics.ts";
import { isoOf } from "../records/formats/utc_time.ts";
import { compose } from "../stream/aggregates/compose.ts";
import { max, min } from "../stream/aggregates/extreme.ts";
import { mean } from "../stream/aggregates/mean.ts";
import { sum } from "../stream/aggregates/sum.ts";
import { variance } from "../stream/aggregates/variance.ts";
import type { WindowResult } from "../stream/windows.ts";

/** A reading, and how it was forecast. */
export interface SeenReading {
  readonly value: number;
  /** 1 where a forecast came due, else 0. */
  readonly scored: number;
  /** 0 where none did. */
  readonly error: number;
  readonly lastValueError: number;
  /** 1 for an anomaly, else 0. */
  readonly anomaly: number;
}

const valueOf = ({ value }: SeenReading) => value;

/** The aggregate of a window. */
export function windowFigures() {
  return compose({
    mean: mean(valueOf),
    variance: variance(valueOf),
    min: min(valueOf),
    max: max(valueOf),
    scored: sum(({ scored }: SeenReading) => scored),
    squared: sum(({ error }: SeenReading) => error * error),
    squaredLastValue: sum(({ lastValueError }: SeenReading) => lastValueError * lastValueError),
    anomalies: sum(({ anomaly }: SeenReading) => anomaly),
  });
}

/** What {@linkcode windowFigures} give. */
export type WindowFigures = ReturnType<ReturnType<typeof windowFigures>["result"]>;

/** A window (µs) as a record has it. */
export function deviceWindowOf(
  { key: device, start, end, count, value, final, correction }: WindowResult<WindowFigures>,
  { feature, model }: {
    readonly feature: string;
    /** `null`: the last value alone. */
    readonly model: { readonly name: string; readonly version: string } | null;
  },
): DeviceWindow {
  const { scored, squared, squaredLastValue } = value;
  return {
    id: `${device}/${feature}/${start / 1e3}/${end / 1e3}${correction ? `#${count}` : ""}`,
    ...{ device, feature, start: isoOf(start), end: isoOf(end), count },
    ...{ mean: value.mean, sd: value.variance === null ? null : Math.sqrt(value.variance) },
    ...{ min: value.min, max: value.max, scored },
    mse: model === null || scored === 0 ? null : squared / scored,
    mseLastValue: scored === 0 ? null : squaredLastValue / scored,
    ...{ anomalies: value.anomalies, model, final, correction },
  };
}
