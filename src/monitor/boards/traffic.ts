/** What the monitor knows of traffic: links with their forecasts, alerts, anomalies, top talkers, dead letters. Pure. */
import type { IncomingRecord } from "../../kafka/port.ts";
import { readLinkWindow } from "../../records/processed_data.ts";
import { readAnomaly } from "../../records/anomalies.ts";
import { readAlert } from "../../records/alerts.ts";
import { readForecast, type TrafficForecast } from "../../records/forecasts.ts";
import { readDeadLetter } from "../../records/dead_letters/read.ts";
import { type Board, type Counters, countRecords, type TopicRecords, topicsOf } from "./board.ts";
import { NameCounts } from "./name_counts.ts";
import { Freshness } from "./freshness.ts";
import { LagFollower } from "./lag.ts";
import {
  ACTIVE_ALERTS_MAX,
  KINDS_MAX,
  LINKS_MAX,
  REASONS_MAX,
  RECENT_IDS_MAX,
  TALKERS_MAX,
} from "./limits.ts";
import { boundedId, RecentIds } from "./recent_ids.ts";
import type { PartitionLag, Trend } from "./snapshot.ts";
import { plainName } from "../../runtime/plain_text.ts";
import { Newest, type ShownAlert, shownAlert, type ShownAnomaly, shownAnomaly } from "./traffic_events.ts";
import { type LinkFigures, LinkSeries, type LinkView } from "./traffic_links.ts";

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
  /** How long no record has come, in ms, where that is longer than usual; else `null`. */
  readonly silentMs: number | null;
  /** Names, busiest first; one that several models forecast is there once for each. */
  readonly links: readonly string[];
  /** The same links, each with all its targets. */
  readonly linkFigures: readonly LinkFigures[];
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

const TRAFFIC_TOPICS = {
  forecasts: "forecasts",
  alerts: "alerts",
  anomalies: "anomalies",
  processed: "processed-data",
  deadLetters: "dead-letters",
};

/** What is watched. */
export interface TrafficBoardOptions {
  /** Unix ms. @default 0 */
  readonly nowMs?: number;
  /** The topics that the jobs read, whose dead letters count. @default every topic's */
  readonly inputs?: readonly string[];
  /** @default those of the traffic commands */
  readonly topics?: typeof TRAFFIC_TOPICS;
}

/** Gathers the records of all topics. */
export class TrafficBoard implements Board<TrafficSnapshot, TrafficChoice> {
  readonly #counters: Counters;
  /** The topics whose records it counts, each once. */
  readonly topics: readonly string[];
  readonly #freshness: Freshness;
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
  readonly #kinds = new NameCounts({ max: KINDS_MAX, others: "other" });
  readonly #reasons = new NameCounts({ max: REASONS_MAX, others: OTHER_REASONS });
  readonly #lag = new Map<string, LagFollower>();
  #counts = {
    ...{ forecasts: 0, raised: 0, cleared: 0, anomalies: 0, repeated: 0, unreadable: 0 },
    ...{ deadLetters: 0, otherDeadLetters: 0 },
  };

  constructor({ nowMs = 0, inputs, topics = TRAFFIC_TOPICS }: TrafficBoardOptions = {}) {
    this.#inputs = inputs === undefined ? null : new Set(inputs);
    this.#freshness = new Freshness(nowMs);
    this.#counters = [
      [topics.forecasts, ({ value }) => this.addForecast(value)],
      [topics.alerts, ({ value }) => this.addAlert(value)],
      [topics.anomalies, ({ value }) => this.addAnomaly(value)],
      [topics.processed, ({ value }) => this.addProcessed(value)],
      [topics.deadLetters, (record) => this.addDeadLetter(record)],
    ];
    this.topics = topicsOf(this.#counters);
  }

  /** Counts records of one of its topics. */
  take(records: TopicRecords, nowMs: number): void {
    countRecords(this.#counters, records, nowMs);
    if (records.records.length > 0) this.#freshness.take(nowMs);
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
    this.#freshness.usualMs = Date.parse(record.observed.end) - Date.parse(record.observed.start);
    const key = boundedId(seriesKeyOf(record));
    const series = this.#links.get(key) ??
      new LinkSeries(plainName(record.link), plainName(record.model.name));
    this.#links.delete(key);
    this.#links.set(key, series);
    if (this.#links.size > LINKS_MAX) this.#links.delete(this.#links.keys().next().value!);
    series.add(record);
  }

  /** Adds a record of `alerts`. */
  addAlert(value: Uint8Array | null): void {
    const record = this.#take(readAlert(value), "alerts");
    if (record === null) return;
    const alert = shownAlert(record);
    const rule = boundedId(JSON.stringify([record.link, record.rule, record.model.name]));
    this.#active.delete(rule);
    if (record.state === "cleared") this.#counts.cleared++;
    else {
      this.#counts.raised++;
      this.#active.set(rule, alert.id);
      if (this.#active.size > ACTIVE_ALERTS_MAX) this.#active.delete(this.#active.keys().next().value!);
    }
    this.#alerts.add(alert.id, alert, new Set(this.#active.values()));
  }

  /** Adds a record of `anomalies`; those of devices are no traffic. */
  addAnomaly(value: Uint8Array | null): void {
    const record = this.#take(readAnomaly(value), "anomalies");
    if (record === null || record.subject.dimension === "device") return;
    this.#counts.anomalies++;
    this.#kinds.add(record.kind);
    const anomaly = shownAnomaly(record);
    this.#anomalies.add(anomaly.id, anomaly);
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
    this.#reasons.add(plainName(reason));
    this.#counts.deadLetters++;
  }

  /** Takes the lags of a job at one moment. */
  takeLag(lags: readonly PartitionLag[], { nowMs, job }: { nowMs: number; job: string }): void {
    const follower = this.#lag.get(job) ?? new LagFollower();
    this.#lag.set(job, follower);
    follower.add(lags, nowMs);
  }

  /** Series by name: the link's, with the model's where there are several, and a number where that is not enough. */
  #named(): [string, LinkSeries][] {
    const named = new Map<string, LinkSeries>();
    const all = [...this.#links.values()];
    for (const series of all) {
      const alone = all.filter(({ link }) => link === series.link).length === 1;
      const name = alone ? series.link : `${series.link} by ${series.model}`;
      let unique = name;
      for (let n = 2; named.has(unique); n++) unique = `${name} #${n}`;
      named.set(unique, series);
    }
    return [...named].toSorted(([, a], [, b]) => b.packets - a.packets);
  }

  /** Everything now. */
  snapshot(nowMs: number, choice: Partial<TrafficChoice> = {}): TrafficSnapshot {
    const { link = null, target = null, points = 2 } = choice;
    const named = this.#named();
    const [name, series] = named.find(([one]) => one === link) ?? named[0] ?? [];
    const view = series?.view(target, points) ?? null;
    const active = new Set(this.#active.values());
    const { anomalies: anomalyCount, ...counts } = this.#counts;
    return {
      ...counts,
      links: named.map(([one]) => one),
      linkFigures: named.flatMap(([one, series]) => series.figures(one) ?? []),
      chosen: view === null ? null : { ...view, link: name! },
      alerts: this.#alerts.list().map((alert) =>
        active.has(alert.id) ? { ...alert, state: "active" } : alert
      ),
      activeAlerts: active.size,
      anomalies: this.#anomalies.list(),
      anomalyKinds: this.#kinds.descending(),
      anomalyCount,
      talkers: this.#talkersOf(series?.link),
      lag: [...this.#lag].map(([job, follower]) => ({ job, lags: follower.lags, trend: follower.trend })),
      deadLettered: this.#reasons.descending(),
      silentMs: this.#freshness.silentMs(nowMs),
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
