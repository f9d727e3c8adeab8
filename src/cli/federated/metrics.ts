/** Metrics of a participant. */
import type { DeviceJob } from "../../federated/participant/device_job.ts";
import type { DeviceTally } from "../../federated/participant/device_tally.ts";
import { type Collect, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";

/** What a participant comes to, as samples. */
export function participantMetrics(
  tally: DeviceTally,
  { jobs, round }: { readonly jobs: () => readonly DeviceJob[]; readonly round: () => number },
): Collect {
  return () => {
    const { updates, updatesTwice, refused, deadLetters, duplicates, anomalies } = tally;
    const outcomes = {
      accepted: updates - updatesTwice,
      duplicate: updatesTwice,
      refused: Object.values(refused).reduce((sum, count) => sum + count, 0),
    };
    return [
      ...samplesBy(METRICS.participantUpdates, "outcome", outcomes),
      ...samplesBy(METRICS.deadLetters, "reason", deadLetters),
      sample(METRICS.duplicates, duplicates),
      sample(METRICS.anomalies, anomalies, { kind: "forecast-error" }),
      sample(METRICS.participantDevices, jobs().reduce((sum, { size }) => sum + size, 0)),
      sample(METRICS.participantRound, round()),
    ];
  };
}
