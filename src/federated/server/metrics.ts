/** Metrics of a federated server. */
import { type Collect, type Sample, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import { errorsOf, meanErrors } from "../../records/federated_rounds/errors.ts";
import type { Coordinator } from "./coordinator.ts";

/** What a coordinator knows and has counted, as samples. */
export function federatedMetrics(
  coordinator: Pick<Coordinator, "status" | "devices" | "tally">,
): Collect {
  return () => {
    const { status, tally } = { status: coordinator.status(), tally: coordinator.tally };
    const { round, version, strategy, updates, quorum, wanted, deadlineMs, last } = status;
    const devices = coordinator.devices();
    const recent = new Set(
      devices.filter(({ countedIn }) => countedIn >= round - 1).map(({ participant }) => participant),
    );
    recent.delete(null);
    const { lastValue, local, global, personalised } = meanErrors(
      devices.map(({ metrics }) => errorsOf(metrics)),
    );
    const errors = { last_value: lastValue, local, global, personalised };
    const known = (value: number | null | undefined, make: (value: number) => Sample) =>
      value === null || value === undefined ? [] : [make(value)];
    return [
      sample(METRICS.federatedRound, round),
      sample(METRICS.federatedRoundUpdates, updates),
      sample(METRICS.federatedRoundWanted, wanted ?? quorum),
      ...known(deadlineMs, (ms) => sample(METRICS.federatedDeadline, ms / 1_000)),
      ...samplesBy(METRICS.federatedUpdates, "outcome", tally.updates),
      ...samplesBy(METRICS.federatedRefused, "reason", tally.refused),
      sample(METRICS.federatedParticipants, recent.size),
      sample(METRICS.federatedDevices, devices.length),
      sample(METRICS.federatedRoundDuration, tally.roundDuration.value()),
      sample(METRICS.federatedAggregationDuration, tally.aggregationDuration.value()),
      ...known(last?.loss, (loss) => sample(METRICS.federatedLoss, loss)),
      ...Object.entries(errors).flatMap(([by, mse]) =>
        known(mse, (mse) => sample(METRICS.federatedDeviceMse, mse, { by }))
      ),
      ...known(last?.epsilon, (epsilon) => sample(METRICS.federatedEpsilon, epsilon)),
      sample(METRICS.federatedModelInfo, 1, { round: String(round), version, strategy }),
    ];
  };
}
