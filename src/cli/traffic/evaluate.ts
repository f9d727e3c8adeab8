/** `streamflow traffic evaluate`: what a traffic model is worth on traffic whose outcome is known. */
import { toMicroseconds } from "../../runtime/time.ts";
import { formatCount } from "../../runtime/progress.ts";
import { timeText } from "../../runtime/time.ts";
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import { saveFile } from "../../runtime/save_file.ts";
import { UserError } from "../../runtime/errors.ts";
import { windowsNeeded } from "../../traffic/model/inputs.ts";
import { finishAtOnce } from "../../train/loop/work.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import { loadModelOf } from "../../models/disk.ts";
import { TRAFFIC_MODELS } from "../../traffic/model/file.ts";
import { trafficReportHtml } from "../../traffic/report_html.ts";
import { describeTime } from "../../runtime/time_text.ts";
import { evaluateTraffic, type TrafficEvaluation } from "../../traffic/train/evaluate.ts";
import { examplesOf, splitTraffic, type TrafficExamples } from "../../traffic/train/examples.ts";
import {
  describeTask,
  describeTrafficVerdict,
  formatErrors,
  formatIntervals,
} from "../../traffic/train/format.ts";
import type { TrafficSet } from "../../traffic/train/traffic_set.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { measureForecastUs } from "./forecast_latency.ts";
import { forecastCharts } from "./charts.ts";
import { readTrafficSet, SOURCE_KEYS, type SourceSettings } from "./source.ts";

/** Judges a traffic model. */
export const trafficEvaluateCommand = defineCommand({
  name: "evaluate",
  summary: "Evaluate a traffic model on recorded traffic, beside last value, season and ridge regression",
  examples: [
    "traffic evaluate --model traffic.safetensors --from-topic packets",
    "traffic evaluate --model isp.safetensors --dataset isp --file isp-traffic-hourly.csv --html isp.html",
    "traffic evaluate --pcap tuesday.pcap --split all --json",
  ],
  settings: [
    ...SOURCE_KEYS,
    ...(["window", "coverage", "split", "model", "html", "json", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  defaults: { model: "traffic.safetensors" },
  next: () => ({ command: "traffic forecast", flags: { model: "model", input: "fromTopic" } }),
  async run(settings, context) {
    const { out, log } = context;
    const { html } = settings;
    if (html !== undefined) {
      refuseOverwriting(["--html", html], {
        "--model": settings.model,
        "--pcap": settings.pcap,
        "--file": settings.file,
      });
    }
    await requireWritable({ "--html": html });
    const model = await loadModelOf(TRAFFIC_MODELS, settings.model);
    const { evaluation, part, set } = await judge(model, settings, context);
    if (html !== undefined) {
      const page = trafficReportHtml({
        model,
        file: settings.model,
        evaluation,
        part,
        latencyUs: measureForecastUs(model),
      });
      await saveFile(html, new TextEncoder().encode(page), { what: "page", flag: "--html" });
      log.info(`page: ${html}`);
    }
    if (settings.json) out(JSON.stringify(summarize(evaluation, { model, set, part, file: settings.model })));
    else for (const line of report(evaluation, { model, part, file: settings.model })) out(line);
    return 0;
  },
});

/** Settings that say what is judged. */
export type JudgeSettings = SourceSettings & Pick<Settings, "window" | "coverage" | "split">;

/** What was judged, and on which windows. */
export interface Judged {
  readonly evaluation: TrafficEvaluation;
  readonly set: TrafficSet;
  /** Which windows, in words. */
  readonly part: string;
}

/** Reads the traffic that the settings name, and judges the model on it. @throws {UserError} */
export async function judge(
  model: TrafficModel,
  settings: JudgeSettings,
  context: CommandContext,
): Promise<Judged> {
  const windowUs = toMicroseconds(settings.window);
  if (context.origin["window"] !== undefined && windowUs !== model.windowUs) {
    throw new UserError(
      `The model forecasts windows of ${describeTime(model.windowUs)}, and --window is ${
        describeTime(windowUs)
      }`,
      { hint: "leave --window out, or train a model for it", exitCode: 2 },
    );
  }
  const set = await readTrafficSet(settings, context, model.windowUs);
  const unknown = model.features.filter((feature) => !set.known.includes(feature));
  if (unknown.length > 0) {
    throw new UserError(`The model needs ${unknown.join(", ")}, which ${set.name} does not have`, {
      hint: "name traffic of the kind that it was trained on",
      exitCode: 2,
    });
  }
  const { examples, part } = choose(
    model,
    set,
    context.origin["split"] === undefined ? undefined : settings.split,
  );
  if (examples.rows.length === 0) {
    const longest = set.series.reduce((most, { length }) => Math.max(most, length), 0);
    throw new UserError(
      `Cannot evaluate on ${set.name}: the longest of its links has ${longest} whole windows of ` +
        `${describeTime(model.windowUs)}, and there is no forecast among ${part}`,
      { hint: `one forecast takes ${windowsNeeded(model) + 1} windows of one link in a row` },
    );
  }
  const { architecture: _, network, ridge, residuals } = model;
  return {
    evaluation: finishAtOnce(
      evaluateTraffic({ spec: model, network, ridge, residuals }, examples, settings.coverage),
    ),
    set,
    part,
  };
}

/** Where nobody says which windows: those that the model was not fitted to, judged by their times. */
function choose(
  model: TrafficModel,
  { series, windowUs }: TrafficSet,
  split: Settings["split"] | undefined,
): { readonly examples: TrafficExamples; readonly part: string } {
  if (split === "all") return { examples: examplesOf(series, model), part: "all windows" };
  if (split !== undefined) {
    return { examples: splitTraffic(series, model)[split], part: `the ${split} part of each link` };
  }
  const { fromUs, untilUs } = model.training;
  const met = series.some(({ startUs, length }) => startUs < untilUs && startUs + length * windowUs > fromUs);
  const after = examplesOf(series, model, ({ startUs }, row) => startUs + row * windowUs >= untilUs);
  return met
    ? {
      examples: after,
      part: `the windows from ${timeText(untilUs / 1_000)} on, after its training`,
    }
    : { examples: examplesOf(series, model), part: "all windows" };
}

interface Facts {
  readonly model: TrafficModel;
  readonly file: string;
  readonly part: string;
}

function summarize(
  { series: _, ...scores }: TrafficEvaluation,
  { model, set, part, file }: Facts & { readonly set: TrafficSet },
) {
  const { name, version, sha256, windowUs, lookback } = model;
  return {
    model: { file, name, version, sha256 },
    task: { windowUs, lookback },
    data: { name: set.name, sha256: set.sha256, part },
    ...scores,
  };
}

function report(evaluation: TrafficEvaluation, { model, part, file }: Facts): string[] {
  const { name, version, training } = model;
  const longest = evaluation.series.reduce((a, b) => b.startsUs.length > a.startsUs.length ? b : a);
  return [
    ...describeTrafficVerdict(evaluation),
    "",
    `Model     ${file}: ${name}, version ${version}, trained on ${training.name}`,
    `Task      ${describeTask(model)}`,
    `Windows   ${formatCount(evaluation.count)} forecasts: ${part}`,
    "",
    ...formatErrors(evaluation, model.windowUs),
    "",
    "Intervals, from the residuals of the forecasts before:",
    ...formatIntervals(evaluation),
    ...(Deno.stdout.isTerminal() ? forecastCharts(longest, model.targets) : []),
  ];
}
