/** The parts of the screen: boxes of lines that fit their width, whatever is in them. Pure. */
import { type Curve, type CurveStyle, drawChart, sampleOf, sparkline } from "./chart.ts";
import type { Percentiles } from "../boards/histogram.ts";
import type { FollowedLag, Snapshot, Trend } from "../boards/snapshot.ts";
import { totalLag } from "../boards/snapshot.ts";
import { change, duration, fit, fitRight, percent, rate, short, widthOf } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";

/** Colours, or none. */
export interface Palette {
  readonly network: (text: string) => string;
  readonly baseline: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly bar: (text: string) => string;
}

/** Colours of the terminal's own palette; without them the signs and words say the same. */
export function paletteOf(color: boolean): Palette {
  const paint = (code: string) => (text: string) =>
    color && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    network: paint("36"),
    baseline: paint("33"),
    good: paint("32"),
    bad: paint("31"),
    dim: paint("2"),
    bold: paint("1"),
    bar: paint("7"),
  };
}

/** Width and height in cells, border included. */
export interface BoxSize {
  readonly width: number;
  readonly height: number;
}

/** Lines in a border; what does not fit is cut, what is missing is blank. */
export function box(
  lines: readonly string[],
  { title, size: { width, height }, palette }: { title: string; size: BoxSize; palette: Palette },
): string[] {
  const { dim, bold } = palette;
  const shown = widthOf(title) > width - 5 ? fit(title, Math.max(0, width - 5)) : title;
  const rest = dim("─".repeat(Math.max(0, width - 5 - widthOf(shown))) + "╮");
  const inside = Array.from({ length: height - 2 }, (_, row) => {
    return `${dim("│")} ${fit(lines[row] ?? "", width - 4)} ${dim("│")}`;
  });
  return [
    `${dim("╭─")} ${bold(shown)} ${rest}`,
    ...inside,
    dim(`╰${"─".repeat(width - 2)}╯`),
  ];
}

/** Boxes of the same height side by side. */
export function beside(...boxes: readonly (readonly string[])[]): string[] {
  return boxes[0]!.map((_, row) => boxes.map((one) => one[row]!).join(""));
}

/** Name at the left, figure at the right. */
function pair(name: string, { value, width }: { value: string; width: number }): string {
  return name + fitRight(value, Math.max(0, width - widthOf(name)));
}

/** Cells of a row in columns of a fixed width: the first at the left, the others at the right. */
export function row(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((cell, at) => at === 0 ? fit(cell, widths[0]!) : fitRight(cell, widths[at]!)).join("");
}

/** Widths of columns that fill the line: a first one of at least `first` cells, and others of the same width. */
function columnsOf(width: number, { first, others }: { first: number; others: number }): number[] {
  const each = Math.floor((width - first) / others);
  return [width - others * each, ...new Array<number>(others).fill(each)];
}

/** Counts and rate. */
export function messagesLines(snapshot: Snapshot, width: number): string[] {
  const { processed, perSecond, predicted, repeated, unreadable, errors } = snapshot;
  const line = (name: string, value: string) => pair(name, { value, width });
  const lines = [
    line("processed", formatCount(processed)),
    line("per second", rate(perSecond)),
    line("by network", formatCount(predicted.network)),
    line("by baseline", formatCount(predicted.baseline)),
    line("scored", formatCount(errors.scored)),
  ];
  if (unreadable > 0) lines[4] = line("not predictions", formatCount(unreadable));
  else if (repeated > 0) lines[4] = line("delivered again", formatCount(repeated));
  return lines;
}

/** A change of an error in colour: less is better. */
export function judged(text: string, palette: Palette): string {
  if (/^-./.test(text)) return palette.good(text);
  return /^[+>]/.test(text) ? palette.bad(text) : text;
}

/** Looks of the two who are compared. */
export function rivals(palette: Palette): { network: CurveStyle; baseline: CurveStyle } {
  return {
    network: { signs: "heavy", paint: palette.network },
    baseline: { signs: "dots", paint: palette.baseline },
  };
}

/** Errors of network and baseline: since the start, and in the last minute. */
export function errorLines(
  snapshot: Snapshot,
  { width, palette }: { width: number; palette: Palette },
): string[] {
  const { errors: all, recentErrors: recent } = snapshot;
  const wide = width >= 50;
  const widths = columnsOf(width, wide ? { first: 14, others: 4 } : { first: 12, others: 2 });
  const pick = <T>(cells: readonly T[]) => wide ? cells : [cells[0]!, cells[1]!];
  const { network, baseline } = rivals(palette);
  const baselines = [all.baselineMse, all.baselineMae, recent.baselineMse, recent.baselineMae];
  const changes = pick([
    change(all.mse, all.baselineMse),
    change(all.mae, all.baselineMae),
    change(recent.mse, recent.baselineMse),
    change(recent.mae, recent.baselineMae),
  ]);
  const figures = (values: readonly (number | null)[]) => pick(values).map((value) => short(value));
  return [
    palette.dim(row(["", ...pick(["MSE", "MAE", "MSE 60s", "MAE 60s"])], widths)),
    row([`${sampleOf(network)} network`, ...figures([all.mse, all.mae, recent.mse, recent.mae])], widths),
    row([`${sampleOf(baseline)} baseline`, ...figures(baselines)], widths),
    row(["   change", ...changes.map((text) => judged(text, palette))], widths),
  ];
}

/** How right the classes are: since the start, and in the last minute. */
export function accuracyLines(
  snapshot: Snapshot,
  { width, palette }: { width: number; palette: Palette },
): string[] {
  const { recentErrors: recent, classes } = snapshot;
  const wide = width >= 50;
  const widths = columnsOf(width, wide ? { first: 14, others: 4 } : { first: 12, others: 2 });
  const { network, baseline } = rivals(palette);
  const right = (wrong: number | null) => percent(wrong === null ? null : 1 - wrong);
  const line = (name: string, cells: readonly string[]) =>
    row([name, ...(wide ? cells : [cells[0]!, cells[1]!])], widths);
  const { accuracy = null, baselineAccuracy = null, macroF1 = null, weightedF1 = null } = classes ?? {};
  return [
    palette.dim(line("", ["accuracy", wide ? "macro-F1" : "F1", "wtd. F1", "acc. 60s"])),
    line(`${sampleOf(network)} network`, [
      percent(accuracy),
      short(macroF1),
      short(weightedF1),
      right(recent.mse),
    ]),
    line(`${sampleOf(baseline)} baseline`, [percent(baselineAccuracy), "", "", right(recent.baselineMse)]),
    `${formatCount(classes?.labelled ?? 0)} with a true class`,
  ];
}

/** What was predicted, class by class; the most frequent ones where there is no room for all. */
export function classLines(
  snapshot: Snapshot,
  { size: { width, height }, palette }: { size: BoxSize; palette: Palette },
): string[] {
  const classes = snapshot.classes?.classes ?? [];
  if (classes.length === 0) return ["none yet"];
  const wide = width >= 44;
  const widths = columnsOf(width, wide ? { first: 9, others: 5 } : { first: 9, others: 2 });
  const line = (name: string, cells: readonly string[]) =>
    row([fit(name, widths[0]! - 1), ...(wide ? cells : [cells[0]!, cells[4]!])], widths);
  const room = height - 1;
  const shown = classes.length <= room
    ? classes
    : classes.toSorted((a, b) => b.predicted + b.support - a.predicted - a.support).slice(0, room);
  return [
    palette.dim(line("class", ["pred.", "true", "prec.", "recall", "F1"])),
    ...shown.map(({ name, predicted, support, precision, recall, f1 }) =>
      line(name, [
        formatCount(predicted),
        formatCount(support),
        ...[precision, recall, f1].map((score) => score.toFixed(3)),
      ])
    ),
  ];
}

/** Latency: since the start, and in the last minute. */
export function latencyLines(
  snapshot: Snapshot,
  { width, palette }: { width: number; palette: Palette },
): string[] {
  const widths = columnsOf(width, { first: width >= 32 ? 8 : 4, others: 3 });
  const line = (name: string, { p50, p95, p99 }: Percentiles) =>
    row([name, ...[p50, p95, p99].map(width >= 32 ? duration : tight)], widths);
  return [
    palette.dim(row(["", "p50", "p95", "p99"], widths)),
    line("all", snapshot.latencyMs),
    line(width >= 32 ? "60 s" : "60s", snapshot.recentLatencyMs),
  ];
}

/** `12ms` */
export function tight(ms: number | null): string {
  return duration(ms).replace(" ", "");
}

/** A trend as a sign and a word. */
export function trendText(trend: Trend, palette: Palette): string {
  if (trend === "growing") return palette.bad("▲ growing");
  return trend === "draining" ? palette.good("▼ draining") : "= steady";
}

/** Title of the lag's box: the sum, and where it is going. */
export function lagTitle(snapshot: Snapshot, palette: Palette): string {
  const total = totalLag(snapshot);
  return total === null ? "Lag" : `Lag ${formatCount(total)}  ${trendText(snapshot.lagTrend, palette)}`;
}

/** Lag by partition, the largest first where there is no room for all. */
export function lagLines(
  snapshot: Snapshot,
  { size: { width, height }, palette }: { size: BoxSize; palette: Palette },
): string[] {
  if (snapshot.lag.length === 0) return ["not known yet"];
  const bars = Math.max(0, Math.min(60, width - 35));
  const widths = [10, 11];
  const room = height - 1;
  const fits = snapshot.lag.length <= room;
  const order = (a: FollowedLag, b: FollowedLag) => b.lag - a.lag || a.partition - b.partition;
  const shown = fits ? snapshot.lag : snapshot.lag.toSorted(order).slice(0, Math.max(0, room - 1));
  const line = ({ partition, lag, trend, past }: FollowedLag) => {
    const figures = row([String(partition), formatCount(lag)], widths);
    return `${figures}   ${fit(trendText(trend, palette), 10)} ${palette.dim(sparkline(past, bars))}`;
  };
  const rest = snapshot.lag.length - shown.length;
  return [
    palette.dim(
      `${row(["partition", "records"], widths)}   trend${bars >= 10 ? `${" ".repeat(6)}last minute` : ""}`,
    ),
    ...shown.map(line),
    ...(rest > 0 ? [palette.dim(`and ${formatCount(rest)} partitions with less`)] : []),
  ];
}

/** Dead letters by reason. */
export function deadLetterLines(snapshot: Snapshot, { width, height }: BoxSize): string[] {
  const reasons = Object.entries(snapshot.deadLettered);
  if (reasons.length === 0) return ["none", ...ofOtherTopics(snapshot, width)];
  const shown = reasons.length <= height ? reasons : reasons.slice(0, height - 1);
  const rest = reasons.slice(shown.length).reduce((sum, [, n]) => sum + n, 0);
  const lines = shown.map(([reason, n]) => {
    const value = formatCount(n);
    const name = fit(reason, Math.max(0, width - value.length - 1)).trimEnd();
    return pair(name, { value, width });
  });
  if (rest > 0) lines.push(pair("others", { value: formatCount(rest), width }));
  return lines.length < height ? [...lines, ...ofOtherTopics(snapshot, width)] : lines;
}

/** Dead letters of other topics, which are none of the models'. */
function ofOtherTopics({ otherDeadLetters }: Snapshot, width: number): string[] {
  return otherDeadLetters === 0
    ? []
    : [pair("(other topics)", { value: formatCount(otherDeadLetters), width })];
}

/** Names of sources have at least so many cells; what is left may go to the counts. */
const SOURCE_WIDTH_MIN = 9;

/** Sources with the most predictions; in a narrow box without their number, so that the names stay whole. */
export function sourceLines(
  snapshot: Snapshot,
  { size: { width, height }, palette }: { size: BoxSize; palette: Palette },
): string[] {
  const { sources, otherSources, classes } = snapshot;
  if (sources.length === 0) return ["none yet"];
  const isNarrow = width - 20 < SOURCE_WIDTH_MIN;
  const widths = isNarrow ? [Math.max(4, width - 9), 9] : [width - 20, 11, 9];
  const line = (name: string, processed: string, verdict: string) =>
    row(isNarrow ? [name, verdict] : [name, processed, verdict], widths);
  const shown = sources.length + (otherSources > 0 ? 1 : 0) <= height - 1
    ? sources
    : sources.slice(0, Math.max(0, height - 2));
  const rest = sources.slice(shown.length).reduce((sum, one) => sum + one.processed, otherSources);
  return [
    palette.dim(line("source", "processed", classes === null ? "MSE" : "errors")),
    ...shown.map(({ source, processed, mse, baselineMse }) =>
      line(fit(source, widths[0]! - 1), formatCount(processed), judged(change(mse, baselineMse), palette))
    ),
    ...(rest > 0 ? [line("others", formatCount(rest), "")] : []),
  ];
}

/** A chart in a box, with its legend in the title. */
export function chartBox(
  named: readonly (Curve & { readonly name: string })[],
  { title, size, palette, spanMs, timeLabels, fromZero, within, format }: {
    title: string;
    size: BoxSize;
    palette: Palette;
    spanMs: number;
    timeLabels?: readonly [string, string, string];
    fromZero: boolean;
    within?: readonly [number, number];
    format?: (value: number, digits: number) => string;
  },
): string[] {
  const legend = named.length < 2 ? "" : named.map((curve) => `  ${sampleOf(curve)} ${curve.name}`).join("");
  const lines = drawChart(named, {
    width: size.width - 4,
    height: size.height - 2,
    spanMs,
    fromZero,
    ...(timeLabels && { timeLabels }),
    ...(within && { within }),
    ...(format && { format }),
    empty: "nothing yet",
  });
  return box(lines, { title: `${title}${legend}`, size, palette });
}
