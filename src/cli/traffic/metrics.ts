/** Metrics of the pipelines of traffic. */
import type { WindowedJob } from "../../jobs/job.ts";
import type { OpenRun } from "../../jobs/run.ts";
import { type Collect, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import { TRAFFIC_ANOMALY_KINDS } from "../../records/anomalies.ts";
import type { TrafficForecast } from "../../records/forecasts.ts";
import type { Processed } from "../../records/processed_data.ts";
import type { AlertingJob } from "../../traffic/forecast_job.ts";
import type { ForecastTally } from "../../traffic/forecast_tally.ts";
import type { LastWindows } from "../../traffic/last_windows.ts";
import type { WatchTally } from "../../traffic/watch/watch_tally.ts";

/** What the windows of a run are like. */
function windowSamples(run: OpenRun<WindowedJob>) {
  const { jobs } = run.state();
  const watermarkUs = Math.min(...jobs.map(({ watermark }) => watermark).filter(Number.isFinite));
  return [
    sample(METRICS.windowsOpen, jobs.reduce((sum, { open }) => sum + open, 0)),
    ...(Number.isFinite(watermarkUs)
      ? [sample(METRICS.watermarkDelay, Date.now() / 1_000 - watermarkUs / 1e6)]
      : []),
  ];
}

/** What both pipelines count. */
function tallySamples({ windows, duplicates, deadLetters }: ForecastTally | WatchTally) {
  return [
    sample(METRICS.windows, windows),
    sample(METRICS.duplicates, duplicates),
    ...samplesBy(METRICS.deadLetters, "reason", deadLetters),
  ];
}

/** What forecasts come to. */
export function forecastMetrics(
  run: OpenRun<AlertingJob>,
  { tally, last }: { readonly tally: ForecastTally; readonly last: LastWindows<TrafficForecast> },
): Collect {
  return () => [
    ...windowSamples(run),
    ...tallySamples(tally),
    ...samplesBy(METRICS.predictions, "by", { network: tally.byNetwork, baseline: tally.byBaseline }),
    sample(METRICS.scored, tally.scored),
    ...samplesBy(METRICS.alerts, "state", { raised: tally.raised, cleared: tally.cleared }),
    sample(METRICS.alertsActive, run.state().jobs.reduce((sum, { alertsActive }) => sum + alertsActive, 0)),
    ...last.all().flatMap(({ link, forecast, observed }) =>
      Object.entries(forecast).flatMap(([target, bounds]) => [
        ...Object.entries(bounds).map(([bound, value]) =>
          sample(METRICS.forecast, value, { link, target, bound })
        ),
        sample(METRICS.forecastActual, observed[target as "packets"], { link, target }),
      ])
    ),
  ];
}

/** What a watch comes to. */
export function watchMetrics(
  run: OpenRun<WindowedJob>,
  { tally, last }: { readonly tally: WatchTally; readonly last: LastWindows<Processed> },
): Collect {
  return () => [
    ...windowSamples(run),
    ...tallySamples(tally),
    // Of every kind, so that the first one is seen as one more.
    ...TRAFFIC_ANOMALY_KINDS.map((kind) => sample(METRICS.anomalies, tally.anomalies[kind] ?? 0, { kind })),
    ...last.all().flatMap(({ link, bytes, packets, sources, start, end }) => {
      const seconds = (Date.parse(end) - Date.parse(start)) / 1_000;
      return [
        sample(METRICS.linkBytes, bytes / seconds, { link }),
        sample(METRICS.linkPackets, packets / seconds, { link }),
        sample(METRICS.linkSources, sources, { link }),
      ];
    }),
  ];
}
