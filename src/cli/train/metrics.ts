/** Metrics of a training. */
import { type Collect, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import type { EpochResult } from "../../train/loop/training_run.ts";

/** How far a training is. */
export class TrainingMetrics {
  #epochs = 0;
  #last: EpochResult | null = null;

  /** What is called with each epoch: counts it, then goes on. */
  counting(next: (result: EpochResult) => void): (result: EpochResult) => void {
    return (result) => {
      this.#epochs++;
      this.#last = result;
      next(result);
    };
  }

  readonly collect: Collect = () => [
    sample(METRICS.trainingEpochs, this.#epochs),
    ...(this.#last === null ? [] : [
      ...samplesBy(METRICS.trainingLoss, "split", {
        train: this.#last.trainingLoss,
        validation: this.#last.validationLoss,
      }),
      sample(METRICS.trainingBaselineLoss, this.#last.baselineLoss),
    ]),
  ];
}
