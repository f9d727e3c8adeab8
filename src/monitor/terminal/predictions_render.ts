/** A snapshot → the lines of a screen of any size. Pure: what it returns always fits. */
import { type Curve, type CurveStyle, pointsOf, sampleOf } from "./chart.ts";
import { SCREEN_MIN } from "./limits.ts";
import {
  accuracyLines,
  beside,
  box,
  type BoxSize,
  chartBox,
  classLines,
  deadLetterLines,
  errorLines,
  lagLines,
  lagTitle,
  latencyLines,
  messagesLines,
  type Palette,
  paletteOf,
  rivals,
  sourceLines,
  tight,
} from "./panels.ts";
import {
  BOXES_MIN,
  frame,
  header,
  holds,
  keyBar,
  type KeyHint,
  type RenderOptions,
  type ScreenSize,
  shapeFor,
  type ShapeOptions,
  type Shapes,
} from "./frame.ts";
import { type Snapshot, totalLag } from "../boards/snapshot.ts";
import { change, fit, percent, rate, short, timeOfDay } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";

/** Points of a curve that a screen of this size can show. */
export function curvePoints({ columns }: ScreenSize): number {
  return pointsOf(Math.max(20, columns < BOXES_MIN.columns ? columns : Math.ceil(columns / 2) - 4));
}

const SHAPES: Shapes<(snapshot: Snapshot, options: ShapeOptions) => string[]> = {
  tiny: tinyScreen,
  compact: compactScreen,
  middle: middleScreen,
  full: fullScreen,
};

/** @returns Exactly `size.rows` lines of at most `size.columns` cells, colour codes aside. */
export function render(snapshot: Snapshot, options: RenderOptions): string[] {
  const { size, size: { columns, rows } } = options;
  const palette = paletteOf(options.color);
  const others = rows < SCREEN_MIN.rows + 2 || !holds(size, SCREEN_MIN)
    ? null
    : othersLine(snapshot, options);
  const own = { columns, rows: others === null ? rows : rows - 1 };
  const lines = shapeFor(size, SHAPES)(snapshot, { ...options, size: own, palette });
  while (lines.length < own.rows) lines.push("");
  if (others !== null) lines.splice(own.rows - 1, 0, palette.dim(others));
  return frame({ lines, help: HELP }, options);
}

/** The models that are not shown, with their counts; `null` where there are none. */
function othersLine({ otherModels }: Snapshot, { size: { columns }, keys }: RenderOptions): string | null {
  if (otherModels.length === 0) return null;
  const names = otherModels.map(({ id, processed }) => `${id} ${formatCount(processed)}`).join(", ");
  const how = keys ? "  (m: the next one)" : "  (--model shows one)";
  const text = ` not shown: ${names}`;
  return columns - how.length < 24 ? fit(text, columns) : fit(text, columns - how.length).trimEnd() + how;
}

/** Title at the left, state and time at the right. */
export function predictionsHeader(snapshot: Snapshot, options: ShapeOptions): string {
  const { title } = options;
  const { model, target, horizon, timeMs, modelId, otherModels } = snapshot;
  const task = target === "" ? "" : `${target}${horizon === null ? "" : `, ${horizon} ahead`}`;
  // Where there are several models, which one this is matters more than where it is from.
  const facts = otherModels.length > 0 && modelId !== null
    ? [modelId, title]
    : [title, model && `model ${model}`, task];
  return header({ facts, time: `${timeOfDay(timeMs)} UTC` }, options);
}

const KEYS: readonly KeyHint[] = [["?", "help"], ["p", "pause"], ["+ -", "refresh"], ["r", "reset"]];

/** The keys, and what they do; `more` stand after `q`. */
export function predictionsKeyBar(
  { otherModels, contest }: Snapshot,
  options: ShapeOptions,
  more: readonly KeyHint[] = [],
): string {
  const models: KeyHint[] = otherModels.length === 0 ? [] : [["m", "next model"]];
  const pages: KeyHint[] = more.length > 0 || contest.course === null ? [] : [["f", "forecasts"]];
  return keyBar({ hints: [["q", "quit"], ...more, ...KEYS, ...models, ...pages] }, options);
}

function errorChart(
  snapshot: Snapshot,
  { which, size, palette }: { which: "MSE" | "MAE"; size: BoxSize; palette: Palette },
): string[] {
  const { network, baseline } = rivals(palette);
  const { history } = snapshot;
  const [values, others] = which === "MSE"
    ? [history.mse, history.baselineMse]
    : [history.mae, history.baselineMae];
  const title = which === "MSE" ? "Squared error, MSE" : "Absolute error, MAE";
  return chartBox([
    { ...baseline, values: others, name: "baseline" },
    { ...network, values, name: "network" },
  ], { title: size.width < 50 ? which : title, size, palette, spanMs: history.spanMs, fromZero: false });
}

function accuracyChart(
  { history }: Snapshot,
  { size, palette }: { size: BoxSize; palette: Palette },
): string[] {
  const { network, baseline } = rivals(palette);
  const right = (wrong: readonly number[]) => wrong.map((share) => 1 - share);
  return chartBox([
    { ...baseline, values: right(history.baselineMse), name: "baseline" },
    { ...network, values: right(history.mse), name: "network" },
  ], {
    ...{ title: "Accuracy", size, palette, spanMs: history.spanMs, fromZero: false, within: [0, 1] },
    format: (share) => percent(share),
  });
}

/** The chart that matters most. */
function mainChart(snapshot: Snapshot, at: { size: BoxSize; palette: Palette }): string[] {
  return snapshot.classes === null
    ? errorChart(snapshot, { which: "MSE", ...at })
    : accuracyChart(snapshot, at);
}

/** What stands beside it: the other error, or the classes. */
function secondPanel(snapshot: Snapshot, at: { size: BoxSize; palette: Palette }): string[] {
  if (snapshot.classes === null) return errorChart(snapshot, { which: "MAE", ...at });
  const inside = { width: at.size.width - 4, height: at.size.height - 2 };
  return box(classLines(snapshot, { size: inside, palette: at.palette }), { title: "Classes", ...at });
}

function latencyChart(snapshot: Snapshot, { size, palette }: { size: BoxSize; palette: Palette }): string[] {
  const { history } = snapshot;
  const style = (signs: CurveStyle["signs"], paint: CurveStyle["paint"]) => ({ signs, paint });
  return chartBox([
    { ...style("dots", palette.bad), values: history.p99, name: "p99" },
    { ...style("light", palette.baseline), values: history.p95, name: "p95" },
    { ...style("heavy", palette.network), values: history.p50, name: "p50" },
  ], { title: "Latency", size, palette, spanMs: history.spanMs, fromZero: true, format: (ms) => tight(ms) });
}

function rateChart(snapshot: Snapshot, { size, palette }: { size: BoxSize; palette: Palette }): string[] {
  const { history } = snapshot;
  const curve: Curve & { name: string } = {
    signs: "heavy",
    paint: palette.good,
    values: history.perSecond,
    name: "predictions",
  };
  const format = (value: number) => rate(value);
  return chartBox([curve], {
    title: "Predictions per second",
    size,
    palette,
    spanMs: history.spanMs,
    fromZero: true,
    format,
  });
}

/** The three boxes of figures at the top. */
function figures(snapshot: Snapshot, { widths, height, palette }: {
  widths: readonly [number, number, number];
  height: number;
  palette: Palette;
}): string[] {
  const inside = (at: number) => ({ width: widths[at]! - 4, palette });
  const frame = (at: number, title: string) => ({ title, size: { width: widths[at]!, height }, palette });
  return beside(
    box(messagesLines(snapshot, widths[0] - 4), frame(0, "Messages")),
    snapshot.classes === null
      ? box(errorLines(snapshot, inside(1)), frame(1, "Forecast error"))
      : box(accuracyLines(snapshot, inside(1)), frame(1, "Classification")),
    box(latencyLines(snapshot, inside(2)), frame(2, "Latency")),
  );
}

function fullScreen(snapshot: Snapshot, options: ShapeOptions): string[] {
  const { size: { columns, rows }, palette } = options;
  const left = Math.floor(columns / 2);
  const right = columns - left;
  const topHeight = 7;
  const bottomHeight = rows >= 48 ? 11 : 8;
  const charts = rows - 2 - topHeight - bottomHeight;
  const first = Math.ceil(charts / 2);
  const at = (width: number, height: number) => ({ size: { width, height }, palette });
  const outer = Math.floor(columns * 0.26);
  const third = Math.floor(columns * 0.28);
  const lagWidth = columns - outer - third;
  const inside = (width: number) => ({ width: width - 4, height: bottomHeight - 2 });
  return [
    predictionsHeader(snapshot, options),
    ...figures(snapshot, { widths: [outer, columns - outer - third, third], height: topHeight, palette }),
    ...beside(
      mainChart(snapshot, at(left, first)),
      secondPanel(snapshot, at(right, first)),
    ),
    ...beside(
      latencyChart(snapshot, at(left, charts - first)),
      rateChart(snapshot, at(right, charts - first)),
    ),
    ...beside(
      box(deadLetterLines(snapshot, inside(outer)), {
        title: `Dead letters ${formatCount(snapshot.deadLetters)}`,
        ...at(outer, bottomHeight),
      }),
      box(lagLines(snapshot, { size: inside(lagWidth), palette }), {
        title: lagTitle(snapshot, palette),
        ...at(lagWidth, bottomHeight),
      }),
      box(sourceLines(snapshot, { size: inside(third), palette }), {
        title: "Sources",
        ...at(third, bottomHeight),
      }),
    ),
    predictionsKeyBar(snapshot, options),
  ];
}

function middleScreen(snapshot: Snapshot, options: ShapeOptions): string[] {
  const { size: { columns, rows }, palette } = options;
  const left = Math.floor(columns / 2);
  const right = columns - left;
  const [topHeight, bottomHeight] = [6, rows >= 28 ? 8 : 6];
  const charts = rows - 2 - topHeight - bottomHeight;
  const at = (width: number, height: number) => ({ size: { width, height }, palette });
  const [side, third] = [Math.floor(columns * 0.28), Math.floor(columns * 0.325)];
  const letters = Math.floor(columns * 0.36);
  const lagWidth = columns - letters;
  return [
    predictionsHeader(snapshot, options),
    ...figures(snapshot, { widths: [side, columns - side - third, third], height: topHeight, palette }),
    ...beside(
      mainChart(snapshot, at(left, charts)),
      latencyChart(snapshot, at(right, charts)),
    ),
    ...beside(
      box(deadLetterLines(snapshot, { width: letters - 4, height: bottomHeight - 2 }), {
        title: `Dead letters ${formatCount(snapshot.deadLetters)}`,
        ...at(letters, bottomHeight),
      }),
      box(lagLines(snapshot, { size: { width: lagWidth - 4, height: bottomHeight - 2 }, palette }), {
        title: lagTitle(snapshot, palette),
        ...at(lagWidth, bottomHeight),
      }),
    ),
    predictionsKeyBar(snapshot, options),
  ];
}

/** The essential in a few lines: the first ones matter most. */
function essentials(snapshot: Snapshot, { size: { columns }, palette }: ShapeOptions): string[] {
  const { processed, perSecond, predicted, errors, classes, latencyMs, deadLetters, lagTrend } = snapshot;
  const { network, baseline } = rivals(palette);
  const wide = columns >= 56;
  const lag = totalLag(snapshot);
  const by = `${formatCount(predicted.network)} network, ${formatCount(predicted.baseline)} baseline`;
  const compare = (name: string, mine: number | null, theirs: number | null) => {
    const change_ = change(mine, theirs);
    const verdict = change_.startsWith("-") && change_.length > 1 ? palette.good(change_) : change_;
    return wide
      ? `${name}  ${fit(`network ${sampleOf(network)} ${short(mine)}`, 21)}${
        fit(`baseline ${sampleOf(baseline)} ${short(theirs)}`, 22)
      }${verdict}`
      : `${name} ${short(mine)} baseline ${short(theirs)} ${verdict}`;
  };
  const { p50, p95, p99 } = latencyMs;
  const lagText = lag === null
    ? "not known"
    : `${formatCount(lag)}${lagTrend === "steady" ? "" : ` ${lagTrend}`}`;
  return [
    wide
      ? `${fit(`processed ${formatCount(processed)}`, 22)}${fit(`${rate(perSecond)}/s`, 10)}${by}`
      : `processed ${formatCount(processed)}  ${rate(perSecond)}/s`,
    ...(classes === null
      ? [
        compare("MSE", errors.mse, errors.baselineMse),
        compare("MAE", errors.mae, errors.baselineMae),
      ]
      : [
        `accuracy ${percent(classes.accuracy)}  baseline ${percent(classes.baselineAccuracy)}`,
        `macro-F1 ${short(classes.macroF1)}  ${formatCount(classes.labelled)} with a true class`,
      ]),
    `latency p50 ${tight(p50)}  p95 ${tight(p95)}  p99 ${tight(p99)}`,
    `${wide ? fit(`lag ${lagText}`, 27) : `lag ${lagText}  `}dead letters ${formatCount(deadLetters)}`,
  ];
}

function compactScreen(snapshot: Snapshot, options: ShapeOptions): string[] {
  const { size: { columns, rows }, palette } = options;
  const lines = essentials(snapshot, options).map((line) => ` ${line}`);
  const height = rows - 2 - lines.length;
  const chart = height < 4
    ? new Array<string>(height).fill("")
    : mainChart(snapshot, { size: { width: columns, height }, palette });
  return [predictionsHeader(snapshot, options), ...lines, ...chart, predictionsKeyBar(snapshot, options)];
}

function tinyScreen(snapshot: Snapshot, options: ShapeOptions): string[] {
  const { size: { rows }, keys, trouble, paused } = options;
  const { processed, perSecond, errors, classes, latencyMs, deadLetters } = snapshot;
  const lag = totalLag(snapshot);
  const state = trouble ?? (paused ? "paused" : "live");
  const lines = [
    `${formatCount(processed)}  ${rate(perSecond)}/s`,
    classes === null
      ? `MSE ${short(errors.mse)} / ${short(errors.baselineMse)}`
      : `acc ${percent(classes.accuracy)} F1 ${short(classes.macroF1)}`,
    `p50 ${tight(latencyMs.p50)} p99 ${tight(latencyMs.p99)}`,
    `lag ${lag === null ? "-" : formatCount(lag)}`,
    `dead ${formatCount(deadLetters)}`,
    state,
  ];
  const shown = lines.slice(0, Math.max(1, rows - 1));
  return [...shown, keys ? "q quit" : "Ctrl-C quit"];
}

/** What the keys do on the screens of predictions. */
export const HELP: readonly string[] = [
  "q, Ctrl-C   quit",
  "? or h      this help (Esc closes it)",
  "p, space    pause; counting goes on",
  "+  -        refresh less or more often",
  "r           reset: count from now on",
  "m           show the next model",
  "f           forecasts and actual, or back",
  "s  S        next source, or the one before",
  "",
  "MSE, MAE: forecasts of the network that came",
  "due, beside the last value (the baseline);",
  "change: -12 % = the network is better.",
  "Latency: from sending a reading to its",
  "prediction; percentiles within 2 %.",
  "Charts: the mean of 5 s at each point.",
];
