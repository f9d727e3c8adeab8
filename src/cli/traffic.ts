/** `streamflow traffic …`: packets → windows → forecasts, alerts and anomalies. */
import { defineGroup } from "./command.ts";
import { trafficCaptureCommand } from "./traffic_capture.ts";
import { trafficEvaluateCommand } from "./traffic_evaluate.ts";
import { trafficForecastCommand } from "./traffic_forecast.ts";
import { trafficTrainCommand } from "./traffic_train.ts";
import { trafficWatchCommand } from "./traffic_watch.ts";

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
