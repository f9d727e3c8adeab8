/** Traffic on a screen of any size. Pure: what it returns always fits. */
import { pointsOf } from "./chart.ts";
import { beside, box, type BoxSize, type Palette, paletteOf, rivals } from "./panels.ts";
import {
  frame,
  header,
  keyBar,
  type KeyHint,
  type RenderOptions,
  type ScreenSize,
  shapeFor,
  type ShapeOptions,
  type Shapes,
} from "./frame.ts";
import { change, fit, percent, short } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";
import type { TrafficSnapshot } from "../boards/traffic.ts";
import {
  alertLine,
  alertLines,
  alertTitle,
  anomalyLine,
  anomalyLines,
  anomalyTitle,
  bytesText,
  eventLines,
  eventTime,
  figure,
  forecastChart,
  healthLines,
  lagOf,
  loadText,
  type PanelOptions,
  r2Text,
  scoreLines,
  talkerLines,
  talkerTitle,
} from "./traffic_panels.ts";

/** Windows that a screen of this size can show. */
export function windowsShown({ columns }: ScreenSize): number {
  return pointsOf(Math.max(20, columns - 4));
}

interface TrafficShapeOptions extends ShapeOptions {
  readonly aroundMs: number;
}

const SHAPES: Shapes<(snapshot: TrafficSnapshot, options: TrafficShapeOptions) => string[]> = {
  tiny: tinyScreen,
  compact: compactScreen,
  middle: middleScreen,
  full: fullScreen,
};

/** @returns Exactly `size.rows` lines of at most `size.columns` cells, colour codes aside. */
export function renderTraffic(snapshot: TrafficSnapshot, options: RenderOptions): string[] {
  const palette = paletteOf(options.color);
  const aroundMs = snapshot.chosen?.endMs ?? snapshot.alerts[0]?.endMs ?? snapshot.anomalies[0]?.endMs ??
    snapshot.talkers?.endMs ?? 0;
  const lines = shapeFor(options.size, SHAPES)(snapshot, { ...options, palette, aroundMs });
  return frame({ lines, help: HELP }, options);
}

function trafficHeader({ chosen, links }: TrafficSnapshot, options: TrafficShapeOptions): string {
  const { title } = options;
  if (chosen === null) return header({ facts: [title] }, options);
  const place = `link ${formatCount(links.indexOf(chosen.link) + 1)} of ${formatCount(links.length)}`;
  return header({ facts: [title, place, loadText(chosen), `model ${chosen.model}`] }, options);
}

const KEYS: readonly KeyHint[] = [
  ["q", "quit"],
  ["?", "help"],
  ["p", "pause"],
  ["l", "link"],
  ["t", "target"],
  ["+ -", "refresh"],
];

/** A box with these lines. */
function panel(
  lines: (options: PanelOptions) => readonly string[],
  { title, size, palette, aroundMs }: {
    title: string;
    size: BoxSize;
    palette: Palette;
    aroundMs: number;
  },
): string[] {
  const inside = { width: size.width - 4, height: size.height - 2 };
  return box(lines({ size: inside, palette, aroundMs }), { title, size, palette });
}

function chart({ chosen }: TrafficSnapshot, options: PanelOptions): string[] {
  const { size, palette } = options;
  if (chosen !== null) return forecastChart(chosen, options);
  const middle = new Array<string>(Math.max(0, Math.floor((size.height - 3) / 2))).fill("");
  return box([...middle, "waiting for the first forecast"], { title: "Forecasts", size, palette });
}

function scores({ chosen }: TrafficSnapshot, options: PanelOptions): string[] {
  return chosen === null ? ["none yet"] : scoreLines(chosen, options);
}

function scoreTitle({ chosen }: TrafficSnapshot): string {
  if (chosen === null) return "Forecasts";
  return chosen.by === "network"
    ? `Forecasts  ${formatCount(chosen.score.scored)} due`
    : "Forecasts  last value yet";
}

/** The options of panels on a screen, by their size. */
function panelsOf({ palette, aroundMs }: TrafficShapeOptions) {
  return (width: number, height: number, title = "") => ({
    ...{ title, palette, aroundMs },
    size: { width, height },
  });
}

function fullScreen(snapshot: TrafficSnapshot, options: TrafficShapeOptions): string[] {
  const { size: { columns, rows }, palette, aroundMs } = options;
  const [scoreHeight, eventHeight] = [11, rows >= 38 ? 12 : 9];
  const chartHeight = rows - 2 - scoreHeight - eventHeight;
  const left = Math.floor(columns * 0.36);
  const right = columns - left;
  const health = Math.floor(columns * 0.34);
  const at = panelsOf(options);
  return [
    trafficHeader(snapshot, options),
    ...chart(snapshot, at(columns, chartHeight)),
    ...beside(
      panel((inside) => scores(snapshot, inside), at(left, scoreHeight, scoreTitle(snapshot))),
      panel((inside) => alertLines(snapshot, inside), at(right, scoreHeight, alertTitle(snapshot, palette))),
    ),
    ...beside(
      [
        ...panel(
          (inside) => talkerLines(snapshot, inside),
          at(health, eventHeight - 4, talkerTitle(snapshot, aroundMs)),
        ),
        ...panel((inside) => healthLines(snapshot, inside), at(health, 4, "Lag, dead letters")),
      ],
      panel(
        (inside) => anomalyLines(snapshot, inside),
        at(columns - health, eventHeight, anomalyTitle(snapshot)),
      ),
    ),
    keyBar({ hints: KEYS, wideFrom: 70 }, options),
  ];
}

function middleScreen(snapshot: TrafficSnapshot, options: TrafficShapeOptions): string[] {
  const { size: { columns, rows }, palette, aroundMs } = options;
  const [scoreHeight, eventHeight] = [7, rows >= 28 ? 8 : 6];
  const chartHeight = rows - 3 - scoreHeight - eventHeight;
  const left = Math.floor(columns * 0.46);
  const at = panelsOf(options);
  return [
    trafficHeader(snapshot, options),
    ...chart(snapshot, at(columns, chartHeight)),
    ...beside(
      panel((inside) => scores(snapshot, inside), at(left, scoreHeight, scoreTitle(snapshot))),
      panel(
        (inside) => talkerLines(snapshot, inside),
        at(columns - left, scoreHeight, talkerTitle(snapshot, aroundMs)),
      ),
    ),
    ...panel(
      (inside) => eventLines(snapshot, inside),
      at(columns, eventHeight, `${alertTitle(snapshot, palette)}  ${anomalyTitle(snapshot)}`),
    ),
    fit(` ${healthLine(snapshot)}`, columns),
    keyBar({ hints: KEYS, wideFrom: 70 }, options),
  ];
}

/** `lag forecast 0, watch 12   dead letters 3` */
export function healthLine({ lag, deadLetters, otherDeadLetters, unreadable }: TrafficSnapshot): string {
  const lags = lag.map((one) => `${one.job} ${formatCount(lagOf(one))}`).join(", ");
  return [
    `lag ${lags === "" ? "not known" : lags}`,
    `dead letters ${formatCount(deadLetters)}${
      otherDeadLetters > 0 ? ` (${formatCount(otherDeadLetters)} of others)` : ""
    }`,
    ...(unreadable > 0 ? [`not readable ${formatCount(unreadable)}`] : []),
  ].join("   ");
}

/** The essential in a few lines: the first ones matter most. */
function essentials(snapshot: TrafficSnapshot, options: TrafficShapeOptions): string[] {
  const { palette } = options;
  const { chosen, alerts, anomalies, talkers } = snapshot;
  const { network, baseline } = rivals(palette);
  const first = alerts.find(({ state }) => state === "active") ?? alerts[0];
  const top = talkers?.top[0];
  const score = chosen?.score;
  return [
    score === undefined ? "no forecasts yet" : [
      `R² ${network.paint(r2Text(score.r2))} (last value ${baseline.paint(r2Text(score.baselineR2))})`,
      `MSE ${change(score.mse, score.baselineMse)}`,
      `interval ${percent(score.coverage)}`,
    ].join("  "),
    `${alertTitle(snapshot, palette)}  ${first === undefined ? "" : alertLine(first, options)}`,
    `${anomalyTitle(snapshot)}`,
    ...(anomalies.length === 0 ? [] : [`  ${anomalyLine(anomalies[0]!, options)}`]),
    `${top === undefined ? "" : `top ${top.source} ${bytesText(top.bytes)}   `}${healthLine(snapshot)}`,
  ];
}

function compactScreen(snapshot: TrafficSnapshot, options: TrafficShapeOptions): string[] {
  const { size: { columns, rows }, palette, aroundMs } = options;
  const lines = essentials(snapshot, options).map((line) => ` ${line}`);
  const height = rows - 2 - lines.length;
  const drawn = height < 5
    ? new Array<string>(height).fill("")
    : chart(snapshot, { size: { width: columns, height }, palette, aroundMs });
  return [
    trafficHeader(snapshot, options),
    ...drawn,
    ...lines,
    keyBar({ hints: KEYS, wideFrom: 70 }, options),
  ];
}

function tinyScreen(snapshot: TrafficSnapshot, options: TrafficShapeOptions): string[] {
  const { size: { rows }, keys, trouble, paused, aroundMs } = options;
  const { chosen, activeAlerts, anomalyCount, deadLetters, lag } = snapshot;
  const lines = [
    chosen === null ? "no forecasts" : `${chosen.link} ${eventTime(chosen.endMs, aroundMs)}`,
    `${figure(chosen?.actual ?? null)} next ${figure(chosen?.next?.value ?? null)}`,
    `R² ${r2Text(chosen?.score.r2 ?? null)} / ${r2Text(chosen?.score.baselineR2 ?? null)}`,
    `alerts ${formatCount(activeAlerts)} anom. ${formatCount(anomalyCount)}`,
    `lag ${short(lag.reduce((sum, one) => sum + lagOf(one), 0))} dead ${formatCount(deadLetters)}`,
    trouble ?? (paused ? "paused" : "live"),
  ];
  return [...lines.slice(0, Math.max(1, rows - 1)), keys ? "q quit" : "Ctrl-C quit"];
}

const HELP: readonly string[] = [
  "q, Ctrl-C   quit",
  "? or h      this help (Esc closes it)",
  "p, space    pause; reading goes on",
  "l, L        next, previous link; a: the busiest",
  "t           next target: packets, bytes …",
  "+  -        refresh less or more often",
  "",
  "Times are those of the traffic (UTC).",
  "R² 1 is best, 0 is the mean; MSE, MAE beside",
  "the last value: -12 % = the network is better.",
  "In interval: outcomes between the dots.",
  "▲ holds now, △ was raised, ▽ was cleared,",
  "◆ is an anomaly with its score, 1 at most.",
];
