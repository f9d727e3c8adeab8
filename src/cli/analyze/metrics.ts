/** Metrics of a live analysis. */
import type { StreamTally } from "../../analytics/stream_tally.ts";
import type { WindowedJob } from "../../jobs/job.ts";
import type { OpenRun } from "../../jobs/run.ts";
import { type Collect, sample } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import { predictionMetrics } from "../../predict/metrics.ts";

/** What an analysis comes to, as samples. */
export function streamMetrics(run: OpenRun<WindowedJob>, tally: StreamTally): Collect {
  const predictions = predictionMetrics(tally);
  return () => [
    ...predictions(),
    ...(tally.future > 0 ? [sample(METRICS.deadLetters, tally.future, { reason: "future" })] : []),
    sample(METRICS.anomalies, tally.anomalies, { kind: "forecast-error" }),
    sample(METRICS.windows, tally.windows),
    sample(METRICS.windowsOpen, run.state().jobs.reduce((sum, { open }) => sum + open, 0)),
  ];
}
