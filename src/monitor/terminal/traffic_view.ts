/** Traffic on a terminal. Pure, but for the alerts and anomalies that its lines have named. */
import { RECENT_IDS_MAX } from "../boards/limits.ts";
import { RecentIds } from "../boards/recent_ids.ts";
import type { TrafficChoice, TrafficSnapshot } from "../boards/traffic.ts";
import type { Step, View } from "./shell.ts";
import { neighbour } from "./text.ts";
import { newsLines, trafficLine, trafficSummary, trafficToJson } from "./traffic_plain.ts";
import { renderTraffic, windowsShown } from "./traffic_render.ts";

type TrafficStep = Step<TrafficSnapshot, TrafficChoice>;

function linkStep(step: 1 | -1): TrafficStep {
  return (choice, { links, chosen }) => ({ ...choice, link: neighbour(links, chosen?.link ?? null, step) });
}

const nextTarget: TrafficStep = (choice, { chosen }) => ({
  ...choice,
  target: neighbour(chosen?.targets ?? [], chosen?.target ?? null, 1),
});

const busiest: TrafficStep = (choice) => ({ ...choice, link: null, target: null });

/** One page: `l`, `L` and `a` choose the link, `t` the target of its forecasts. */
export function trafficView(): View<TrafficSnapshot, TrafficChoice> {
  const named = new RecentIds(RECENT_IDS_MAX);
  return {
    choice: { points: 2, link: null, target: null },
    choiceFor: (choice, size) => ({ ...choice, points: windowsShown(size) }),
    pages: [renderTraffic],
    keys: { "l": linkStep(1), "L": linkStep(-1), "t": nextTarget, "a": busiest, "r": busiest },
    lines: (snapshot, trouble) => [
      ...newsLines(snapshot, (id) => named.add(id)),
      trafficLine(snapshot, trouble),
    ],
    json: trafficToJson,
    silentMs: ({ silentMs }) => silentMs,
    summary: trafficSummary,
  };
}
