/** What forecasts are worth, for people: a line each. Pure. */
import { describeTime } from "../../runtime/time_text.ts";
import type { Errors, TargetScore, TrafficEvaluation } from "./evaluate.ts";
import type { Contestant } from "../../records/predictions/schema.ts";
import type { InputShape } from "../model/inputs.ts";
import { tableLines } from "../../runtime/text_table.ts";

/** Units of the targets. */
export const TARGET_UNITS: Readonly<Record<string, string>> = {
  packets: "packets",
  bytes: "bytes",
  interarrival: "µs",
  meanSize: "bytes",
};

/** `the next 5 s from the last 10 windows`. */
export function describeTask(shape: InputShape): string {
  const { targets, windowUs, lookback, seasonWindows, calendar } = shape;
  const more = [
    ...(seasonWindows > 0 ? [`the values ${describeTime(seasonWindows * windowUs)} before`] : []),
    ...(calendar ? ["the calendar"] : []),
  ];
  return `${targets.join(", ")} of the next ${describeTime(windowUs)} from the last ${lookback} windows` +
    (more.length === 0 ? "" : `, ${more.join(" and ")}`);
}

/** What is to be doubted, if anything, then who wins by the squared error: a sentence each. */
export function describeTrafficVerdict(
  { targets, doubts }: Pick<TrafficEvaluation, "targets" | "doubts">,
): string[] {
  return [...doubts, describeWinner(targets)];
}

function describeWinner(targets: readonly TargetScore[]): string {
  const ratio = ({ network, lastValue }: TargetScore) =>
    lastValue.mse === 0 ? (network.mse === 0 ? 1 : Infinity) : network.mse / lastValue.mse;
  const names = (scores: readonly TargetScore[]) =>
    scores.map((score) => `${score.target} (MSE ${difference(ratio(score))})`).join(", ");
  const better = targets.filter((score) => ratio(score) < 1),
    worse = targets.filter((score) => ratio(score) >= 1);
  if (worse.length === 0) return `The network beats the last value: ${names(better)}.`;
  if (better.length === 0) return `THE LAST VALUE WINS: ${names(worse)}.`;
  return `The network beats the last value on ${names(better)}; the last value wins on ${names(worse)}.`;
}

function difference(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
}

/** Errors of every contestant, by target. */
export function formatErrors(evaluation: TrafficEvaluation, windowUs: number): string[] {
  const rows = [["", "", "R²", "MSE", "RMSE", "MAE", "MAPE"]];
  const names = contestantNames(evaluation, windowUs);
  for (const score of evaluation.targets) {
    (Object.keys(names) as Contestant[]).forEach((who, i) => {
      const errors = score[who];
      if (errors === null) return;
      const unit = TARGET_UNITS[score.target]!;
      const label = unit === score.target ? score.target : `${score.target} (${unit})`;
      rows.push([i === 0 ? label : "", names[who], ...cellsOf(errors)]);
    });
  }
  return tableLines(rows, (column) => column < 2).map((line) => `  ${line}`);
}

/** How the contestants are called. */
export function contestantNames(
  { seasonWindows }: Pick<TrafficEvaluation, "seasonWindows">,
  windowUs: number,
): Readonly<Record<Contestant, string>> {
  return {
    network: "network",
    lastValue: "last value",
    seasonal: `${describeTime(seasonWindows * windowUs)} ago`,
    ridge: "ridge",
  };
}

/** R², MSE, RMSE, MAE, MAPE. */
export function cellsOf({ r2, mse, rmse, mae, mape }: Errors): string[] {
  return [
    r2 === null ? "–" : r2.toFixed(4),
    ...[figure(mse), figure(rmse), figure(mae)],
    mape === null ? "–" : `${mape.toFixed(2)} %`,
  ];
}

/** How many outcomes lay in the intervals, a line for each target. */
export function formatIntervals({ targets }: TrafficEvaluation): string[] {
  return targets.map(({ target, interval: { nominal, measured, width } }) =>
    `  ${target}: ${percent(measured)} of the outcomes inside, ${percent(nominal)} wanted; ` +
    `${figure(width)} ${TARGET_UNITS[target]} wide`
  );
}

/** `91.3 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Four digits. */
export function figure(value: number): string {
  return value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(3);
}
