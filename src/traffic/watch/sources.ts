/**
 * Unusual sources: one that was not seen before (from a country or a network that was not either, where that is so),
 * and one whose share of its link jumps. Only what matters: who sends a tenth of a link's packets, for three windows.
 * Small sources come and go on every link, and are reported nowhere but in the counts of distinct sources.
 */
import { formatCount } from "../../runtime/progress.ts";
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { countState, readState, timeState } from "../../stream/state.ts";
import { isoOf } from "../../records/formats/utc_time.ts";
import { type Report, type Span, spanState, widen } from "./finding.ts";
import { LeastRecent } from "./least_recent.ts";
import { COUNTRIES_MAX, GLIMPSED_MAX, PREFIXES_MAX, SOURCES_MAX } from "./limits.ts";
import { type LinkShare, WARM_UP_US } from "./links.ts";
import { RUN_MIN_US } from "./run.ts";

/** From this share of its link's packets on a new source matters. */
export const NEW_SHARE_MIN = 0.1;
/** From this share on, and from so many times its usual share, a known one does. */
export const JUMP_SHARE_MIN = 0.25;
export const JUMP_TIMES = 4;
/** A source is new for so long, µs. */
const NEW_FOR_US = 3_600_000_000;
/** Memory of a source's usual share, µs. */
const USUAL_US = 6 * 3_600_000_000;
/** An event is over when the source sent less for so long, µs. */
const QUIET_US = 600_000_000;

/** A final window of a source. Times in µs. */
export interface SourceWindow {
  readonly link: string;
  readonly source: string;
  /** `null` = not given. */
  readonly country: string | null;
  readonly start: number;
  readonly end: number;
  readonly packets: number;
  readonly bytes: number;
  readonly records: Span;
}

/** What is remembered of a source on a link. */
const sourceSchema = shape.object({
  /** Start of its first and of its last window. */
  born: timeState,
  seen: timeState,
  /** Exponentially weighted sum of its shares; over the weights it is the usual one. */
  shares: shape.number(),
  /** Windows in a row in which it mattered: start of the first, and their records. */
  since: timeState.nullable(),
  records: spanState,
  /** Last window of the event that was reported and goes on. */
  toldAt: timeState.nullable(),
});
type Source = ShapeOf<typeof sourceSchema>;

const timesSchema = shape.array(shape.tuple([shape.string(), timeState]));
const snapshotSchema = shape.object({
  sources: shape.array(shape.tuple([shape.string(), sourceSchema])),
  ...{ glimpsed: timesSchema, prefixes: timesSchema, countries: timesSchema },
  forgotten: countState,
});

/** Watches the sources of a partition. */
export class SourceWatch {
  readonly #advanceUs: number;
  readonly #sources: LeastRecent<Source>;
  /** Start of the first window of a source that has never been one of those, of a prefix, of a country. */
  readonly #glimpsed: LeastRecent<number>;
  readonly #prefixes: LeastRecent<number>;
  readonly #countries: LeastRecent<number>;

  /** From nothing, or from what {@linkcode SourceWatch.toJson} gave. */
  constructor({ advanceUs }: { readonly advanceUs: number }, state?: Json) {
    const kept = state === undefined
      ? { sources: [], glimpsed: [], prefixes: [], countries: [], forgotten: 0 }
      : readState(snapshotSchema, state, "sources");
    this.#advanceUs = advanceUs;
    this.#sources = new LeastRecent(SOURCES_MAX, { entries: kept.sources, forgotten: kept.forgotten });
    this.#glimpsed = new LeastRecent(GLIMPSED_MAX, { entries: kept.glimpsed });
    this.#prefixes = new LeastRecent(PREFIXES_MAX, { entries: kept.prefixes });
    this.#countries = new LeastRecent(COUNTRIES_MAX, { entries: kept.countries });
  }

  /** Sources that were evicted for want of room. */
  get forgotten(): number {
    return this.#sources.forgotten;
  }

  /** A final window of a source that sends too little to matter: it is not new when it sends more. */
  glimpse(
    { link, source, country, start }: Pick<SourceWindow, "link" | "source" | "country" | "start">,
  ): void {
    const key = `${source} ${link}`;
    bornOf(this.#prefixes, { key: `${prefixOf(source)} ${link}`, start });
    if (country !== null) bornOf(this.#countries, { key: `${country} ${link}`, start });
    // A flood of forged sources shall not make anyone forget those that matter.
    if (this.#sources.peek(key) === undefined) bornOf(this.#glimpsed, { key, start });
  }

  /** The next final window of a source, and what its link had in it. */
  take(
    window: SourceWindow,
    { total, report }: { readonly total: LinkShare; readonly report: Report },
  ): void {
    const { link, source, country, start, end, packets } = window;
    const key = `${source} ${link}`;
    let known = this.#sources.use(key);
    const share = packets / Math.max(total.packets, 1);
    if (known === undefined) {
      const born = this.#glimpsed.peek(key) ?? start;
      this.#glimpsed.drop(key);
      known = { born, seen: start, shares: 0, since: null, records: noRecords(), toldAt: null };
      this.#sources.keep(key, known);
    }
    const prefixBorn = bornOf(this.#prefixes, { key: `${prefixOf(source)} ${link}`, start });
    const countryBorn = country === null
      ? -Infinity
      : bornOf(this.#countries, { key: `${country} ${link}`, start });
    const usual = this.#usual(known, start);
    const isNew = (born: number) => born >= total.born + WARM_UP_US && start - born < NEW_FOR_US;
    const fresh = isNew(known.born);
    const matters = !total.young &&
      share >= (fresh ? NEW_SHARE_MIN : Math.max(JUMP_SHARE_MIN, JUMP_TIMES * usual));
    const wasAt = known.seen;
    this.#learn(known, { share, start });
    if (known.toldAt !== null) {
      if (share >= NEW_SHARE_MIN / 2) known.toldAt = start;
      else if (start - known.toldAt > QUIET_US) known.toldAt = null;
      if (known.toldAt !== null) return;
    }
    if (!matters) {
      known.since = null;
      return;
    }
    if (known.since === null || start - wasAt > this.#advanceUs) {
      known.since = start;
      known.records = noRecords();
    }
    widen(known.records, window.records);
    // On a small link any conversation is a tenth of it for a minute or two.
    if (start - known.since < 2 * Math.max(end - start, RUN_MIN_US)) return;
    known.toldAt = start;
    const kind = !fresh
      ? "source-share"
      : isNew(countryBorn)
      ? "new-country"
      : isNew(prefixBorn)
      ? "new-prefix"
      : "new-source";
    reportSource(window, { kind, known, share, usual, total, report });
  }

  /** The usual share at a time before the window that begins then; 0 for a source that has just come. */
  #usual({ born, seen, shares }: Source, start: number): number {
    const weight = 1 - Math.exp(-(start - born) / USUAL_US);
    return weight > 0 ? shares * Math.exp(-(start - seen) / USUAL_US) / weight : 0;
  }

  #learn(known: Source, { share, start }: { share: number; start: number }): void {
    known.shares = known.shares * Math.exp(-Math.max(start - known.seen, 0) / USUAL_US) +
      (1 - Math.exp(-this.#advanceUs / USUAL_US)) * share;
    known.seen = Math.max(start, known.seen);
  }

  /** The whole of it. */
  toJson(): Json {
    return {
      sources: [...this.#sources.entries()],
      glimpsed: [...this.#glimpsed.entries()],
      prefixes: [...this.#prefixes.entries()],
      countries: [...this.#countries.entries()],
      forgotten: this.#sources.forgotten,
    };
  }
}

/** When it was first seen: now, where it is not known. */
function bornOf(
  memory: LeastRecent<number>,
  { key, start }: { readonly key: string; readonly start: number },
): number {
  const born = memory.use(key);
  if (born !== undefined) return born;
  memory.keep(key, start);
  return start;
}

function noRecords(): Span {
  return { first: 0, last: 0, count: 0 };
}

/** The /24 of an IPv4 address, the /48 of an IPv6 address; of anything else the whole. */
export function prefixOf(address: string): string {
  if (!address.includes(":")) {
    const end = address.lastIndexOf(".");
    return end < 0 ? address : `${address.slice(0, end)}.0/24`;
  }
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  // What `::` stands for are zeros; only those among the first three groups matter.
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return groups.length < 8 ? address : `${groups.slice(0, 3).join(":")}::/48`;
}

const SAID = {
  "new-source": "not seen before",
  "new-prefix": "not seen before, nor anyone of its network",
  "new-country": "not seen before, nor anyone of its country",
  "source-share": "known",
} as const;

function reportSource(window: SourceWindow, { kind, known, share, usual, total, report }: {
  readonly kind: keyof typeof SAID;
  readonly known: Source;
  readonly share: number;
  readonly usual: number;
  readonly total: LinkShare;
  readonly report: Report;
}): void {
  const { link, source, country, end, packets, bytes } = window;
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const expected = kind === "source-share" ? usual : 0;
  const limit = kind === "source-share" ? Math.max(JUMP_SHARE_MIN, JUMP_TIMES * usual) : NEW_SHARE_MIN;
  const wherefrom = kind === "new-prefix"
    ? ` (${prefixOf(source)})`
    : country === null
    ? ""
    : ` (${country})`;
  report({
    kind,
    subject: { dimension: "source", name: source },
    link,
    score: share / (share + limit),
    detector: "source-share",
    evidence: `${source}${wherefrom}, ${SAID[kind]}${
      kind === "source-share" ? "" : ` (since ${isoOf(known.born)})`
    }, sends ${percent(share)} of the link's packets (${formatCount(packets)} of some ${
      formatCount(total.packets)
    }); expected were ${percent(expected)}, from ${percent(limit)} on it matters`,
    values: { share, usual, packets, bytes, linkPackets: total.packets },
    start: known.since!,
    end,
    records: { ...known.records },
  });
}
