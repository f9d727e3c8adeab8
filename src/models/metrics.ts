/** Metrics of the model that answers. */
import { type Collect, sample } from "../metrics/metric.ts";
import { METRICS } from "../metrics/table.ts";
import type { NamedModel } from "./container.ts";
import type { ModelIntake } from "./swap/intake.ts";

/** The model that answers now, whichever took the first one's place. */
export function modelMetrics(intake: Pick<ModelIntake<NamedModel>, "running" | "writtenMs">): Collect {
  return () => {
    const { running: { name, version }, writtenMs } = intake;
    const trained_at = writtenMs === null ? "" : new Date(writtenMs).toISOString();
    return [sample(METRICS.modelInfo, 1, { model: name, version, trained_at })];
  };
}
