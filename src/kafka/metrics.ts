/** Metrics of what is sent. */
import { type Collect, sample } from "../metrics/metric.ts";
import { METRICS } from "../metrics/table.ts";
import type { Outbox } from "./outbox.ts";

/** What an outbox counts, as samples. */
export function outboxMetrics(outbox: Outbox): Collect {
  const { topic } = outbox;
  return () => {
    const { acknowledged, failed } = outbox.delivery;
    return [
      sample(METRICS.recordsSent, acknowledged, { topic }),
      sample(METRICS.sendFailures, failed, { topic }),
      sample(METRICS.sendDuration, outbox.sendDuration.value(), { topic }),
    ];
  };
}
