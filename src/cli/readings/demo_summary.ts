/** What a demo came to: numbers for `--json`, lines for people. */
import { formatCount } from "../../runtime/progress.ts";

/** What happened, as `--json` prints it. */
export interface DemoSummary {
  readonly produced: number;
  readonly predicted: number;
  readonly deadLettered: number;
  readonly lost: number;
  /** In units of each meter's variance, mean over the meters: so are all of these. */
  readonly mse: number | null;
  readonly baselineMse: number | null;
  readonly seasonalMse: number | null;
  readonly ridgeMse: number | null;
  /** MSE ÷ the last value's, mean over the meters. */
  readonly mseRatio: number | null;
  readonly seasonalMseRatio: number | null;
  readonly ridgeMseRatio: number | null;
  /** In units of each meter's standard deviation, mean over the meters. */
  readonly mae: number | null;
  readonly baselineMae: number | null;
  readonly latencyMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
  readonly trainingMs: number;
  readonly firstPredictionMs: number | null;
}

/** The lines for people. */
export function summaryLines(summary: DemoSummary): string[] {
  const number = (n: number | null) => n === null ? "–" : String(Number(n.toPrecision(4)));
  const row = (name: string, mse: number | null, ratio: number | null) =>
    mse === null ? [] : [`  ${name.padEnd(12)}${number(mse).padStart(14)}${number(ratio).padStart(18)}`];
  const { p50, p95, p99 } = summary.latencyMs;
  return [
    `produced ${formatCount(summary.produced)}, predicted ${formatCount(summary.predicted)}, dead-lettered ` +
    `${formatCount(summary.deadLettered)}, lost ${formatCount(summary.lost)}`,
    "",
    ...(summary.mse === null ? ["No forecast has come due yet."] : [
      "Forecasts on unseen weeks, mean over the meters:",
      `  ${"".padEnd(12)}${"MSE/variance".padStart(14)}${"÷ last value's".padStart(18)}`,
    ]),
    ...row("network", summary.mse, summary.mseRatio),
    ...row("last value", summary.baselineMse, summary.baselineMse === null ? null : 1),
    ...row("season", summary.seasonalMse, summary.seasonalMseRatio),
    ...row("ridge", summary.ridgeMse, summary.ridgeMseRatio),
    "",
    `latency  p50 ${number(p50)} ms, p95 ${number(p95)} ms, p99 ${number(p99)} ms`,
    `trained in ${number(summary.trainingMs / 1000)} s, ` +
    (summary.firstPredictionMs === null
      ? "no prediction yet"
      : `first prediction ${number(summary.firstPredictionMs / 1000)} s after the start`),
  ];
}
