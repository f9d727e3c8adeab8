/**
 * Packets → windows of links, regions and sources, and what is unusual in them: what is done with one partition.
 *
 * Every record ends as exactly one of: a packet in the windows, a duplicate (counted), a dead letter. Windows are emitted
 * first, of links, then of regions, then of sources; detectors take those that are final, links first, and each packet
 * for the handshakes. No event is reported twice, and nothing depends on when records were read.
 */
import type { IncomingRecord, TopicPartition } from "../../kafka/port.ts";
import { jsonRecord } from "../../records/formats/json.ts";
import { deadLetter } from "../../records/dead_letters/print.ts";
import type { Rejection } from "../../records/dead_letters/reason.ts";
import type { Emit, WindowedJob, WindowedJobMaker } from "../../jobs/job.ts";
import type { Json } from "../../stream/json.ts";
import type { Anomaly } from "../../records/anomalies.ts";
import type { Processed } from "../../records/processed_data.ts";
import { type Emission, WindowedAggregation, type WindowSpec } from "../../stream/windows.ts";
import { admitPacket, missedMisfit } from "../misfit.ts";
import { RecentPackets } from "../recent_packets.ts";
import {
  type Dimension,
  figures,
  type FiguresAggregate,
  type FiguresResult,
  type LengthAggregate,
  processedOf,
  type Seen,
} from "./figures.ts";
import type { EstimateName } from "./estimate.ts";
import { anomalyOf, type Finding } from "./finding.ts";
import { Handshakes } from "./handshakes.ts";
import {
  OPEN_LINKS_MAX,
  OPEN_REGIONS_MAX,
  OPEN_SOURCES_MAX,
  SLIDING_STATES_MAX,
  SOURCE_PACKETS_MIN,
} from "./limits.ts";
import { Links, type LinkShare } from "./links.ts";
import { PortScans } from "./port_scan.ts";
import { SourceWatch } from "./sources.ts";
import { SynFloods } from "./syn_flood.ts";
import { readWatch, type WatchSnapshot } from "./watch_snapshot.ts";
import type { WatchTally } from "./watch_tally.ts";

/** What is watched, and how. */
export interface WatchOptions {
  readonly topics: { readonly processed: string; readonly anomalies: string; readonly deadLetter: string };
  /** Of the windows that detectors compare. */
  readonly windowUs: number;
  /** A new window begins this often; the length where windows do not overlap. */
  readonly advanceUs: number;
  /** Windows that are emitted in place of those that detectors compare. */
  readonly emitted?: SessionSpec | SlidingSpec | undefined;
  /** What else is emitted of each window. */
  readonly aggregates?: readonly LengthAggregate[];
  /** How far packets may be out of order. */
  readonly latenessUs: number;
  /** How long a closed window still takes late packets. */
  readonly graceUs: number;
  /** A packet so far ahead of its Kafka record's own time is a dead letter. */
  readonly futureMaxUs: number;
  /** Times in µs. */
  readonly emission: Emission;
  /** What estimates a link's packets and bytes. */
  readonly detector: EstimateName;
  /** Receives the counts. */
  readonly tally: WatchTally;
  /** Called with every window of a link that closes. */
  readonly onLinkWindow?: (window: Processed) => void;
  /** Called with every anomaly, including those published again after a crash. */
  readonly onAnomaly?: (anomaly: Anomaly) => void;
}

type SessionSpec = Extract<WindowSpec, { kind: "session" }>;
type SlidingSpec = Extract<WindowSpec, { kind: "sliding" }>;

/**
 * The windows of a watch. Detectors compare windows that are equally long and aligned: where others are to be emitted,
 * detectors go by tumbling ones of `usualUs` beside them.
 */
export function watchWindowsOf(
  spec: WindowSpec,
  usualUs: number,
): Pick<WatchOptions, "windowUs" | "advanceUs" | "emitted"> {
  if (spec.kind === "tumbling") return { windowUs: spec.size, advanceUs: spec.size };
  if (spec.kind === "hopping") return { windowUs: spec.size, advanceUs: spec.advance };
  return { windowUs: usualUs, advanceUs: usualUs, emitted: spec };
}

/** Makes the jobs of partitions. */
export class WatchJobs implements WindowedJobMaker {
  readonly signature: string;
  readonly #options: WatchOptions;

  constructor(options: WatchOptions) {
    const { windowUs, advanceUs, emission, detector, emitted, aggregates = [] } = options;
    this.#options = options;
    this.signature = `traffic-watch 1, window ${windowUs} µs, advance ${advanceUs} µs, ${
      JSON.stringify(emission)
    }, ${detector}${emitted === undefined ? "" : `, emitted ${JSON.stringify(emitted)}`}${
      aggregates.length === 0 ? "" : `, aggregates ${aggregates.join(" ")}`
    }`;
  }

  make(partition: TopicPartition, state: Json | null): WindowedJob {
    const options = this.#options;
    return new WatchJob(partition, { options, state: state === null ? null : readWatch(state, options) });
  }
}

type Windows = WindowedAggregation<Seen, ReturnType<FiguresAggregate["create"]>, FiguresResult["value"]>;

class WatchJob implements WindowedJob {
  readonly #partition: TopicPartition;
  readonly #options: WatchOptions;
  /** Of detectors, and emitted where no others are. */
  readonly #windows: Readonly<Record<Dimension, Windows>>;
  readonly #emitted: Readonly<Record<Dimension, Windows>> | null;
  readonly #recent: RecentPackets;
  readonly #links: Links;
  readonly #handshakes: Handshakes;
  readonly #scans: PortScans;
  readonly #floods: SynFloods;
  readonly #sources: SourceWatch;
  /** Highest time of a packet that is in a window. */
  #newestUs: number;
  /** What the clock or the packets have moved detectors on to. */
  #watermark: number;
  /** What the links that are being emitted have in their windows, by start and link: the sources' come right after. */
  readonly #totals = new Map<string, LinkShare>();

  constructor(partition: TopicPartition, { options, state }: {
    readonly options: WatchOptions;
    readonly state: WatchSnapshot | null;
  }) {
    this.#partition = partition;
    this.#options = options;
    const { windowUs, advanceUs, emitted, emission, aggregates } = options;
    const aligned: WindowSpec = advanceUs === windowUs
      ? { kind: "tumbling", size: windowUs }
      : { kind: "hopping", size: windowUs, advance: advanceUs };
    this.#windows = makeWindows(options, {
      ...{ spec: aligned, lengthUs: windowUs, state: state?.windows },
      ...(emitted === undefined ? { emission, aggregates } : { emission: { kind: "final" } }),
    });
    this.#emitted = emitted === undefined ? null : makeWindows(options, {
      ...{ spec: emitted, lengthUs: reachOf(emitted), emission, aggregates, state: state?.emitted },
    });
    this.#recent = new RecentPackets(state?.recent ?? null);
    this.#links = new Links(options, state?.links);
    this.#handshakes = new Handshakes(state?.handshakes);
    this.#scans = new PortScans(state?.scans);
    this.#floods = new SynFloods(state?.floods);
    this.#sources = new SourceWatch(options, state?.sources);
    this.#newestUs = state?.newestUs ?? -Infinity;
    this.#watermark = state?.expiredTo ?? -Infinity;
  }

  get watermark(): number {
    return this.#watermark;
  }

  get openUntil(): number {
    const { windowUs, advanceUs, emitted } = this.#options;
    return Math.max(
      this.#windows.link.hasOpen ? Math.floor(this.#newestUs / advanceUs) * advanceUs + windowUs : -Infinity,
      this.#emitted?.link.hasOpen ? this.#newestUs + reachOf(emitted!) : -Infinity,
    );
  }

  get open(): number {
    return [...Object.values(this.#windows), ...Object.values(this.#emitted ?? {})]
      .reduce((sum, { open }) => sum + open, 0);
  }

  take(records: readonly IncomingRecord[], emit: Emit): void {
    const { tally, latenessUs, futureMaxUs } = this.#options;
    for (const record of records) {
      const read = admitPacket(record, futureMaxUs);
      if ("reason" in read) {
        this.#bury(record, { misfit: read, emit });
        continue;
      }
      const { packet, link } = read;
      if (this.#recent.saw(link, packet.id)) {
        tally.duplicates++;
      } else {
        const watermark = Math.max(this.#newestUs, packet.timestamp) - latenessUs;
        if (watermark > this.#watermark) this.#moveOn(watermark, emit);
        this.#place({ packet, link, offset: record.offset }, { record, emit });
      }
    }
    this.#count();
  }

  advance(watermark: number, emit: Emit): void {
    const to = watermark === Infinity ? this.openUntil : watermark;
    if (to > this.#watermark) this.#moveOn(to, emit);
    this.#count();
  }

  snapshot(): Json {
    return {
      newestUs: Number.isFinite(this.#newestUs) ? this.#newestUs : null,
      expiredTo: Number.isFinite(this.#watermark) ? this.#watermark : null,
      windows: statesOf(this.#windows),
      ...(this.#emitted === null ? {} : { emitted: statesOf(this.#emitted) }),
      recent: this.#recent.toJson(),
      links: this.#links.toJson(),
      handshakes: this.#handshakes.toJson(),
      scans: this.#scans.toJson(),
      floods: this.#floods.toJson(),
      sources: this.#sources.toJson(),
    };
  }

  /** Puts a packet into its windows and before the detectors. */
  #place(seen: Seen, { record, emit }: { readonly record: IncomingRecord; readonly emit: Emit }): void {
    const { packet, link } = seen;
    const { timestamp } = packet;
    const { tally } = this.#options;
    const add = (dimension: Dimension, key: string) => {
      // What is too late or too much for the windows that are emitted is no packet of the detectors' either.
      const missed = this.#emitted?.[dimension].add(
        key,
        timestamp,
        seen,
        this.#watermark,
        (window) => this.#emitWindow(dimension, { window, emit }),
      ) ?? null;
      if (missed !== null) return missed;
      const late = this.#windows[dimension].add(
        key,
        timestamp,
        seen,
        this.#watermark,
        (window) => this.#takeWindow(dimension, { window, emit }),
      );
      return this.#emitted === null ? late : null;
    };
    const missed = add("link", link);
    if (missed !== null) return this.#bury(record, { misfit: missedMisfit(packet, missed), emit });
    if (timestamp > this.#newestUs) this.#newestUs = timestamp;
    tally.packets++;
    // Another window than the link's cannot be closed already, but there may be no room for it.
    const crowded = [
      packet.region === undefined ? null : add("region", keyOf(link, packet.region)),
      add("source", keyOf(link, packet.src)),
    ];
    if (crowded.some((missed) => missed !== null)) tally.crowded++;
    this.#handshakes.take(seen, this.#onOutcome(emit));
  }

  /** Time has come so far. */
  #moveOn(watermark: number, emit: Emit): void {
    const { advanceUs } = this.#options;
    const before = this.#watermark;
    this.#watermark = watermark;
    for (const dimension of DIMENSIONS) {
      this.#emitted?.[dimension].advance(
        watermark,
        (window) => this.#emitWindow(dimension, { window, emit }),
      );
      this.#windows[dimension].advance(watermark, (window) => this.#takeWindow(dimension, { window, emit }));
    }
    this.#totals.clear();
    // A window of a link without packets ends at such times, too.
    if (Math.floor(watermark / advanceUs) > Math.floor(before / advanceUs)) {
      this.#links.advance(watermark, this.#report(emit));
    }
    this.#handshakes.expire(watermark, this.#onOutcome(emit));
  }

  #onOutcome(emit: Emit): Parameters<Handshakes["take"]>[1] {
    return (attempt, succeeded) => {
      const report = this.#report(emit);
      if (!succeeded) this.#scans.fail(attempt, report);
      this.#floods.take(attempt, { succeeded, report });
    };
  }

  #takeWindow(
    dimension: Dimension,
    { window, emit }: { readonly window: FiguresResult; readonly emit: Emit },
  ): void {
    const { value: { observed, records, owner }, start, end, final, correction } = window;
    const { link } = owner;
    if (dimension === "source" && observed.packets < SOURCE_PACKETS_MIN) {
      if (final && !correction) this.#sources.glimpse({ ...owner, source: owner.name, start });
      return;
    }
    if (this.#emitted === null) this.#emitWindow(dimension, { window, emit });
    if (!final || correction) return;
    const { packets, bytes } = observed;
    const report = this.#report(emit);
    if (dimension === "link") {
      this.#totals.set(
        keyOf(link, String(start)),
        this.#links.take(link, { start, packets, bytes, records }, report),
      );
    } else if (dimension === "source") {
      const total = this.#totals.get(keyOf(link, String(start)));
      if (total === undefined) return;
      const { name: source, country } = owner;
      this.#sources.take({ link, source, country, start, end, packets, bytes, records }, { total, report });
    }
  }

  #emitWindow(
    dimension: Dimension,
    { window, emit }: { readonly window: FiguresResult; readonly emit: Emit },
  ): void {
    const { topics, tally, onLinkWindow } = this.#options;
    const { observed, owner } = window.value;
    if (dimension === "source" && observed.packets < SOURCE_PACKETS_MIN) return;
    const record = processedOf(dimension, window, { aligned: this.#emitted === null });
    emit(topics.processed, jsonRecord(owner.link, record));
    tally.windows++;
    if (dimension === "link" && record.final && !record.correction) onLinkWindow?.(record);
  }

  #report(emit: Emit): (finding: Finding) => void {
    const { topics, tally, onAnomaly } = this.#options;
    return (finding) => {
      const anomaly = anomalyOf(finding, this.#partition);
      tally.found(anomaly.kind);
      onAnomaly?.(anomaly);
      emit(topics.anomalies, jsonRecord(finding.link, anomaly));
    };
  }

  #bury(record: IncomingRecord, { misfit, emit }: { readonly misfit: Rejection; readonly emit: Emit }): void {
    const { tally, topics } = this.#options;
    tally.bury(misfit.reason);
    emit(topics.deadLetter, deadLetter(record, { ...misfit, from: this.#partition }));
  }

  #count(): void {
    const states = [...Object.values(this.#windows), ...Object.values(this.#emitted ?? {})]
      .reduce((sum, { states }) => sum + states, 0);
    this.#options.tally.keeps(this.#partition.partition, {
      states,
      forgotten: this.#links.forgotten + this.#sources.forgotten + this.#scans.forgotten +
        this.#floods.forgotten,
    });
  }
}

const DIMENSIONS = ["link", "region", "source"] as const;

const NAME_OF: Readonly<Record<Dimension, (seen: Seen) => string>> = {
  link: ({ link }) => link,
  region: ({ packet }) => packet.region ?? "",
  source: ({ packet }) => packet.src,
};
const OPEN_MAX: Readonly<Record<Dimension, number>> = {
  link: OPEN_LINKS_MAX,
  region: OPEN_REGIONS_MAX,
  source: OPEN_SOURCES_MAX,
};

/** How long after its only record a window ends, at the latest. */
function reachOf(spec: SessionSpec | SlidingSpec): number {
  return spec.kind === "session" ? spec.gap : spec.size + 2;
}

function makeWindows(
  { graceUs }: WatchOptions,
  { spec, lengthUs, emission, aggregates, state }: {
    readonly spec: WindowSpec;
    readonly lengthUs: number;
    readonly emission: Emission;
    readonly aggregates?: readonly LengthAggregate[] | undefined;
    readonly state: WatchSnapshot["windows"] | undefined;
  },
): Readonly<Record<Dimension, Windows>> {
  const make = (dimension: Dimension): Windows =>
    new WindowedAggregation({
      spec,
      aggregate: figures(lengthUs, { dimension, nameOf: NAME_OF[dimension], aggregates }),
      grace: graceUs,
      emission,
      keysMax: OPEN_MAX[dimension],
      openMax: spec.kind === "sliding" ? SLIDING_STATES_MAX : OPEN_MAX[dimension],
    }, state?.[dimension] ?? null);
  return { link: make("link"), region: make("region"), source: make("source") };
}

function statesOf({ link, region, source }: Readonly<Record<Dimension, Windows>>): WatchSnapshot["windows"] {
  return { link: link.toJson(), region: region.toJson(), source: source.toJson() };
}

/** Of two texts, either of which may have anything in it. */
function keyOf(link: string, name: string): string {
  return `${link.length} ${link} ${name}`;
}
