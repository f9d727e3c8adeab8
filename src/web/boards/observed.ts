/** What the dashboard counts from the topics, as metrics: it sees every model and every member of the group. */
import { type Collect, type Sample, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import type { PartitionLag, PredictionsChoice, Snapshot } from "../../monitor/boards/snapshot.ts";
import type { TrafficChoice, TrafficSnapshot } from "../../monitor/boards/traffic.ts";
import type { Source } from "../../monitor/watch/feed.ts";
import { HISTORIES_MAX } from "./limits.ts";

/** Where the predictions come from, and who makes them. */
export interface Observed {
  readonly source: Source<Snapshot, PredictionsChoice>;
  /** The models, the one that predicted last first. */
  readonly modelKeys: () => readonly string[];
  readonly input: string;
  readonly group: string;
}

/** Predictions of the models at work (as many as have a history), dead letters, and the group's lag. */
export function observedMetrics({ source, modelKeys, input, group }: Observed): Collect {
  const snapshot = (model: string | null) =>
    source.snapshot(Date.now(), { points: 0, model, source: null, scoring: false });
  return () => {
    const { deadLettered, lag } = snapshot(null);
    return [
      ...modelKeys().slice(0, HISTORIES_MAX).flatMap((key) => samplesOf(snapshot(key))),
      ...samplesBy(METRICS.observedDeadLetters, "reason", deadLettered),
      ...lagSamples({ input, group }, lag),
    ];
  };
}

/** A group, and the topic that it reads. */
export interface Reader {
  readonly input: string;
  readonly group: string;
}

/** The lag of the jobs of traffic. */
export function trafficLags(
  source: Source<TrafficSnapshot, TrafficChoice>,
  readers: readonly (Reader & { readonly job: string })[],
): Collect {
  return () => {
    const { lag } = source.snapshot(Date.now(), { link: null, target: null, points: 2 });
    return readers.flatMap((reader) =>
      lagSamples(reader, lag.find(({ job }) => job === reader.job)?.lags ?? [])
    );
  };
}

function lagSamples({ group, input }: Reader, lags: readonly PartitionLag[]): Sample[] {
  return lags.map(({ partition, lag }) =>
    sample(METRICS.lag, lag, { consumergroup: group, topic: input, partition: String(partition) })
  );
}

/** Of one model, since the topic was read first, as the terminal shows it; what is not known has no sample. */
function samplesOf({ modelId, predicted, errors, latencyMs, classes }: Snapshot): Sample[] {
  const model = modelId ?? "";
  const { mse, baselineMse, mae, baselineMae } = errors;
  const known = <T>(value: T | null, make: (value: T) => Sample) => value === null ? [] : [make(value)];
  const both = (network: number | null, baseline: number | null) =>
    [["network", network], ["baseline", baseline]] as const;
  const { p50, p95, p99 } = latencyMs;
  return [
    ...both(predicted.network, predicted.baseline).map(([by, count]) =>
      sample(METRICS.observedPredictions, count!, { model, by })
    ),
    ...(classes === null ? both(mse, baselineMse) : []).flatMap(([by, error]) =>
      known(error, (value) => sample(METRICS.observedMse, value, { model, by }))
    ),
    ...both(classes?.accuracy ?? null, classes?.baselineAccuracy ?? null).flatMap(([by, share]) =>
      known(share, (value) => sample(METRICS.observedAccuracy, value, { model, by }))
    ),
    ...(classes === null ? both(mae, baselineMae) : []).flatMap(([by, error]) =>
      known(error, (value) => sample(METRICS.observedMae, value, { model, by }))
    ),
    ...([["0.5", p50], ["0.95", p95], ["0.99", p99]] as const).flatMap(([quantile, ms]) =>
      known(ms, (value) => sample(METRICS.observedLatency, value / 1_000, { model, quantile }))
    ),
  ];
}
