/**
 * Packets → forecasts and alerts: what is done with one partition.
 *
 * packet → tumbling windows per link, in event time → the window's figures → history → forecast of the next window,
 * with its interval and the score of the one before → rules → alerts.
 *
 * Every record ends as exactly one of: a packet in a window, a duplicate (counted), a dead letter. A clock that goes
 * backwards makes late packets, and nothing else.
 */
import { shape } from "../records/formats/shape.ts";
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";
import { jsonRecord } from "../records/formats/json.ts";
import { deadLetter } from "../records/dead_letters/print.ts";
import type { Rejection } from "../records/dead_letters/reason.ts";
import type { Emit, WindowedJob, WindowedJobMaker } from "../jobs/job.ts";
import type { Json } from "../stream/json.ts";
import { partState, readState, timeState } from "../stream/state.ts";
import type { Alert } from "../records/alerts.ts";
import type { TrafficForecast } from "../records/forecasts.ts";
import { type Emission, WindowedAggregation } from "../stream/windows.ts";
import type { AlertPolicy } from "./alerts.ts";
import type { ForecastTally } from "./forecast_tally.ts";
import { windowsNeeded } from "./model/inputs.ts";
import {
  ALERT_WINDOWS_MAX,
  EMPTY_WINDOWS_MAX,
  FORECASTS_KEPT_MAX,
  LINK_NUMBERS_MAX,
  LINKS_MAX,
  RESIDUALS_MAX,
} from "./limits.ts";
import { LinkForecasts, type LinkSetting, type TrafficWindow } from "./link_forecasts.ts";
import { admitPacket, missedMisfit } from "./misfit.ts";
import type { TrafficModel } from "./model/model.ts";
import { observed, type ObservedState, type WindowValues } from "./observed.ts";
import { RecentPackets } from "./recent_packets.ts";
import type { Packet } from "../records/packets/schema.ts";

/** What forecasts are made of, beside the packets. */
export interface ForecastJobsOptions {
  readonly model: TrafficModel;
  readonly topics: { readonly forecasts: string; readonly alerts: string; readonly deadLetter: string };
  /** How far packets may be out of order. */
  readonly latenessUs: number;
  /** How long a closed window still takes late packets. */
  readonly graceUs: number;
  /** A packet so far ahead of its Kafka record's own time is a dead letter. */
  readonly futureMaxUs: number;
  /** Times in µs. */
  readonly emission: Emission;
  readonly coverage: number;
  readonly alerts: AlertPolicy;
  /** Receives the counts. */
  readonly tally: ForecastTally;
  /** Called with the forecast of every window that closes. */
  readonly onForecast?: (forecast: TrafficForecast) => void;
  /** Called with every alert, including those published again after a crash. */
  readonly onAlert?: (alert: Alert) => void;
  /** @default LINKS_MAX, fewer where a link keeps much */
  readonly linksMax?: number;
}

/** How many links a partition may keep, see {@linkcode LINKS_MAX} and {@linkcode LINK_NUMBERS_MAX}. */
export function linksMaxOf(
  model: TrafficModel,
  { alerts: { rules }, graceUs }: Pick<ForecastJobsOptions, "alerts" | "graceUs">,
): number {
  const targets = model.targets.length;
  const ranked = new Set(
    rules.flatMap(({ quantity, threshold }) => threshold.kind === "quantile" ? [quantity] : []),
  );
  const numbers = windowsNeeded(model) * 6 + targets * RESIDUALS_MAX + ranked.size * ALERT_WINDOWS_MAX +
    keptOf(model, graceUs) * (targets * 4 + 8);
  return Math.max(1, Math.min(LINKS_MAX, Math.floor(LINK_NUMBERS_MAX / numbers)));
}

/** Windows whose forecasts may be asked for by a late packet, and the one before. */
function keptOf({ windowUs }: TrafficModel, graceUs: number): number {
  return Math.min(Math.ceil(graceUs / windowUs) + 2, FORECASTS_KEPT_MAX);
}

/** The job of a partition. */
export interface AlertingJob extends WindowedJob {
  /** Alerts that are raised, of all links. */
  readonly alertsActive: number;
}

/** Makes the jobs of partitions; all of them use the same model, which can be exchanged. */
export class ForecastJobs implements WindowedJobMaker {
  readonly signature: string;
  readonly #options: ForecastJobsOptions;
  #model: TrafficModel;

  constructor(options: ForecastJobsOptions) {
    const { model, emission } = options;
    this.#options = options;
    this.#model = model;
    this.signature = `traffic-forecast 1, window ${model.windowUs} µs, ${JSON.stringify(emission)}`;
  }

  /** The model that forecasts now. */
  get model(): TrafficModel {
    return this.#model;
  }

  /**
   * From the next window on another model forecasts. Histories stay; where it looks back further than the one before,
   * the last value answers until there are enough windows.
   *
   * @returns why it cannot take the place of the one before; `null` where it did
   */
  swap(model: TrafficModel): string | null {
    const { windowUs, targets } = this.#model;
    if (model.windowUs !== windowUs) {
      return `its windows are ${model.windowUs / 1e6} s long, those here ${windowUs / 1e6} s`;
    }
    const missing = targets.filter((target) => !model.targets.includes(target));
    if (missing.length > 0) return `it does not forecast ${missing.join(", ")}`;
    this.#model = model;
    return null;
  }

  make(partition: TopicPartition, state: Json | null): AlertingJob {
    return new ForecastJob(partition, { jobs: this, options: this.#options, state });
  }
}

const snapshotSchema = shape.object({
  newestUs: timeState.nullable(),
  windows: partState,
  recent: partState,
  links: shape.array(shape.tuple([shape.string(), partState])),
});

class ForecastJob implements AlertingJob {
  readonly #partition: TopicPartition;
  readonly #jobs: ForecastJobs;
  readonly #options: ForecastJobsOptions;
  readonly #setting: LinkSetting;
  readonly #linksMax: number;
  readonly #windows: WindowedAggregation<Packet, ObservedState, WindowValues>;
  readonly #recent: RecentPackets;
  /** The one whose window closed last is the last. */
  readonly #links: Map<string, LinkForecasts>;
  /** Highest time of a packet that is in a window. */
  #newestUs: number;

  constructor(partition: TopicPartition, { jobs, options, state }: {
    readonly jobs: ForecastJobs;
    readonly options: ForecastJobsOptions;
    readonly state: Json | null;
  }) {
    const snapshot = state === null ? null : readState(snapshotSchema, state, "forecasts");
    const { model } = jobs;
    const { graceUs, emission, coverage, alerts } = options;
    this.#partition = partition;
    this.#jobs = jobs;
    this.#options = options;
    this.#setting = { coverage, policy: alerts, keep: keptOf(model, graceUs) };
    this.#linksMax = options.linksMax ?? linksMaxOf(model, options);
    this.#windows = new WindowedAggregation({
      spec: { kind: "tumbling", size: model.windowUs },
      aggregate: observed(model.windowUs),
      grace: graceUs,
      emission,
      keysMax: this.#linksMax,
      emptyMax: EMPTY_WINDOWS_MAX,
    }, snapshot?.windows ?? null);
    this.#recent = new RecentPackets(snapshot?.recent ?? null);
    this.#links = new Map(
      snapshot?.links.map(([link, state]) => [link, this.#createLink(link, state)]),
    );
    this.#newestUs = snapshot?.newestUs ?? -Infinity;
  }

  get watermark(): number {
    return Math.max(this.#windows.watermark, this.#newestUs - this.#options.latenessUs);
  }

  get openUntil(): number {
    if (!this.#windows.hasOpen) return -Infinity;
    const { windowUs } = this.#jobs.model;
    return (Math.floor(this.#newestUs / windowUs) + 1) * windowUs;
  }

  get open(): number {
    return this.#windows.open;
  }

  get alertsActive(): number {
    return this.#links.values().reduce((sum, { alertsActive }) => sum + alertsActive, 0);
  }

  take(records: readonly IncomingRecord[], emit: Emit): void {
    const { tally, futureMaxUs } = this.#options;
    const onWindow = (window: TrafficWindow) => this.#emitWindow(window, emit);
    for (const record of records) {
      const read = admitPacket(record, futureMaxUs);
      if ("reason" in read) {
        this.#bury(record, { misfit: read, emit });
        continue;
      }
      const { packet, link } = read;
      if (this.#recent.saw(link, packet.id)) {
        tally.duplicates++;
        continue;
      }
      const { timestamp } = packet;
      const watermark = Math.max(this.#newestUs, timestamp) - this.#options.latenessUs;
      const missed = this.#windows.add(link, timestamp, packet, watermark, onWindow);
      if (missed !== null) {
        this.#bury(record, { misfit: missedMisfit(packet, missed), emit });
        continue;
      }
      if (timestamp > this.#newestUs) this.#newestUs = timestamp;
      tally.packets++;
    }
  }

  advance(watermark: number, emit: Emit): void {
    this.#windows.advance(watermark, (window) => this.#emitWindow(window, emit));
  }

  snapshot(): Json {
    return {
      newestUs: Number.isFinite(this.#newestUs) ? this.#newestUs : null,
      windows: this.#windows.toJson(),
      recent: this.#recent.toJson(),
      links: [...this.#links].map(([link, forecasts]) => [link, forecasts.toJson()]),
    };
  }

  #emitWindow(window: TrafficWindow, emit: Emit): void {
    const { topics: { forecasts, alerts }, tally, onForecast, onAlert } = this.#options;
    const { model } = this.#jobs;
    const link = this.#linkOf(window.key);
    const key = window.key;
    if (!window.final) return emit(forecasts, jsonRecord(key, link.preview(window, model)));
    if (window.correction) {
      tally.corrections++;
      return emit(forecasts, jsonRecord(key, link.correct(window, model)));
    }
    const news = link.close(window, model);
    this.#count(news.forecast);
    onForecast?.(news.forecast);
    emit(forecasts, jsonRecord(key, news.forecast));
    for (const alert of news.alerts) {
      if (alert.state === "raised") tally.raised++;
      else tally.cleared++;
      onAlert?.(alert);
      emit(alerts, jsonRecord(key, alert));
    }
    if (this.#links.size > 1) { // the last one from now on
      this.#links.delete(key);
      this.#links.set(key, link);
    }
  }

  #count({ by, scored }: TrafficForecast): void {
    const { tally } = this.#options;
    tally.windows++;
    if (by === "network") tally.byNetwork++;
    else tally.byBaseline++;
    if (scored?.by !== "network") return;
    for (const inside of Object.values(scored.inside)) {
      tally.scored++;
      if (inside) tally.inside++;
    }
  }

  #linkOf(name: string): LinkForecasts {
    let link = this.#links.get(name);
    if (link !== undefined) return link;
    if (this.#links.size >= this.#linksMax) {
      const [oldest] = this.#links.keys();
      this.#links.delete(oldest!);
      this.#options.tally.linksForgotten++;
    }
    link = this.#createLink(name, null);
    this.#links.set(name, link);
    return link;
  }

  #createLink(link: string, state: Json): LinkForecasts {
    return new LinkForecasts(link, { model: this.#jobs.model, setting: this.#setting, state });
  }

  #bury(record: IncomingRecord, { misfit, emit }: { readonly misfit: Rejection; readonly emit: Emit }): void {
    const { tally, topics } = this.#options;
    tally.bury(misfit.reason);
    emit(topics.deadLetter, deadLetter(record, { ...misfit, from: this.#partition }));
  }
}
