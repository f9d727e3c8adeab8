/** The parts of the screen of traffic: lines that fit their width, whatever is in them. Pure. */
import { isoTime } from "../../runtime/time.ts";
import { type CurveStyle, drawChart, sampleOf } from "./chart.ts";
import { box, type BoxSize, judged, type Palette, rivals, trendText } from "./panels.ts";
import { change, fit, fitRight, percent, rate, short, widthOf } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";
import type { JobLag, TrafficSnapshot } from "../boards/traffic.ts";
import type { ShownAlert, ShownAnomaly } from "../boards/traffic_events.ts";
import type { ForecastScore, LinkView } from "../boards/traffic_links.ts";

/** How a panel is drawn. */
export interface PanelOptions {
  readonly size: BoxSize;
  readonly palette: Palette;
  /** Event time on the screen, Unix ms: what is of another day says so. */
  readonly aroundMs: number;
}

const DAY_MS = 86_400_000;

/** Event time: `14:03:22`; on another day than `aroundMs`: `01-05 14:03`. */
export function eventTime(ms: number, aroundMs: number): string {
  const iso = isoTime(ms);
  if (iso === null) return "?";
  const isNear = Math.floor(ms / DAY_MS) === Math.floor(aroundMs / DAY_MS);
  return isNear ? iso.slice(11, 19) : iso.slice(5, 16).replace("T", " ");
}

/** `1.2 MB`, `340 B`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const power = bytes < 1_000 ? 0 : Math.min(5, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 99.95 ? formatCount(Math.round(value)) : value.toFixed(1)} ${
    units[power]
  }`;
}

/** A number of any size, four digits or all before the point: `12,345`, `0.1234`. */
export function figure(value: number | null): string {
  if (value === null || Math.abs(value) >= 1e12) return short(value, 4);
  return Math.abs(value) < 1_000 && !Number.isInteger(value)
    ? short(value, 4)
    : formatCount(Math.round(value));
}

/** A number at an axis: `980`, `12.3k`, `1.25M`. */
function axisText(value: number, digits: number): string {
  const power = Math.abs(value) < 10_000 ? 0 : Math.min(4, Math.floor(Math.log10(Math.abs(value)) / 3));
  if (power === 0) return Math.abs(value) >= 1_000 ? formatCount(Math.round(value)) : short(value, digits);
  const scaled = value / 1_000 ** power;
  const before = Math.floor(Math.log10(Math.abs(scaled))) + 1;
  return `${scaled.toFixed(Math.max(0, Math.min(3, digits - before)))}${["", "k", "M", "G", "T"][power]}`;
}

/** `0.9921` */
export function r2Text(value: number | null): string {
  return value === null ? "-" : value <= -100 ? "< -99" : value.toFixed(4);
}

/** A window's length: `5 s`, `1 h`. */
export function spanText(ms: number): string {
  for (const [size, unit] of [[DAY_MS, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]] as const) {
    if (ms >= size) return `${Number((ms / size).toFixed(2))} ${unit}`;
  }
  return `${ms} ms`;
}

function looksOf(palette: Palette): { actual: CurveStyle; forecast: CurveStyle; interval: CurveStyle } {
  return {
    actual: { signs: "heavy", paint: palette.network },
    forecast: { signs: "light", paint: palette.baseline },
    interval: { signs: "dots", paint: palette.dim },
  };
}

/** Actual against forecast, with the interval. */
export function forecastChart(view: LinkView, { size, palette }: PanelOptions): string[] {
  const { actual, forecast, interval } = looksOf(palette);
  const { curves, windowMs, target, link, nominal, next } = view;
  const spanMs = curves.endMs - curves.startMs;
  const time = (ms: number) => eventTime(ms, curves.endMs);
  const lines = drawChart([
    { ...interval, values: curves.lower },
    { ...interval, values: curves.upper },
    { ...forecast, values: curves.forecast },
    { ...actual, values: curves.actual },
  ], {
    ...{ width: size.width - 4, height: size.height - 2, spanMs, fromZero: false },
    timeLabels: [time(curves.startMs), time((curves.startMs + curves.endMs) / 2), time(curves.endMs)],
    format: axisText,
    empty: "no windows yet",
  });
  const legend = [
    `${fit(link, Math.min(link.length, Math.max(8, size.width - 75)))}: ${target} per ${spanText(windowMs)}`,
    `${sampleOf(actual)} actual`,
    `${sampleOf(forecast)} forecast`,
    ...(next === null ? [] : [`next ${figure(next.value)}`]),
    `${sampleOf(interval)} ${percent(nominal, 0)} interval`,
  ];
  // What does not fit in the border goes whole.
  while (legend.length > 1 && widthOf(legend.join("  ")) > size.width - 6) legend.pop();
  return box(lines, { title: legend.join("  "), size, palette });
}

/** `89.8 % of 90 %`: how many outcomes lay in the interval, and how many should. */
export function coverageText({ coverage }: ForecastScore, nominal: number): string {
  return `${percent(coverage)} of ${percent(nominal, 0)}`;
}

/** How right the forecasts were, beside the last value: since the start, and lately. */
export function scoreLines(view: LinkView, { size: { width, height }, palette }: PanelOptions): string[] {
  const { score, recentScore, nominal } = view;
  const { network, baseline } = rivals(palette);
  const first = width >= 38 ? 11 : 4;
  const each = Math.floor((width - first) / 3);
  const line = (name: string, cells: readonly string[]) =>
    fit(name, width - 3 * each) + cells.map((cell) => fitRight(cell, each)).join("");
  const compared = (name: string, mine: number | null, theirs: number | null) =>
    line(name, [short(mine), short(theirs), judged(change(mine, theirs), palette)]);
  const others = width >= 44 ? "last value" : "last";
  const parts = (of: ForecastScore) => [
    line("R²", [network.paint(r2Text(of.r2)), baseline.paint(r2Text(of.baselineR2)), ""]),
    compared("MSE", of.mse, of.baselineMse),
    `in interval ${coverageText(of, nominal)}`,
    compared("MAE", of.mae, of.baselineMae),
  ];
  const lines = [palette.dim(line("", ["network", others, "change"])), ...parts(score)];
  const recent = [
    palette.dim(`the last ${formatCount(recentScore.scored)}`),
    ...parts(recentScore).slice(0, 3),
  ];
  return height >= lines.length + recent.length ? [...lines, ...recent] : lines;
}

/** State, time, link, rule, and the value that it is about. */
export function alertLine(
  alert: ShownAlert,
  { palette, aroundMs }: Omit<PanelOptions, "size">,
): string {
  const { state, endMs, link, rule, value, threshold, forecast } = alert;
  const sign =
    { active: palette.bad("▲ active"), raised: "△ raised", cleared: palette.good("▽ cleared") }[state];
  return `${sign} ${eventTime(endMs, aroundMs)} ${link} ${palette.bold(rule)} ${figure(value)} ${
    forecast ? "forecast" : "observed"
  }, limit ${figure(threshold)}`;
}

/** Alerts, newest first; those that hold are always among them. */
export function alertLines({ alerts }: TrafficSnapshot, options: PanelOptions): string[] {
  const { size: { height } } = options;
  if (alerts.length === 0) return ["none yet"];
  const active = alerts.filter(({ state }) => state === "active");
  const others = alerts.filter(({ state }) => state !== "active");
  const shown = [...active, ...others.slice(0, Math.max(0, height - active.length))].slice(0, height);
  return alerts.filter((alert) => shown.includes(alert)).map((alert) => alertLine(alert, options));
}

/** `Alerts  2 active, 14 raised` */
export function alertTitle({ activeAlerts, raised }: TrafficSnapshot, palette: Palette): string {
  const active = `${formatCount(activeAlerts)} active`;
  return `Alerts  ${activeAlerts > 0 ? palette.bad(active) : active} of ${formatCount(raised)}`;
}

/** Time, kind, score, subject and evidence. */
export function anomalyLine(
  anomaly: ShownAnomaly,
  { palette, aroundMs }: Omit<PanelOptions, "size">,
): string {
  const { endMs, kind, score, subject, evidence } = anomaly;
  const strength = score >= 0.9 ? palette.bad(score.toFixed(2)) : score.toFixed(2);
  const said = evidence.startsWith(subject) ? evidence : `${subject}: ${evidence}`;
  return `${eventTime(endMs, aroundMs)} ${palette.bold(kind)} ${strength} ${said}`;
}

/** Anomalies, newest first. */
export function anomalyLines({ anomalies }: TrafficSnapshot, options: PanelOptions): string[] {
  if (anomalies.length === 0) return ["none yet"];
  return anomalies.slice(0, options.size.height).map((anomaly) => anomalyLine(anomaly, options));
}

/** Alerts and anomalies among each other, newest first; alerts that hold are always among them. */
export function eventLines(snapshot: TrafficSnapshot, options: PanelOptions): string[] {
  const { alerts, anomalies } = snapshot;
  const events = [
    ...alerts.map((one) => ({ one, holds: one.state === "active", line: () => alertLine(one, options) })),
    ...anomalies.map((one) => ({ one, holds: false, line: () => `◆ anomaly ${anomalyLine(one, options)}` })),
  ].toSorted((a, b) => b.one.endMs - a.one.endMs);
  if (events.length === 0) return ["none yet"];
  const { height } = options.size;
  const first = events.toSorted((a, b) => Number(b.holds) - Number(a.holds)).slice(0, height);
  return events.filter((event) => first.includes(event)).map(({ line }) => line());
}

/** `Anomalies 12  7 port-scan, 5 spike` */
export function anomalyTitle({ anomalyCount, anomalyKinds }: TrafficSnapshot): string {
  const kinds = Object.entries(anomalyKinds).map(([kind, n]) => `${formatCount(n)} ${kind}`).join(", ");
  return `Anomalies ${formatCount(anomalyCount)}${kinds === "" ? "" : `  ${kinds}`}`;
}

/** Sources with the most bytes of the newest window, and their shares. */
export function talkerLines(
  { talkers }: TrafficSnapshot,
  { size: { width, height }, palette }: PanelOptions,
): string[] {
  if (talkers === null) return ["none yet"];
  const { top, bytes, sources } = talkers;
  const bars = Math.max(0, Math.min(16, width - 44));
  const name = Math.max(8, width - 17 - (bars > 0 ? bars + 1 : 0));
  const rest = sources - Math.min(top.length, height - 1);
  const lines = top.slice(0, rest > 0 ? height - 1 : height).map((one) => {
    const share = bytes > 0 ? Math.min(1, one.bytes / bytes) : 0;
    const bar = bars > 0 ? ` ${fit(palette.network("█".repeat(Math.round(share * bars))), bars)}` : "";
    return `${fit(one.source, name - 1)} ${fitRight(bytesText(one.bytes), 9)}${
      fitRight(percent(share, 0), 8)
    }${bar}`;
  });
  return rest > 0 ? [...lines, palette.dim(`and ${formatCount(rest)} sources more`)] : lines;
}

/** `Top talkers of link-1 until 14:03:22` */
export function talkerTitle({ talkers }: TrafficSnapshot, aroundMs: number): string {
  return talkers === null
    ? "Top talkers"
    : `Top talkers  ${talkers.link} ${eventTime(talkers.endMs, aroundMs)}`;
}

/** Records that a job has not committed yet. */
export function lagOf({ lags }: JobLag): number {
  return lags.reduce((sum, { lag }) => sum + lag, 0);
}

/** Lag of each job, and dead letters by reason. */
export function healthLines(snapshot: TrafficSnapshot, { palette }: PanelOptions): string[] {
  const { lag, deadLettered, otherDeadLetters, unreadable, repeated } = snapshot;
  const reasons = Object.entries(deadLettered).map(([reason, n]) => `${formatCount(n)} ${reason}`);
  return [
    ...lag.map((one) =>
      `lag ${fit(one.job, 9)}${fitRight(formatCount(lagOf(one)), 11)}  ${trendText(one.trend, palette)}`
    ),
    ...(lag.length === 0 ? ["lag not known yet"] : []),
    `dead letters ${reasons.length === 0 ? "none" : reasons.join(", ")}`,
    ...(otherDeadLetters > 0 ? [`dead letters of other topics ${formatCount(otherDeadLetters)}`] : []),
    ...(unreadable > 0 ? [`not readable ${formatCount(unreadable)}`] : []),
    ...(repeated > 0 ? [`delivered again ${formatCount(repeated)}`] : []),
  ];
}

/** What goes over the link now: `1,234 packets/s  5.6 MB/s`. */
export function loadText({ packetsPerSecond, bytesPerSecond }: LinkView): string {
  return `${rate(packetsPerSecond)} packets/s  ${bytesText(bytesPerSecond)}/s`;
}
