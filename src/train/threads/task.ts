/** A thread's task: a lesson's gradients in plain form, its arrays in memory that all threads see. */
import type { Network } from "../../../nn/mod.ts";
import type { BatchGradients } from "../loop/batch_gradients.ts";
import { type ClassifierGradientParts, ClassifierGradients } from "../classifier/gradients.ts";
import { type ExampleParts, Examples } from "../forecaster/examples.ts";
import { type ForecastGradientParts, ForecastGradients } from "../forecaster/gradients.ts";
import { shared } from "./memory.ts";

/** A lesson's gradients, as they are sent to a thread. */
export type Task =
  | { readonly kind: "classification"; readonly parts: ClassifierGradientParts }
  | { readonly kind: "forecast"; readonly parts: SharedForecast };

type SharedForecast = Omit<ForecastGradientParts, "training"> & { readonly training: ExampleParts };

/** A classifier's task; the rows are copied once, whatever the number of threads. */
export function shareClassification({ training, ...rest }: ClassifierGradientParts): Task {
  const { x, labels } = training;
  const { rows, columns } = x;
  const rowStart = shared(x.rowStart), column = shared(x.column), value = shared(x.value);
  const copy = { x: { rows, columns, rowStart, column, value }, labels: shared(labels) };
  return { kind: "classification", parts: { ...rest, training: copy } };
}

/** A forecaster's task. */
export function shareForecast({ training, ...rest }: SharedForecast): Task {
  const { shape, features } = training;
  const unread = { events: new Uint8Array(0), places: new Float64Array(0) };
  const series = training.series.map((one) => ({
    ...{ ...one, ...unread },
    values: shared(one.values),
    times: shared(one.times),
  }));
  const sources = shared(training.sources), ends = shared(training.ends);
  return { kind: "forecast", parts: { ...rest, training: { shape, features, series, sources, ends } } };
}

/** What computes a task's gradients. */
export function gradientsOf(network: Network, { kind, parts }: Task): BatchGradients {
  return kind === "classification"
    ? new ClassifierGradients(network, parts)
    : new ForecastGradients(network, { ...parts, training: new Examples(parts.training) });
}
