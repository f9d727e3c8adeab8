/** An analysis for people: a table of the devices, what they come to, and the anomalies with the highest scores. */
import { tableLines } from "../runtime/text_table.ts";
import { formatCount } from "../runtime/progress.ts";
import { describeTime } from "../runtime/time_text.ts";
import type { AnalysisResult } from "./analysis.ts";
import type { DeviceErrors, DeviceStatistics } from "./device.ts";
import type { ErrorAnomaly } from "./scorer.ts";

/** What was analysed, in words. */
export interface AnalysisSubject {
  readonly data: string;
  readonly target: string;
  readonly unit: string;
  readonly horizon: number;
  /** `null`: the last value alone. */
  readonly model: { readonly name: string; readonly version: string } | null;
}

/** Lines on standard output. */
export function formatAnalysis(result: AnalysisResult, subject: AnalysisSubject): string[] {
  const { devices, totals, listed } = result;
  const { data, target, unit, horizon, model } = subject;
  const ahead = horizon === 1 ? "1 reading ahead" : `${horizon} readings ahead`;
  return [
    `${data}: ${formatCount(totals.count)} readings of ${target}${unit === "" ? "" : ` (${unit})`} from ` +
    `${formatCount(devices.length)} devices, forecast ${ahead} by ${
      model === null
        ? "the last value"
        : `the model ${model.name} (version ${model.version}) and the last value`
    }`,
    "",
    ...deviceTable(devices, model !== null),
    "",
    ...verdict(result, model !== null),
    ...(listed.length === 0 ? [] : ["", "Anomalies with the highest scores:", ...listed.map(anomalyLine)]),
  ];
}

function deviceTable(devices: readonly DeviceStatistics[], hasModel: boolean): string[] {
  const errors = (of: DeviceErrors | null) => [shown(of?.mseOverVariance), shown(of?.mae)];
  const header = [
    ...["device", "readings", "missing", "gaps", "every", "mean", "sd", "min", "max", "last MSE/var", "MAE"],
    ...(hasModel ? ["model MSE/var", "MAE"] : []),
    ...["anomalies", "first", "last"],
  ];
  const rows = devices.map((one) => [
    ...[one.device, formatCount(one.count), formatCount(one.missing), formatCount(one.gaps)],
    one.stepMs === null ? "–" : describeTime(one.stepMs * 1e3),
    ...[one.mean, one.sd, one.min, one.max].map(shown),
    ...errors(one.lastValue),
    ...(hasModel ? errors(one.model) : []),
    ...[formatCount(one.anomalies), timeOf(one.firstMs), timeOf(one.lastMs)],
  ]);
  return tableLines([header, ...rows]);
}

function verdict({ totals, devices }: AnalysisResult, hasModel: boolean): string[] {
  const { scored, anomalies, late, duplicates, missing, mseOverVariance: { model, lastValue } } = totals;
  const share = scored === 0
    ? ""
    : ` (${shown(100 * anomalies / scored)} % of ${formatCount(scored)} forecasts)`;
  const better = devices.filter((one) => one.model !== null && one.model.mse < one.lastValue!.mse).length;
  const left = [[missing, "without a value"], [late, "late"], [duplicates, "duplicates"]] as const;
  const leftOut = left.filter(([n]) => n > 0).map(([n, what]) => `${formatCount(n)} ${what}`);
  return [
    `MSE ÷ variance, mean over the devices: last value ${shown(lastValue)}` +
    (hasModel ? `, model ${shown(model)} (better on ${better} of ${devices.length})` : ""),
    `Anomalies: ${formatCount(anomalies)}${share}, errors beyond what is usual for their device`,
    ...(leftOut.length === 0 ? [] : [`Readings left out: ${leftOut.join(", ")}`]),
  ];
}

function anomalyLine({ device, timeMs, actual, predicted, score }: ErrorAnomaly): string {
  return `  ${timeOf(timeMs)}  ${device}  score ${score.toFixed(3)}  ${shown(actual)} came, ${
    shown(predicted)
  } was forecast`;
}

function timeOf(ms: number | null): string {
  return ms === null ? "–" : new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, "Z");
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : String(Number(value.toPrecision(4)));
}
