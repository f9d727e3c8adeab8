/**
 * When events are injected. Every simulated day, counted from the start of the model, has the same number of each
 * kind, in an order of chance and on links of chance; a day is cut into as many equal slots, one event in each, so
 * that no two overlap and a pause follows each.
 */
import { insideHosts, regionOf, strangeHost } from "./population.ts";
import { Chance } from "./random.ts";
import type { EventKind, LabelledEvent } from "./types.ts";

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const DAY_US = 24 * 60 * MINUTE_US;

/** Events of each kind on a simulated day. */
export const EVENTS_OF_DAY: Readonly<Record<EventKind, number>> = {
  "surge": 2,
  "outage": 1,
  "port-scan": 3,
  "syn-flood": 2,
  "new-talker": 1,
};

/** Nothing happens so early in a run, in µs: whoever watches has to learn first what is usual. */
const QUIET_START_US = 60 * MINUTE_US;
/** Pause after an event, in µs. */
const PAUSE_US = 10 * MINUTE_US;

/** Shortest and longest of each kind, in minutes. */
const MINUTES: Readonly<Record<EventKind, readonly [number, number]>> = {
  "surge": [5, 20],
  "outage": [5, 20],
  "port-scan": [2, 6],
  "syn-flood": [2, 6],
  "new-talker": [10, 30],
};

const SCANNED_PORTS = [22, 23, 445, 1433, 3389, 5900, 6379];
const FLOODED_PORTS = [80, 443, 25];

/** An event and what is needed to play it. */
export interface PlannedEvent extends LabelledEvent {
  /** Number of the link. */
  readonly linkIndex: number;
}

/** What a schedule is made from. */
export interface ScheduleOptions {
  readonly seed: number;
  readonly startUs: number;
  readonly events: readonly EventKind[];
  /** Names of the links, and the mean packets per second of each. */
  readonly links: readonly { readonly name: string; readonly ratePerSecond: number }[];
}

/** The events of the n-th day after the start, in the order of their start; the same whatever was asked before. */
export function eventsOfDay(day: number, { seed, startUs, events, links }: ScheduleOptions): PlannedEvent[] {
  const chance = new Chance(seed, 0x5ced_0000 + day);
  const kinds = chance.shuffle([...new Set(events)].flatMap((kind) => Array(EVENTS_OF_DAY[kind]).fill(kind)));
  const slotUs = DAY_US / kinds.length;
  const seen = new Map<EventKind, number>();
  return kinds.map((kind: EventKind, slot): PlannedEvent => {
    const [least, most] = MINUTES[kind];
    const lengthUs = Math.floor(chance.uniform(least, most) * 60) * SECOND_US;
    const earliestUs = day * DAY_US + slot * slotUs + (day === 0 && slot === 0 ? QUIET_START_US : 0);
    const latestUs = day * DAY_US + (slot + 1) * slotUs - PAUSE_US - lengthUs;
    // Whole seconds: where the model's steps end.
    const atUs = startUs + Math.floor(chance.uniform(earliestUs, latestUs) / SECOND_US) * SECOND_US;
    const nth = seen.get(kind) ?? 0;
    seen.set(kind, nth + 1);
    const linkIndex = chance.integer(links.length);
    const { name, ratePerSecond } = links[linkIndex]!;
    return {
      id: `sim-${seed}-${kind}-${day * EVENTS_OF_DAY[kind] + nth + 1}`,
      kind,
      link: name,
      region: regionOf(linkIndex).name,
      startUs: atUs,
      endUs: atUs + lengthUs,
      attributes: attributesOf(kind, { chance, linkIndex, ratePerSecond, nth, seed }),
      linkIndex,
    };
  });
}

/** Who and how much; the first scan of a day is vertical, the second horizontal. */
function attributesOf(
  kind: EventKind,
  { chance, linkIndex, ratePerSecond, nth, seed }: {
    chance: Chance;
    linkIndex: number;
    ratePerSecond: number;
    nth: number;
    seed: number;
  },
): LabelledEvent["attributes"] {
  const victim = () => insideHosts(linkIndex, seed)[chance.integer(30)]!.address;
  const round = (perSecond: number) => Math.round(perSecond * 10) / 10;
  if (kind === "surge") return { factor: round(chance.uniform(3, 6)) };
  if (kind === "outage") return { factor: Math.round(chance.uniform(0, 0.05) * 100) / 100 };
  if (kind === "port-scan") {
    const { address: source, country } = strangeHost(chance);
    const packetsPerSecond = round(Math.min(500, Math.max(5, ratePerSecond * chance.uniform(0.1, 0.4))));
    const vertical = nth === 0 || (nth !== 1 && chance.uniform() < 0.5);
    return vertical
      ? { direction: "vertical", source, country, target: victim(), packetsPerSecond }
      : { direction: "horizontal", source, country, port: chance.pick(SCANNED_PORTS), packetsPerSecond };
  }
  if (kind === "syn-flood") {
    const packetsPerSecond = round(Math.max(50, ratePerSecond * chance.uniform(1.5, 4)));
    return { target: victim(), port: chance.pick(FLOODED_PORTS), packetsPerSecond };
  }
  const { address: source, country } = strangeHost(chance);
  return {
    source,
    country,
    target: victim(),
    packetsPerSecond: round(ratePerSecond * chance.uniform(0.3, 0.6)),
  };
}
