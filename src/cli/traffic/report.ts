/** `streamflow report`: a traffic model and its forecasts as one page. */
import { formatCount } from "../../runtime/progress.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { saveFile } from "../../runtime/save_file.ts";
import { UserError } from "../../runtime/errors.ts";
import { readForecast } from "../../records/forecasts.ts";
import { loadModelOf } from "../../models/disk.ts";
import { TRAFFIC_MODELS } from "../../traffic/model/file.ts";
import { trafficReportHtml } from "../../traffic/report_html.ts";
import { storedEvaluation } from "../../traffic/train/stored.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { type ConnectionSettings, openClient } from "../connection.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { measureForecastUs } from "./forecast_latency.ts";
import { judge } from "./evaluate.ts";
import { SOURCE_KEYS, sourceFlagOf } from "./source.ts";

/** Forecasts whose latency is reported. */
const FORECASTS_MAX = 1_000_000;

/** Writes a page about a traffic model. */
export const reportCommand = defineCommand({
  name: "report",
  summary: "Write a traffic model's forecasts, residuals, training and latency as one page",
  examples: [
    "report --model traffic.safetensors --out report.html",
    "report --model isp.safetensors --dataset isp --file isp-traffic-hourly.csv --out isp.html",
    "report --from-topic packets --input forecasts --out live.html",
  ],
  settings: [
    ...SOURCE_KEYS,
    ...(["window", "coverage", "split", "model", "input", "out", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  defaults: { model: "traffic.safetensors" },
  async run(settings, context) {
    const file = settings.out ?? "report.html";
    refuseOverwriting(["--out", file], {
      "--model": settings.model,
      "--pcap": settings.pcap,
      "--file": settings.file,
    });
    await requireWritable({ "--out": file });
    const model = await loadModelOf(TRAFFIC_MODELS, settings.model);
    const judged = sourceFlagOf(settings, context) === null
      ? {
        evaluation: storedEvaluation(model),
        part: "the test part of its training, as the model file holds it",
      }
      : await judge(model, settings, context);
    if (judged.evaluation.count === 0) {
      throw new UserError(`${settings.model} has no test part to draw: its training was stopped before`, {
        hint: "name packets with --pcap, --file or --from-topic",
      });
    }
    const endToEndMs = context.origin["input"] === undefined
      ? null
      : await readLatencies(settings, { topic: settings.input, model: model.name, ...context });
    const page = trafficReportHtml({
      ...{ model, file: settings.model, evaluation: judged.evaluation, part: judged.part },
      ...{ latencyUs: measureForecastUs(model), endToEndMs },
    });
    const bytes = new TextEncoder().encode(page);
    await saveFile(file, bytes, { what: "page", flag: "--out" });
    context.out(`${file}, ${formatCount(bytes.length)} bytes`);
    return 0;
  },
});

/** From the end of each window to the Kafka time of the model's forecast, in ms, ascending. */
async function readLatencies(
  settings: ConnectionSettings,
  { topic, model, signal, log }:
    & { readonly topic: string; readonly model: string }
    & Pick<CommandContext, "signal" | "log">,
): Promise<number[]> {
  await using client = await openClient(settings, log);
  const latencies: number[] = [];
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const { value, timestampMs } of records) {
      if (latencies.length >= FORECASTS_MAX) continue;
      const endMs = endOf(value, model);
      if (endMs !== null && timestampMs >= 0) latencies.push(timestampMs - endMs);
    }
  }
  if (latencies.length > 0) return latencies.sort((a, b) => a - b);
  throw new UserError(`Topic ${topic} holds no forecast of the model ${model}`, {
    hint: "make some with: streamflow traffic forecast",
  });
}

/** End of the window that a record forecasts from, where it is a forecast of the model; Unix ms. */
function endOf(value: Uint8Array | null, model: string): number | null {
  const forecast = readForecast(value);
  if (forecast?.model.name !== model || !forecast.observed.final || forecast.observed.correction) return null;
  return Date.parse(forecast.observed.end);
}
