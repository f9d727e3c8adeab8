/** `streamflow traffic …`: packets → windows → forecasts, alerts and anomalies. */
import { defineGroup } from "../command.ts";
import { trafficCaptureCommand } from "./capture.ts";
import { trafficEvaluateCommand } from "./evaluate.ts";
import { trafficForecastCommand } from "./forecast.ts";
import { trafficTrainCommand } from "./train.ts";
import { trafficWatchCommand } from "./watch.ts";

/** The commands under `traffic`. */
export const trafficCommand = defineGroup({
  name: "traffic",
  summary: "Network traffic: capture packets, forecast a link's load with alerts, watch for anomalies",
  commands: [
    trafficCaptureCommand,
    trafficTrainCommand,
    trafficForecastCommand,
    trafficEvaluateCommand,
    trafficWatchCommand,
  ],
});
