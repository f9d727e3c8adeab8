/** `streamflow traffic forecast`: packets in, forecasts and alerts out. */
import { toMicroseconds } from "../../runtime/time.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { followModels } from "../../models/swap/follow.ts";
import { ModelIntake, type Swap } from "../../models/swap/intake.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import { type JobsState, totalLag } from "../../jobs/run.ts";
import type { Alert } from "../../records/alerts.ts";
import { AlertExpressionError, type AlertRule, parseAlertRule } from "../../traffic/alert_expression.ts";
import { runForecast } from "../../traffic/forecast.ts";
import { ForecastJobs } from "../../traffic/forecast_job.ts";
import { ForecastTally } from "../../traffic/forecast_tally.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import { loadModelOf } from "../../models/disk.ts";
import { TRAFFIC_MODELS } from "../../traffic/model/file.ts";
import { readTrafficModel } from "../../traffic/model/file.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import type { TrafficForecast } from "../../records/forecasts.ts";
import { modelMetrics } from "../../models/metrics.ts";
import { writtenAt } from "../../models/swap/watch.ts";
import { LastWindows } from "../../traffic/last_windows.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { forecastMetrics } from "./metrics.ts";
import { eventTimesOf, runTimesOf } from "./windows.ts";

/** The rules, each once. @throws {UserError} that points at the character of a rule that does not parse. */
export function alertRulesOf(rules: readonly string[], model: Pick<TrafficModel, "targets">): AlertRule[] {
  const parsed = rules.map((rule) => {
    try {
      return parseAlertRule(rule, model.targets);
    } catch (error) {
      if (!(error instanceof AlertExpressionError)) throw error;
      throw new UserError(
        `--alert, at character ${error.at + 1} of ${
          JSON.stringify(rule)
        }: ${error.message}\n${error.pointer}`,
        {
          hint: "rules are packets>100, bytes>=1.5M, bytes.upper>p99, actual.packets<10",
          exitCode: 2,
          cause: error,
        },
      );
    }
  });
  return [...new Map(parsed.map((rule) => [rule.text, rule])).values()];
}

/** The window is the model's: it cannot be another one. */
function checkWindow(windowUs: number, { window, origin, model }: {
  readonly window: number;
  readonly origin: CommandContext["origin"];
  readonly model: string;
}): void {
  if (origin["window"] === undefined || toMicroseconds(window) === windowUs) return;
  throw new UserError(
    `the model ${model} forecasts windows of ${windowUs / 1e6} s, and --window is ${window} s`,
    {
      hint: `leave --window out, or train a model for it: streamflow traffic train --window ${window}s`,
      exitCode: 2,
    },
  );
}

function alertLine({ state, link, rule, evidence }: Alert): string {
  return `${state === "raised" ? "alert" : "all clear"} on ${link}, ${rule}: ${evidence}`;
}

function lettersOf({ deadLetters }: ForecastTally): number {
  return Object.values(deadLetters).reduce((sum, n) => sum + n, 0);
}

function noteOf(tally: ForecastTally, state: JobsState): string {
  const { windows, raised, cleared } = tally;
  const letters = lettersOf(tally);
  return `windows ${formatCount(windows)}, alerts ${formatCount(raised)} raised, ${
    formatCount(cleared)
  } cleared, lag ${formatCount(totalLag(state))}` +
    (letters > 0 ? `, dead letters ${formatCount(letters)}` : "");
}

function coverageText({ scored, inside }: ForecastTally, wanted: number): string {
  if (scored === 0) return "";
  return `, ${(100 * inside / scored).toFixed(1)} % of ${
    formatCount(scored)
  } outcomes inside their intervals (wanted: ${(100 * wanted).toFixed(0)} %)`;
}

function summarize(tally: ForecastTally, { state, coverage }: {
  readonly state: JobsState;
  readonly coverage: number;
}): string {
  const { packets, duplicates, deadLetters, windows, corrections, byBaseline, raised, cleared } = tally;
  const reasons = Object.entries(deadLetters).map(([reason, n]) => `${formatCount(n)} ${reason}`).join(", ");
  return `packets ${formatCount(packets)}, duplicates ${formatCount(duplicates)}, dead letters ${
    reasons || "0"
  }, windows ` +
    `${formatCount(windows)} (${formatCount(byBaseline)} forecast by the last value), corrections ${
      formatCount(corrections)
    }, ` +
    `alerts ${formatCount(raised)} raised, ${formatCount(cleared)} cleared${
      coverageText(tally, coverage)
    }, lag ${formatCount(totalLag(state))}`;
}

/** Forecasts a link's traffic, and warns. */
export const trafficForecastCommand = defineCommand({
  name: "forecast",
  summary: "Forecast the next window of every link's packets, and raise alerts before it comes",
  examples: [
    "traffic forecast --model traffic.safetensors --alert 'packets>100'",
    "traffic forecast --alert 'bytes>p99,actual.packets<10' --alert 'packets.upper>2k' --cooldown 5m",
    "traffic forecast --lateness 2s --grace 1m --until-idle 10 --json",
  ],
  settings: [
    ...(["model", "models", "input", "output", "alerts", "deadLetter", "group", "from"] as const),
    ...(["alert", "alertClear", "alertHold", "cooldown", "coverage"] as const),
    ...(["window", "lateness", "grace", "futureMax", "emit", "idleTimeout", "closeAfter"] as const),
    ...(["untilIdle", "sessionTimeout", "partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: {
    model: "traffic.safetensors",
    input: "packets",
    output: "forecasts",
    group: "traffic-forecast",
  },
  next: () => ({ command: "monitor --view traffic", flags: { output: "output", alerts: "alerts" } }),
  async run(settings, { signal, out, log, origin }) {
    const { input, output, alerts, deadLetter, group, from, coverage } = settings;
    const model = await loadModelOf(TRAFFIC_MODELS, settings.model);
    checkWindow(model.windowUs, { window: settings.window, origin, model: settings.model });
    const rules = alertRulesOf(settings.alert ?? [], model);
    log.debug(`model ${model.name}, version ${model.version}: ${model.targets.join(", ")}`);
    await using metrics = await MetricsServer.open(settings, log);
    const tally = new ForecastTally();
    const last = new LastWindows<TrafficForecast>();
    const topics = { forecasts: output, alerts, deadLetter };
    const jobs = new ForecastJobs({
      model,
      topics,
      ...eventTimesOf(settings),
      coverage,
      alerts: {
        rules,
        clearShare: settings.alertClear,
        hold: settings.alertHold,
        cooldownUs: toMicroseconds(settings.cooldown),
      },
      tally,
      onForecast: (forecast) => last.take(forecast),
      onAlert: (alert) => alert.state === "raised" ? log.warn(alertLine(alert)) : log.info(alertLine(alert)),
    });
    await using client = await openClient(settings, log);
    const onTopicCreated = (name: string) => log.info(`created the topic ${name}`);
    let swap: Swap<TrafficModel> = (next, done) => done(jobs.swap(next));
    let state: JobsState;
    {
      const intake = new ModelIntake<TrafficModel>({
        running: model,
        writtenMs: await writtenAt(settings.model),
        read: readTrafficModel,
        swap: (next, done) => swap(next, done),
        onSwap: log.info,
        onWarning: log.warn,
      });
      metrics.add(modelMetrics(intake));
      await using _models = await followModels({
        ...{ intake, running: model, path: settings.model, topic: settings.models, client, onTopicCreated },
        onWarning: log.warn,
      });
      using progress = startProgress({ unit: "packets", log, quiet: settings.quiet });
      state = await runForecast({
        ...{ client, jobs, topics, input, group, from, signal },
        ...runTimesOf(settings),
        partitions: settings.partitions,
        replicationFactor: settings.replicationFactor,
        ...{ onTopicCreated, onWarning: log.warn },
        onOpened: metrics.jobs({ client, input, group }, (run) => forecastMetrics(run, { tally, last })),
        onSwap: (atSnapshot) => swap = atSnapshot,
        onState: (now) => progress.update(tally.packets, noteOf(tally, now)),
      });
    }
    if (tally.linksForgotten > 0) {
      log.warn(
        `${
          formatCount(tally.linksForgotten)
        } links were evicted: the limit of links per partition was reached`,
      );
    }
    if (settings.json) out(JSON.stringify({ ...tally, read: state.read, lag: totalLag(state) }));
    else if (!settings.quiet) out(summarize(tally, { state, coverage }));
    return 0;
  },
});
