/** What models are worth on the unseen time, every device alike: MSE in units of the variance of what came. */
import { moments } from "../../../nn/mod.ts";
import type { Learner } from "../participant/learner.ts";
import { scoreForecasts } from "../participant/participant.ts";
import type { Federation } from "./devices.ts";

/** Means over the devices whose target varies. */
export interface UnseenErrors {
  /** Device by device, in units of its variance; NaN where that is 0. */
  readonly byDevice: readonly number[];
  readonly mean: number;
}

/** Of each device's weights. */
export function measureUnseen(
  { devices, preparation }: Federation,
  { learner, weightsOf }: { readonly learner: Learner; readonly weightsOf: (device: number) => Float64Array },
): UnseenErrors {
  return meanOver(devices.map(({ test }, i) => {
    const answers = learner.predict(weightsOf(i), test.inputs);
    return scoreForecasts(answers, test, preparation).model / test.count / varianceOf(test.actuals);
  }));
}

/** Of the last value. */
export function measureLastValue({ devices }: Federation): UnseenErrors {
  return meanOver(devices.map(({ test: { count, lasts, actuals } }) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (lasts[i]! - actuals[i]!) ** 2;
    return sum / count / varianceOf(actuals);
  }));
}

function varianceOf(values: Float64Array): number {
  const { sd } = moments(values);
  return sd === 0 ? NaN : sd * sd;
}

function meanOver(byDevice: readonly number[]): UnseenErrors {
  const judged = byDevice.filter((error) => !Number.isNaN(error));
  return { byDevice, mean: judged.reduce((sum, error) => sum + error, 0) / judged.length };
}
