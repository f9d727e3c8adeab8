/** `streamflow traffic …`: packets → windows → forecasts, alerts and anomalies. */
import { defineGroup } from "./command.ts";
import { trafficForecastCommand } from "./traffic_forecast.ts";

/** The commands under `traffic`. */
export const trafficCommand = defineGroup({
  name: "traffic",
  summary: "Network traffic: capture packets, forecast a link's load with alerts, watch for anomalies",
  commands: [trafficForecastCommand],
});
