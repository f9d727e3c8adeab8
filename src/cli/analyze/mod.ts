/** `streamflow analyze …`: figures, errors and anomalies of devices. */
import { defineGroup } from "../command.ts";
import { analyzeBatchCommand } from "./batch.ts";
import { analyzeStreamCommand } from "./stream.ts";

/** The commands under `analyze`. */
export const analyzeCommand = defineGroup({
  name: "analyze",
  summary: "Figures, forecast errors and anomalies of every device, of a data set or live",
  commands: [analyzeBatchCommand, analyzeStreamCommand],
});
