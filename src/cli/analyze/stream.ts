/** `streamflow analyze stream`: the same live, as a member of a consumer group. */
import { runStream } from "../../analytics/run_stream.ts";
import { StoredOutputs } from "../../analytics/stored.ts";
import { StreamTally } from "../../analytics/stream_tally.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import type { WindowedJob } from "../../jobs/job.ts";
import { type JobsState, totalLag } from "../../jobs/run.ts";
import type { FeatureInfo } from "../../models/preparation.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount, formatCounts, startProgress } from "../../runtime/progress.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { openNamedStore, STORE_KEYS } from "../store/open_store.ts";
import { eventTimesOf, runTimesOf, windowsOf } from "../traffic/windows.ts";
import { chooseScorer, SCORER_KEYS, SCORER_WORDING } from "./chosen.ts";
import { streamMetrics } from "./metrics.ts";

function noteOf({ anomalies, windows, deadLettered }: StreamTally, state: JobsState): string {
  return `anomalies ${formatCount(anomalies)}, windows ${formatCount(windows)}, lag ${
    formatCount(totalLag(state))
  }` +
    (deadLettered > 0 ? `, dead letters ${formatCount(deadLettered)}` : "");
}

function summarize(tally: StreamTally, state: JobsState): string {
  const { read, scored, anomalies, windows, duplicates, deadLetters, future } = tally;
  const { mse, baselineMse } = tally.errors.means();
  const errors = mse === null ? "" : `, MSE ${short(mse)} (last value ${short(baselineMse!)})`;
  return `read ${formatCount(read)}, forecasts scored ${formatCount(scored)}${errors}, anomalies ${
    formatCount(anomalies)
  }, windows ${formatCount(windows)}, duplicates ${formatCount(duplicates)}, dead letters ${
    formatCounts(Object.fromEntries(Object.entries({ ...deadLetters, future }).filter(([, n]) => n > 0)))
  }, lag ${formatCount(totalLag(state))}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Analyses a topic. */
export const analyzeStreamCommand = defineCommand({
  name: "stream",
  summary: "Predictions, anomalies and windows of every device, live, to topics or to a store",
  examples: [
    "analyze stream --target temperature",
    "analyze stream --input input-data --model global.safetensors --store fl.sqlite --group analysis",
    "analyze stream --model global.safetensors --window 1h --until-idle 5 --json",
  ],
  settings: [
    ...(["input", "output", "anomalies", "statistics", "deadLetter", "group", "from"] as const),
    ...SCORER_KEYS,
    ...([
      "window",
      "advance",
      "emit",
      "lateness",
      "grace",
      "futureMax",
      "idleTimeout",
      "closeAfter",
      ...STORE_KEYS,
    ] as const),
    ...([
      "limit",
      "untilIdle",
      "sessionTimeout",
      "partitions",
      "replicationFactor",
      "json",
      "quiet",
    ] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { horizon: 1, group: "analysis", window: 86_400, emit: { kind: "early", everySeconds: 3_600 } },
  wording: {
    ...SCORER_WORDING,
    store: {
      description: "Keep predictions, anomalies and windows in this store instead of topics [default: none]",
      placeholder: "PATH|URL",
    },
  },
  next: () => ({ command: "monitor", flags: { input: "input", deadLetter: "deadLetter" } }),
  async run(settings, { signal, out, log, origin }) {
    const { input, group, from, limit, partitions, replicationFactor, deadLetter } = settings;
    const chosen = await chooseScorer(settings, { origin, feature: () => featureOf(settings.target) });
    const windows = windowsOf({ ...settings, windows: undefined }, origin);
    if (windows.kind !== "tumbling" && windows.kind !== "hopping") {
      throw new Error("windows are aligned here");
    }
    await using metrics = await MetricsServer.open(settings, log);
    await using stack = new AsyncDisposableStack();
    const onWarning = (line: string) => log.warn(line);
    const outputs = origin["store"] === undefined
      ? { predictions: settings.output, anomalies: settings.anomalies, statistics: settings.statistics }
      : await StoredOutputs.open({
        ...{ input, group, signal, onWarning },
        store: stack.use((await openNamedStore(settings)).store),
      });
    await using client = await openClient(settings, log);
    const tally = new StreamTally();
    using progress = startProgress({ unit: "readings", log, quiet: settings.quiet });
    const { latenessUs, graceUs, emission } = eventTimesOf(settings);
    const state = await runStream({
      ...{ client, input, group, from, limit, partitions, replicationFactor, signal, outputs, onWarning },
      ...runTimesOf(settings),
      analysis: {
        ...{ ...chosen, tally, deadLetter, latenessUs, graceUs, emission },
        windowUs: windows.size,
        advanceUs: windows.kind === "hopping" ? windows.advance : windows.size,
        futureMaxMs: settings.futureMax * 1_000,
      },
      onTopicCreated: (name) => log.info(`created the topic ${name}`),
      onOpened: metrics.jobs<WindowedJob>({ client, input, group }, (run) => streamMetrics(run, tally)),
      onState: (now) => progress.update(tally.read, noteOf(tally, now)),
    });
    progress[Symbol.dispose]();
    for (const line of doubts(tally)) log.warn(line);
    if (settings.json) out(JSON.stringify(figuresOf(tally, state)));
    else if (!settings.quiet) out(summarize(tally, state));
    return 0;
  },
});

function featureOf(target: string | undefined): FeatureInfo {
  if (target !== undefined) return { name: target, unit: "" };
  throw new UserError("analyze stream has to know what to analyse", {
    hint: "name a model with --model FILE, or a feature of the readings with --target FEATURE",
    exitCode: 2,
  });
}

/** What is left out of the windows, a line each. */
function doubts({ tooLate, crowded, sourcesEvicted }: StreamTally): string[] {
  return [
    ...(tooLate === 0 ? [] : [
      `${formatCount(tooLate)} readings came when their windows were closed and are in none of them: ` +
      "choose a longer --lateness where devices are so far apart in time",
    ]),
    ...(crowded === 0
      ? []
      : [`${formatCount(crowded)} readings are in no window: the limit of open windows was reached`]),
    ...(sourcesEvicted === 0 ? [] : [
      `${formatCount(sourcesEvicted)} devices were evicted: the limit of devices per partition was reached`,
    ]),
  ];
}

function figuresOf(tally: StreamTally, state: JobsState) {
  const { read, predicted, scored, anomalies, windows, duplicates, deadLettered, tooLate, crowded } = tally;
  const { mse, mae, baselineMse, baselineMae } = tally.errors.means();
  return {
    ...{ read, predicted, scored, anomalies, windows, duplicates, deadLettered, tooLate, crowded },
    ...{ mse: { model: mse, lastValue: baselineMse }, mae: { model: mae, lastValue: baselineMae } },
    lag: totalLag(state),
  };
}
