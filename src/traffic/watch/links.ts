/** The links of a partition: what is expected of each, and whether it is what comes. */
import { shape } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { countState, partState, readState, timeState } from "../../stream/state.ts";
import { Changes } from "./changes.ts";
import { Estimate, type EstimateName } from "./estimate.ts";
import type { Report, Span } from "./finding.ts";
import { LeastRecent } from "./least_recent.ts";
import { LINKS_MAX } from "./limits.ts";
import { Outages } from "./outage.ts";

/** In the first part of a link's life nothing is reported of its traffic and its sources: it is being learned, µs. */
export const WARM_UP_US = 1_800_000_000;
/** Windows without packets that are counted at once, after a longer pause none. */
const EMPTY_MAX = 1_440;

/** How a link's packets and bytes are estimated. */
export interface LinkOptions {
  readonly windowUs: number;
  readonly advanceUs: number;
  readonly detector: EstimateName;
}

/** What a final window of a link has. */
export interface LinkTotals {
  readonly start: number;
  readonly packets: number;
  readonly bytes: number;
  readonly records: Span;
}

/** What was found of it, for those that compare with the whole link. */
export interface LinkShare {
  /** Packets and bytes of the link; where more was expected, that. */
  readonly packets: number;
  readonly bytes: number;
  /** Whether the link is still being learned. */
  readonly young: boolean;
  readonly born: number;
}

interface Link {
  /** Start of its first window, and of the next that is to come. */
  readonly born: number;
  next: number;
  /** Offset of its last record in a window that is final. */
  lastOffset: number;
  readonly packets: Estimate;
  readonly bytes: Estimate;
  readonly outages: Outages;
  readonly changes: Changes;
}

/** Estimates and watches links. */
export class Links {
  readonly #options: LinkOptions;
  readonly #links: LeastRecent<Link>;

  /** From nothing, or from what {@linkcode Links.toJson} gave. */
  constructor(options: LinkOptions, state?: Json) {
    this.#options = options;
    const kept = state === undefined
      ? { entries: [], forgotten: 0 }
      : readState(snapshotSchema, state, "links");
    this.#links = new LeastRecent(LINKS_MAX, {
      entries: kept.entries.map(([name, link]): [string, Link] => [name, {
        ...link,
        packets: new Estimate(options.detector, link.packets),
        bytes: new Estimate(options.detector, link.bytes),
        outages: new Outages(link.outages),
        changes: new Changes(link.changes),
      }]),
      forgotten: kept.forgotten,
    });
  }

  /** Links that were evicted for want of room. */
  get forgotten(): number {
    return this.#links.forgotten;
  }

  /** The next final window with packets, in the order of time. */
  take(name: string, totals: LinkTotals, report: Report): LinkShare {
    const { start } = totals;
    let link = this.#links.use(name);
    if (link === undefined) {
      // The first window begins anywhere within itself: it says nothing about the link.
      const { detector, advanceUs } = this.#options;
      link = {
        born: start,
        next: start + advanceUs,
        lastOffset: totals.records.last,
        ...{
          packets: new Estimate(detector),
          bytes: new Estimate(detector),
          outages: new Outages(),
          changes: new Changes(),
        },
      };
      this.#links.keep(name, link);
      return { packets: totals.packets, bytes: totals.bytes, young: true, born: start };
    }
    this.#fill(name, { link, to: start, report });
    link.next = start + this.#options.advanceUs;
    link.lastOffset = totals.records.last;
    return this.#judge(name, { link, totals, report });
  }

  /** Everything before `watermark` has come: windows that end by then and were not taken have no packets. */
  advance(watermark: number, report: Report): void {
    const { advanceUs, windowUs } = this.#options;
    // The start of the first window that has not ended.
    const to = (Math.floor((watermark - windowUs) / advanceUs) + 1) * advanceUs;
    for (const [name, link] of this.#links.entries()) this.#fill(name, { link, to, report });
  }

  #fill(name: string, { link, to, report }: { link: Link; to: number; report: Report }): void {
    const { advanceUs } = this.#options;
    // Of no record at all, the one before is named.
    const records = { first: link.lastOffset, last: link.lastOffset, count: 0 };
    for (let n = 0; link.next < to && n < EMPTY_MAX; n++, link.next += advanceUs) {
      this.#judge(name, { link, totals: { start: link.next, packets: 0, bytes: 0, records }, report });
    }
    link.next = Math.max(link.next, to);
  }

  #judge(
    name: string,
    { link, totals: { start, packets, bytes, records }, report }: {
      link: Link;
      totals: LinkTotals;
      report: Report;
    },
  ): LinkShare {
    const { windowUs, detector } = this.#options;
    const endMs = (start + windowUs) / 1_000;
    const packetsScore = link.packets.update(packets, endMs);
    const bytesScore = link.bytes.update(bytes, endMs);
    const { expected: expectedPackets, level: levelPackets } = link.packets;
    const { expected: expectedBytes, level: levelBytes } = link.bytes;
    const young = start - link.born < WARM_UP_US;
    if (!young) {
      const window = {
        ...{ link: name, start, end: start + windowUs, size: windowUs, packets, bytes, records, detector },
        ...{ expectedPackets, expectedBytes, levelPackets, levelBytes, packetsScore, bytesScore },
      };
      const outage = link.outages.take(window, report);
      link.changes.take(window, { outage, report });
    }
    return {
      packets: Math.max(packets, levelPackets),
      bytes: Math.max(bytes, levelBytes),
      young,
      born: link.born,
    };
  }

  /** The whole of it. */
  toJson(): Json {
    const entries = [...this.#links.entries()].map(([name, link]) =>
      [name, {
        ...{ born: link.born, next: link.next, lastOffset: link.lastOffset },
        packets: link.packets.toJson(),
        bytes: link.bytes.toJson(),
        outages: link.outages.toJson(),
        changes: link.changes.toJson(),
      }] as const
    );
    return { entries, forgotten: this.forgotten };
  }
}

const linkSchema = shape.object({
  ...{ born: timeState, next: timeState, lastOffset: countState },
  ...{ packets: partState, bytes: partState, outages: partState, changes: partState },
});
const snapshotSchema = shape.object({
  entries: shape.array(shape.tuple([shape.string(), linkSchema])),
  forgotten: countState,
});
