/** Metrics of the embedded broker. */
import { type Collect, sample } from "../metrics/metric.ts";
import { METRICS } from "../metrics/table.ts";
import type { RunningBroker } from "./mod.ts";

/** What the broker counts, as samples. */
export function brokerMetrics(broker: Pick<RunningBroker, "stats">): Collect {
  return () => {
    const { receivedBytes, sentBytes, requests, connections, groups, partitions } = broker.stats();
    return [
      sample(METRICS.brokerReceived, receivedBytes),
      sample(METRICS.brokerSent, sentBytes),
      ...requests.map(({ api, duration }) => sample(METRICS.brokerRequests, duration.count, { api })),
      ...requests.map(({ api, duration }) => sample(METRICS.brokerRequestDuration, duration, { api })),
      sample(METRICS.brokerConnections, connections),
      sample(METRICS.brokerGroups, groups),
      ...partitions.flatMap(({ topic, partition, sizeBytes, endOffset }) => {
        const labels = { topic, partition: String(partition) };
        return [
          sample(METRICS.brokerLogSize, sizeBytes, labels),
          sample(METRICS.topicOffset, endOffset, labels),
        ];
      }),
    ];
  };
}
