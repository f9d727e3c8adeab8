/** `streamflow traffic watch`: packets in, windows and anomalies out. */
import { toMicroseconds } from "../../runtime/time.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { formatCount, formatCounts, startProgress } from "../../runtime/progress.ts";
import { type JobsState, totalLag } from "../../jobs/run.ts";
import type { Anomaly } from "../../records/anomalies.ts";
import { runWatch } from "../../traffic/watch.ts";
import { WatchJobs, watchWindowsOf } from "../../traffic/watch/watch_job.ts";
import { WatchTally } from "../../traffic/watch/watch_tally.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import type { Processed } from "../../records/processed_data.ts";
import { LastWindows } from "../../traffic/last_windows.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { watchMetrics } from "./metrics.ts";
import { aggregatesOf, eventTimesOf, runTimesOf, windowsOf } from "./windows.ts";

function anomalyLine({ kind, link, score, evidence, window: { start } }: Anomaly): string {
  return `${kind} on ${link} since ${start}, score ${score.toFixed(2)}: ${evidence}`;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

function noteOf({ windows, anomalies, deadLetters }: WatchTally, state: JobsState): string {
  const letters = sumOf(deadLetters);
  return `windows ${formatCount(windows)}, anomalies ${formatCount(sumOf(anomalies))}, lag ${
    formatCount(totalLag(state))
  }` +
    (letters > 0 ? `, dead letters ${formatCount(letters)}` : "");
}

function summarize(
  { packets, duplicates, deadLetters, windows, anomalies, kept }: WatchTally,
  lag: number,
): string {
  return `packets ${formatCount(packets)}, duplicates ${formatCount(duplicates)}, dead letters ${
    formatCounts(deadLetters)
  }, windows ` +
    `${formatCount(windows)}, anomalies ${formatCounts(anomalies)}, states in memory ${
      formatCount(kept.states)
    }, lag ${formatCount(lag)}`;
}

/** Watches links, regions and sources. */
export const trafficWatchCommand = defineCommand({
  name: "watch",
  summary: "Watch links for spikes, drops, outages, port scans, SYN floods and unusual sources",
  examples: [
    "traffic watch",
    "traffic watch --window 1m --advance 10s --lateness 5s",
    "traffic watch --windows session:30s --aggregates mean,max",
    "traffic watch --detector ewma --until-idle 10 --json",
  ],
  settings: [
    ...(["input", "output", "anomalies", "deadLetter", "group", "from", "detector"] as const),
    ...([
      "window",
      "advance",
      "windows",
      "aggregates",
      "lateness",
      "grace",
      "futureMax",
      "emit",
      "idleTimeout",
      "closeAfter",
    ] as const),
    ...(["untilIdle", "sessionTimeout", "partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { input: "network-traffic", output: "processed-data", group: "traffic-watch", window: 60 },
  next: () => ({ command: "monitor --view traffic", flags: { anomalies: "anomalies" } }),
  async run(settings, { signal, out, log, origin }) {
    const { input, output, anomalies, deadLetter, group, from } = settings;
    const { detector = "default" } = settings;
    await using metrics = await MetricsServer.open(settings, log);
    const tally = new WatchTally();
    const last = new LastWindows<Processed>();
    const topics = { processed: output, anomalies, deadLetter };
    const jobs = new WatchJobs({
      topics,
      ...watchWindowsOf(windowsOf(settings, origin), toMicroseconds(settings.window)),
      aggregates: aggregatesOf(settings.aggregates),
      ...eventTimesOf(settings),
      detector: detector === "default" ? "level" : detector,
      tally,
      onLinkWindow: (window) => last.take(window),
      onAnomaly: (anomaly) => log.warn(anomalyLine(anomaly)),
    });
    await using client = await openClient(settings, log);
    let state: JobsState;
    {
      using progress = startProgress({ unit: "packets", log, quiet: settings.quiet });
      state = await runWatch({
        ...{ client, jobs, topics, input, group, from, signal },
        ...runTimesOf(settings),
        partitions: settings.partitions,
        replicationFactor: settings.replicationFactor,
        onTopicCreated: (name) => log.info(`created the topic ${name}`),
        onWarning: (message) => log.warn(message),
        onOpened: metrics.jobs({ client, input, group }, (run) => watchMetrics(run, { tally, last })),
        onState: (now) => progress.update(tally.packets, noteOf(tally, now)),
      });
    }
    const { crowded, kept: { forgotten } } = tally;
    if (crowded > 0) {
      log.warn(
        `${
          formatCount(crowded)
        } packets count in no window of their source or region: the limit of open windows was reached; ` +
          "the links' windows have them all",
      );
    }
    if (forgotten > 0) {
      log.warn(
        `${formatCount(forgotten)} links, sources and services were evicted: the state limit was reached`,
      );
    }
    if (settings.json) {
      out(JSON.stringify({ ...tally, kept: tally.kept, read: state.read, lag: totalLag(state) }));
    } else if (!settings.quiet) out(summarize(tally, totalLag(state)));
    return 0;
  },
});
