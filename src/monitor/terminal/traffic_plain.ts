/** Traffic without a screen: a line of text, a summary, a JSON object. Pure. */
import { isoTime } from "../../runtime/time.ts";
import { paletteOf } from "./panels.ts";
import { change } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";
import type { Talkers, TrafficSnapshot } from "../boards/traffic.ts";
import type { ShownAlert, ShownAnomaly } from "../boards/traffic_events.ts";
import type { LinkFigures, TargetFigures } from "../boards/traffic_links.ts";
import {
  alertLine,
  anomalyLine,
  anomalyTitle,
  bytesText,
  coverageText,
  eventTime,
  figure,
  loadText,
  r2Text,
} from "./traffic_panels.ts";
import { healthLine } from "./traffic_render.ts";

/** Alerts and anomalies of the summary. */
const EVENTS_SHOWN = 10;

const plain = paletteOf(false);

/** `link-1 packets 123, next 130 [110–150]  R² 0.99 (last value 0.91)  MSE -12 %  in interval 90 % of 90 %` */
function linkText(
  link: string,
  { target, actual, next, score, nominal }: TargetFigures & Pick<LinkFigures, "nominal">,
): string {
  return [
    `${link} ${target} ${figure(actual)}, next ${figure(next?.value ?? null)}${
      next === null ? "" : ` [${figure(next.lower)} to ${figure(next.upper)}]`
    }`,
    `R² ${r2Text(score.r2)} (last value ${r2Text(score.baselineR2)})`,
    `MSE ${change(score.mse, score.baselineMse)}`,
    `in interval ${coverageText(score, nominal)}`,
  ].join("  ");
}

/** One line of everything; times are those of the traffic. */
export function trafficLine(snapshot: TrafficSnapshot, trouble: string | null = null): string {
  const { chosen, activeAlerts, anomalyCount } = snapshot;
  return [
    ...(chosen === null
      ? ["no forecasts yet"]
      : [`${eventTime(chosen.endMs, chosen.endMs)} UTC`, loadText(chosen), linkText(chosen.link, chosen)]),
    `alerts ${formatCount(activeAlerts)} active`,
    `anomalies ${formatCount(anomalyCount)}`,
    healthLine(snapshot).replaceAll("   ", "  "),
    ...(trouble === null ? [] : [`[${trouble}]`]),
  ].join("  ");
}

/** Lines for what is new among alerts and anomalies, oldest first; `isNew` is asked once for each. */
export function newsLines(
  { alerts, anomalies }: TrafficSnapshot,
  isNew: (id: string) => boolean,
): string[] {
  const events = [
    ...alerts.filter(({ id }) => isNew(`alert ${id}`)).map((one) => ({
      endMs: one.endMs,
      line: `alert ${
        one.state === "cleared" ? "cleared" : "raised"
      } ${one.link} ${one.rule}: ${one.evidence}`,
    })),
    ...anomalies.filter(({ id }) => isNew(`anomaly ${id}`)).map((one) => ({
      endMs: one.endMs,
      line: `anomaly ${anomalyLine(one, around(one))}`,
    })),
  ];
  return events.reverse().toSorted((a, b) => a.endMs - b.endMs).map(({ line }) => line);
}

function around({ endMs }: ShownAlert | ShownAnomaly) {
  return { palette: plain, aroundMs: endMs };
}

/** A few lines: what `--once` prints; links by their busiest first, each with all its targets. */
export function trafficSummary(snapshot: TrafficSnapshot): string[] {
  const { linkFigures, alerts, anomalies, talkers, forecasts, repeated, raised, cleared, activeAlerts } =
    snapshot;
  const again = repeated > 0 ? `, ${formatCount(repeated)} records delivered again` : "";
  return [
    `links ${formatCount(snapshot.links.length)}, forecasts ${formatCount(forecasts)}${again}`,
    ...linkFigures.flatMap(({ name, nominal, targets }) =>
      targets.map((one) => linkText(name, { ...one, nominal }))
    ),
    `alerts ${formatCount(raised)} raised, ${formatCount(cleared)} cleared, ${
      formatCount(activeAlerts)
    } active`,
    ...alerts.slice(0, EVENTS_SHOWN).map((alert) => `  ${alertLine(alert, around(alert))}`),
    anomalyTitle(snapshot).toLowerCase(),
    ...anomalies.slice(0, EVENTS_SHOWN).map((anomaly) => `  ${anomalyLine(anomaly, around(anomaly))}`),
    ...(talkers === null ? [] : [talkersText(talkers)]),
    healthLine(snapshot).replaceAll("   ", "  "),
  ];
}

function talkersText({ link, top }: Talkers): string {
  const named = top.slice(0, EVENTS_SHOWN).map(({ source, bytes }) => `${source} ${bytesText(bytes)}`);
  return `top talkers of ${link}: ${named.join(", ")}`;
}

/**
 * The object of `--json`: scores are `null` where there is no figure; times in ISO 8601 UTC are those of the traffic;
 * `coverage` is the share of outcomes in the interval, `nominal` what it should be.
 */
export function trafficToJson(
  snapshot: TrafficSnapshot,
  trouble: string | null = null,
): Record<string, unknown> {
  const { alerts, anomalies, talkers, lag, activeAlerts, raised, cleared } = snapshot;
  return {
    forecasts: snapshot.forecasts,
    links: snapshot.linkFigures.filter(({ targets }) => targets.length > 0).map((figures) => ({
      link: figures.link,
      model: figures.model,
      window: spanOf(figures),
      packetsPerSecond: figures.packetsPerSecond,
      bytesPerSecond: figures.bytesPerSecond,
      nominal: figures.nominal,
      targets: Object.fromEntries(
        figures.targets.map(({ target, actual, next, score }) => [target, { actual, next, ...score }]),
      ),
    })),
    alerts: { active: activeAlerts, raised, cleared, newest: alerts.map(withSpan) },
    anomalies: {
      count: snapshot.anomalyCount,
      kinds: snapshot.anomalyKinds,
      newest: anomalies.map(withSpan),
    },
    topTalkers: talkers === null ? null : withSpan(talkers),
    lag: lag.map(({ job, lags, trend }) => ({
      job,
      trend,
      partitions: lags.map((one) => ({ partition: one.partition, lag: one.lag })),
    })),
    deadLettered: snapshot.deadLettered,
    ...(snapshot.otherDeadLetters === 0 ? {} : { deadLettersOfOtherTopics: snapshot.otherDeadLetters }),
    repeated: snapshot.repeated,
    unreadable: snapshot.unreadable,
    ...(trouble === null ? {} : { trouble }),
  };
}

function spanOf({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }) {
  return { start: isoTime(startMs), end: isoTime(endMs) };
}

function withSpan<T extends { readonly startMs: number; readonly endMs: number }>(one: T) {
  const { startMs, endMs, ...rest } = one;
  return { ...rest, window: spanOf({ startMs, endMs }) };
}
