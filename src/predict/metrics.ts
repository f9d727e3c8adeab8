/** Metrics of predictions. */
import { type Collect, sample, samplesBy } from "../metrics/metric.ts";
import { METRICS } from "../metrics/table.ts";
import type { Tally } from "./tally.ts";

/** What a tally counts, as samples. Errors are of forecasts, accuracy of classifications: either is there, or none. */
export function predictionMetrics(tally: Tally): Collect {
  return () => {
    const { predictedByNetwork: network, predictedByBaseline: baseline, deadLetters } = tally;
    return [
      ...samplesBy(METRICS.predictions, "by", { network, baseline }),
      ...samplesBy(METRICS.deadLetters, "reason", deadLetters),
      sample(METRICS.duplicates, tally.duplicates),
      sample(METRICS.latency, tally.latency.value()),
      ...forecastSamples(tally),
      ...classificationSamples(tally),
    ];
  };
}

function forecastSamples({ errors }: Tally) {
  const { mse, baselineMse, mae, baselineMae } = errors.means();
  return [
    sample(METRICS.scored, errors.scored),
    ...samplesBy(METRICS.squaredError, "by", errors.squared),
    ...samplesBy(METRICS.absoluteError, "by", errors.absolute),
    ...(mse === null ? [] : samplesBy(METRICS.modelMse, "by", { network: mse, baseline: baselineMse! })),
    ...(mae === null ? [] : samplesBy(METRICS.modelMae, "by", { network: mae, baseline: baselineMae! })),
  ];
}

function classificationSamples({ labelled, right, rightByBaseline }: Tally) {
  const counts = { network: right, baseline: rightByBaseline };
  return [
    sample(METRICS.classificationsScored, labelled),
    ...samplesBy(METRICS.classificationsRight, "by", counts),
    ...(labelled === 0 ? [] : samplesBy(METRICS.modelAccuracy, "by", {
      network: right / labelled,
      baseline: rightByBaseline / labelled,
    })),
  ];
}
