/** What the monitor knows of traffic: links with their forecasts, alerts, anomalies, top talkers, dead letters. Pure. */
import type { IncomingRecord } from "../../kafka/port.ts";
import { readLinkWindow } from "../../records/processed_data.ts";
import { type Anomaly, readAnomaly } from "../../records/anomalies.ts";
import { type Alert, readAlert } from "../../records/alerts.ts";
import { readForecast, type TrafficForecast } from "../../records/forecasts.ts";
import { readDeadLetter } from "../../records/dead_letters/read.ts";
import { LagFollower } from "./lag.ts";
import {
  ACTIVE_ALERTS_MAX,
  EVENTS_MAX,
  EVIDENCE_LENGTH_MAX,
  LINKS_MAX,
  REASONS_MAX,
  RECENT_IDS_MAX,
  TALKERS_MAX,
} from "./limits.ts";
import { RecentIds } from "./recent_ids.ts";
import type { PartitionLag, Trend } from "./snapshot.ts";
import { plainName, plainText } from "../../runtime/plain_text.ts";
import { LinkSeries, type LinkView } from "./traffic_links.ts";

/** An alert, its names made harmless. */
export interface ShownAlert {
  readonly id: string;
  readonly link: string;
  readonly rule: string;
  /** `active` = raised, and still holding. */
  readonly state: "active" | "raised" | "cleared";
  readonly value: number;
  readonly threshold: number;
  readonly forecast: boolean;
  readonly evidence: string;
  /** Event time of its window, Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
}

/** An anomaly, its names made harmless. */
export interface ShownAnomaly {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly link: string;
  readonly score: number;
  readonly detector: string;
  readonly evidence: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Who sent the most in a link's newest window. */
export interface Talkers {
  readonly link: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
  /** Different sources. */
  readonly sources: number;
  /** Most bytes first. */
  readonly top: readonly { readonly source: string; readonly bytes: number }[];
}

/** How far a job is behind. */
export interface JobLag {
  /** `forecast` or `watch`. */
  readonly job: string;
  readonly lags: readonly PartitionLag[];
  readonly trend: Trend;
}

/** What is asked of the board: a link and a target by name; `null` = the busiest, the first. */
export interface TrafficChoice {
  readonly link: string | null;
  readonly target: string | null;
  /** Windows of the curves. */
  readonly points: number;
}

/** Everything at one moment. */
export interface TrafficSnapshot {
  /** Busiest first. */
  readonly links: readonly string[];
  readonly chosen: LinkView | null;
  readonly forecasts: number;
  /** Newest first. */
  readonly alerts: readonly ShownAlert[];
  readonly activeAlerts: number;
  readonly raised: number;
  readonly cleared: number;
  /** Newest first. */
  readonly anomalies: readonly ShownAnomaly[];
  /** By kind, most first. */
  readonly anomalyKinds: Readonly<Record<string, number>>;
  readonly anomalyCount: number;
  /** Of the chosen link, else of the one with the most bytes. */
  readonly talkers: Talkers | null;
  /** Of the jobs whose lag is known. */
  readonly lag: readonly JobLag[];
  readonly deadLettered: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  /** Dead letters of other topics than the jobs read. */
  readonly otherDeadLetters: number;
  /** Records that came again and were left out. */
  readonly repeated: number;
  readonly unreadable: number;
}

const OTHER_REASONS = "other reasons";
/** Letters of an id by which it is known. */
const ID_LENGTH_MAX = 400;

/** A record that a model made says so. */
interface Identified {
  readonly id: string;
  readonly model?: { readonly name: string };
}

/** Ids of different topics and models are different; a long one is known by its beginning. */
function idOf({ id, model }: Identified, topic: string): string {
  return `${topic} ${model?.name.slice(0, ID_LENGTH_MAX) ?? ""} ${id.slice(0, ID_LENGTH_MAX)}`;
}

/** Forecasts of one model for one link: windows of another length are another series. */
function seriesKeyOf({ link, model, observed: { start, end } }: TrafficForecast): string {
  return JSON.stringify([link, model.name, Date.parse(end) - Date.parse(start)]);
}

/** The newest so many, by id. */
class Newest<T extends { readonly startMs: number; readonly endMs: number }> {
  readonly #kept = new Map<string, T>();

  add(id: string, one: T): void {
    this.#kept.set(id, one);
    if (this.#kept.size > EVENTS_MAX) this.#kept.delete(this.#kept.keys().next().value!);
  }

  /** Newest window first; of the same window, the one that came last. */
  list(): T[] {
    return [...this.#kept.values()].reverse().toSorted((a, b) => b.endMs - a.endMs);
  }
}

/** Gathers the records of all topics. */
export class TrafficBoard {
  #windowMs = 0;
  /** Topics whose dead letters count. */
  readonly #inputs: ReadonlySet<string> | null;
  /** By link, model and length of the windows; the one that was silent longest first. */
  readonly #links = new Map<string, LinkSeries>();
  readonly #talkers = new Map<string, Talkers>();
  readonly #ids = new RecentIds(RECENT_IDS_MAX);
  readonly #alerts = new Newest<ShownAlert>();
  /** By link and rule: the alert that was raised last. */
  readonly #active = new Map<string, string>();
  readonly #anomalies = new Newest<ShownAnomaly>();
  readonly #kinds = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #lag = new Map<string, LagFollower>();
  #counts = {
    ...{ forecasts: 0, raised: 0, cleared: 0, anomalies: 0, repeated: 0, unreadable: 0 },
    ...{ deadLetters: 0, otherDeadLetters: 0 },
  };

  /** @param options `inputs`: the topics that the jobs read, whose dead letters count. @default every topic's */
  constructor({ inputs }: { readonly inputs?: readonly string[] } = {}) {
    this.#inputs = inputs === undefined ? null : new Set(inputs);
  }

  /** The record, where it is one and is new. */
  #take<T extends Identified>(record: T | null, topic: string): T | null {
    if (record === null) this.#counts.unreadable++;
    else if (!this.#ids.add(idOf(record, topic))) this.#counts.repeated++;
    else return record;
    return null;
  }

  /** Adds a record of `forecasts`. */
  addForecast(value: Uint8Array | null): void {
    const record = this.#take(readForecast(value), "forecasts");
    if (record === null) return;
    this.#counts.forecasts++;
    this.#windowMs = Date.parse(record.observed.end) - Date.parse(record.observed.start);
    const key = seriesKeyOf(record);
    const series = this.#links.get(key) ??
      new LinkSeries(plainName(record.link), plainName(record.model.name));
    this.#links.delete(key);
    this.#links.set(key, series);
    if (this.#links.size > LINKS_MAX) this.#links.delete(this.#links.keys().next().value!);
    series.add(record);
  }

  /** Length of the window of the newest forecast, ms; 0 before the first. */
  get windowMs(): number {
    return this.#windowMs;
  }

  /** Adds a record of `alerts`. */
  addAlert(value: Uint8Array | null): void {
    const record = this.#take(readAlert(value), "alerts");
    if (record === null) return;
    const alert = shownAlert(record);
    this.#alerts.add(alert.id, alert);
    const rule = JSON.stringify([record.link, record.rule, record.model.name]);
    this.#active.delete(rule);
    if (record.state === "cleared") return void this.#counts.cleared++;
    this.#counts.raised++;
    this.#active.set(rule, alert.id);
    if (this.#active.size > ACTIVE_ALERTS_MAX) this.#active.delete(this.#active.keys().next().value!);
  }

  /** Adds a record of `anomalies`. */
  addAnomaly(value: Uint8Array | null): void {
    const record = this.#take(readAnomaly(value), "anomalies");
    if (record === null) return;
    this.#counts.anomalies++;
    this.#kinds.set(record.kind, (this.#kinds.get(record.kind) ?? 0) + 1);
    this.#anomalies.add(record.id, shownAnomaly(record));
  }

  /** Adds a record of `processed-data`; only whole links are of use here. */
  addProcessed(value: Uint8Array | null): void {
    const record = readLinkWindow(value);
    if (record === undefined) return;
    if (record === null) return void this.#counts.unreadable++;
    const link = plainName(record.link);
    const [startMs, endMs] = [Date.parse(record.start), Date.parse(record.end)];
    if ((this.#talkers.get(link)?.endMs ?? -Infinity) > endMs) return;
    this.#talkers.delete(link);
    this.#talkers.set(link, {
      ...{ link, startMs, endMs, bytes: record.bytes, sources: record.sources },
      top: record.topSources.toSorted((a, b) => b.bytes - a.bytes).slice(0, TALKERS_MAX)
        .map(({ source, bytes }) => ({ source: plainName(source), bytes })),
    });
    if (this.#talkers.size > LINKS_MAX) this.#talkers.delete(this.#talkers.keys().next().value!);
  }

  /** Counts a record of `dead-letters`. */
  addDeadLetter(record: IncomingRecord): void {
    const { from, reason } = readDeadLetter(record, { topic: "", partition: 0 });
    if (this.#inputs !== null && (from === null || !this.#inputs.has(from.topic))) {
      return void this.#counts.otherDeadLetters++;
    }
    const named = plainName(reason);
    const counted = this.#reasons.has(named) || this.#reasons.size < REASONS_MAX ? named : OTHER_REASONS;
    this.#reasons.set(counted, (this.#reasons.get(counted) ?? 0) + 1);
    this.#counts.deadLetters++;
  }

  /** Takes the lags of a job at one moment. */
  addLag(job: string, lags: readonly PartitionLag[], nowMs: number): void {
    const follower = this.#lag.get(job) ?? new LagFollower();
    this.#lag.set(job, follower);
    follower.add(lags, nowMs);
  }

  /** Names of the links, busiest first; one that several models forecast is there once for each. */
  get links(): string[] {
    return [...this.#named()].toSorted(([, a], [, b]) => b.packets - a.packets).map(([name]) => name);
  }

  /** The series of a link, by its name in {@linkcode links}. */
  seriesOf(name: string): LinkSeries | undefined {
    return this.#named().get(name);
  }

  /** Series by name: the link's, with the model's where there are several, and a number where that is not enough. */
  #named(): Map<string, LinkSeries> {
    const named = new Map<string, LinkSeries>();
    const all = [...this.#links.values()];
    for (const series of all) {
      const alone = all.filter(({ link }) => link === series.link).length === 1;
      const name = alone ? series.link : `${series.link} by ${series.model}`;
      let unique = name;
      for (let n = 2; named.has(unique); n++) unique = `${name} #${n}`;
      named.set(unique, series);
    }
    return named;
  }

  /** Everything now. */
  snapshot({ link, target, points }: TrafficChoice): TrafficSnapshot {
    const { links } = this;
    const name = link !== null && links.includes(link) ? link : links[0];
    const series = name === undefined ? undefined : this.seriesOf(name);
    const view = series?.view(target, points) ?? null;
    const chosen = view === null ? null : { ...view, link: name! };
    const active = new Set(this.#active.values());
    const { anomalies: anomalyCount, ...counts } = this.#counts;
    return {
      ...counts,
      links,
      chosen,
      alerts: this.#alerts.list().map((alert) =>
        active.has(alert.id) ? { ...alert, state: "active" } : alert
      ),
      activeAlerts: active.size,
      anomalies: this.#anomalies.list(),
      anomalyKinds: descending(this.#kinds),
      anomalyCount,
      talkers: this.#talkersOf(series?.link),
      lag: [...this.#lag].map(([job, follower]) => ({ job, lags: follower.lags, trend: follower.trend })),
      deadLettered: descending(this.#reasons),
    };
  }

  #talkersOf(link: string | undefined): Talkers | null {
    const own = link === undefined ? undefined : this.#talkers.get(link);
    if (own !== undefined) return own;
    return [...this.#talkers.values()].reduce<Talkers | null>(
      (most, one) => most === null || one.bytes > most.bytes ? one : most,
      null,
    );
  }
}

function descending(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

function shownAlert(
  { id, link, rule, state, value, threshold, forecast, evidence, window }: Alert,
): ShownAlert {
  return {
    ...{ id, state, value, threshold, forecast },
    link: plainName(link),
    rule: plainName(rule),
    evidence: plainText(evidence, EVIDENCE_LENGTH_MAX),
    startMs: Date.parse(window.start),
    endMs: Date.parse(window.end),
  };
}

function shownAnomaly({ id, kind, subject, link, score, detector, evidence, window }: Anomaly): ShownAnomaly {
  return {
    ...{ id, kind, score },
    subject: plainName(subject.name),
    link: plainName(link),
    detector: plainName(detector),
    evidence: plainText(evidence, EVIDENCE_LENGTH_MAX),
    startMs: Date.parse(window.start),
    endMs: Date.parse(window.end),
  };
}
