/** Metrics of jobs on a cluster. */
import { type Collect, sample } from "../metrics/metric.ts";
import { METRICS } from "../metrics/table.ts";
import type { JobsRun, OpenRun } from "./run.ts";

/** What a run counts, as samples. */
export function jobMetrics({ input, group }: Pick<JobsRun, "input" | "group">, run: OpenRun): Collect {
  return () => {
    const { read, sent, lag } = run.state();
    const { commits, rebalances, lastRecordMs, commitDuration, sendDuration } = run.counters;
    return [
      sample(METRICS.recordsRead, read, { topic: input, group }),
      ...(lastRecordMs === null ? [] : [sample(METRICS.lastRecord, lastRecordMs / 1_000, { group })]),
      ...Object.entries(lag).map(([place, records]) => {
        const at = place.lastIndexOf("/");
        const labels = { consumergroup: group, topic: place.slice(0, at), partition: place.slice(at + 1) };
        return sample(METRICS.lag, records, labels);
      }),
      ...Object.entries(sent).map(([topic, records]) => sample(METRICS.recordsSent, records, { topic })),
      ...[...sendDuration].map(([topic, duration]) =>
        sample(METRICS.sendDuration, duration.value(), { topic })
      ),
      sample(METRICS.commits, commits, { group }),
      sample(METRICS.commitDuration, commitDuration.value(), { group }),
      sample(METRICS.rebalances, rebalances, { group }),
    ];
  };
}
