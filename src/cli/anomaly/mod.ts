/** `streamflow anomaly …`: detectors on series of any kind. */
import { anomalyScoreCommand } from "./score.ts";
import { defineGroup } from "../command.ts";

/** The commands under `anomaly`. */
export const anomalyCommand = defineGroup({
  name: "anomaly",
  summary: "Anomalies in any series: score its rows, and the detector where they are labelled",
  commands: [anomalyScoreCommand],
});
