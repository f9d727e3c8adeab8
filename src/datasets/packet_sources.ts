/** Where `traffic capture` takes packets from: the traffic model, a capture, or exporters of flows. */
import { timeText, toMicroseconds } from "../runtime/time.ts";
import { basename } from "node:path";
import {
  collectNetflow,
  HARMLESS_PROBLEMS,
  type NetflowSummary,
  PROBLEM_WORDS,
  type ProblemCounts,
} from "./netflow/mod.ts";
import { describeCapture, openCapture } from "./pcap/mod.ts";
import { parseTimestamp } from "./timestamp.ts";
import {
  createTrafficModel,
  EVENT_KINDS,
  type EventKind,
  expectedRateAt,
  type LabelledEvent,
  RATE_PER_SECOND_MAX,
  type TrafficModelOptions,
} from "./traffic_model/mod.ts";
import { UserError } from "../runtime/errors.ts";
import type { Log } from "../runtime/log.ts";
import { formatCount, formatRate } from "../runtime/progress.ts";
import { didYouMean } from "../runtime/suggest.ts";
import type { Packet } from "../records/packets/schema.ts";

/** A Monday. */
const DEFAULT_START = "2026-01-05T00:00:00Z";

/** Packets, and the events that begin with them. */
export interface PacketBatch {
  readonly packets: readonly Packet[];
  readonly events: readonly LabelledEvent[];
}

/** Packets that can be gone through once. */
export interface PacketSource {
  /** Whether the packets are the model's. */
  readonly simulated: boolean;
  readonly batches: AsyncIterable<PacketBatch>;
  /** Link of a packet that names none. */
  readonly link: string;
  /** Times the recorded pace; 0 = as fast as possible. */
  readonly speed: number;
  /** What a user should know when all is read, a sentence each. @throws {UserError} where nothing was understood. */
  notes(): string[];
  /** For the line of progress: what was not used so far; empty where there is nothing. */
  readonly note?: () => string;
  /** What the summary says besides, as JSON. */
  readonly facts?: () => Readonly<Record<string, unknown>>;
}

/** The settings that count here. */
export interface SourceSettings {
  readonly simulate: boolean;
  readonly pcap: string | undefined;
  readonly netflow: string | undefined;
  readonly sampling: "scale" | "ignore" | number;
  readonly link: string | undefined;
  readonly links: number;
  readonly start: string | undefined;
  readonly seed: number;
  readonly rate: number;
  readonly speed: number | undefined;
  readonly events: readonly string[];
  /** In seconds. */
  readonly duration: number | undefined;
}

/** Where packets can come from, each the key of a setting. */
export type SourceKind = "simulate" | "pcap" | "netflow";

/** What surrounds a source. */
export interface SourceContext {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly kind: SourceKind;
}

/** Lines about exporters that are said of a run; all is counted. */
const LINES_SAID_MAX = 100;

/**
 * Opens the source that was chosen.
 *
 * @param context.signal ends a source that does not end by itself
 * @throws {UserError} (exit code 2) for a value that is none; from the batches for what cannot be read
 */
export function openPackets(settings: SourceSettings, context: SourceContext): PacketSource {
  if (context.kind === "simulate") return simulated(settings, context);
  return context.kind === "pcap" ? captured(settings, settings.pcap!) : collected(settings, context);
}

async function* withoutEvents(batches: AsyncIterable<Packet[]>): AsyncIterable<PacketBatch> {
  for await (const packets of batches) yield { packets, events: [] };
}

async function* asynchronous(batches: Iterable<PacketBatch>): AsyncIterable<PacketBatch> {
  yield* batches;
}

/** @throws {UserError} (exit code 2) */
function eventKinds(words: readonly string[]): readonly EventKind[] {
  if (words.length === 1 && words[0] === "none") return [];
  const unknown = words.find((word) => !(EVENT_KINDS as readonly string[]).includes(word));
  if (unknown === undefined) return words as readonly EventKind[];
  throw new UserError(`--events: there is no kind of event '${unknown}'`, {
    hint: unknown === "none" ? "none stands alone" : didYouMean(unknown, [...EVENT_KINDS, "none"]),
    exitCode: 2,
  });
}

/** @throws {UserError} (exit code 2) */
function startOf(text: string): number {
  const ms = text === "now" ? Date.now() : Date.parse(parseTimestamp(text) ?? "");
  if (ms >= 0) return ms * 1_000;
  throw new UserError(`--start must be a time from 1970 on, ISO 8601, or now: found '${text}'`, {
    hint: "--start 2026-01-05T08:00:00Z",
    exitCode: 2,
  });
}

function simulated(settings: SourceSettings, { log }: SourceContext): PacketSource {
  const { seed, rate, links, link, duration } = settings;
  if (rate === 0) {
    throw new UserError("--rate is the mean of the simulated packets per second: it must be above 0", {
      hint: "for as fast as possible add --speed 0",
      exitCode: 2,
    });
  }
  if (rate > RATE_PER_SECOND_MAX) {
    const most = formatCount(RATE_PER_SECOND_MAX);
    throw new UserError(`--rate ${rate} is too much: up to ${most} packets per second are simulated`, {
      hint: "for as fast as possible add --speed 0",
      exitCode: 2,
    });
  }
  const startUs = startOf(settings.start ?? DEFAULT_START);
  const options: TrafficModelOptions = {
    seed,
    ratePerSecond: rate,
    startUs,
    links,
    events: eventKinds(settings.events),
    ...(link === undefined ? {} : { linkName: link }),
    ...(duration === undefined ? {} : { endUs: startUs + toMicroseconds(duration) }),
  };
  const at = timeText(startUs / 1_000).replace(/\.000Z$/, "Z");
  const now = formatRate(expectedRateAt(options, startUs));
  log.info(
    `traffic from ${at} on: weekly mean ${formatRate(rate)} packets/s, now ${now}`,
  );
  return {
    simulated: true,
    batches: asynchronous(createTrafficModel(options)),
    link: "",
    speed: settings.speed ?? 1,
    notes: () => [],
  };
}

function captured(settings: SourceSettings, path: string): PacketSource {
  const name = path === "-" ? "standard input" : path;
  const link = settings.link ??
    (path === "-" ? "live" : basename(path).replace(/\.gz$/i, "").replace(/(.)\.[^.]*$/, "$1").slice(0, 200));
  const capture = openCapture(path, { flag: "--pcap", link });
  return {
    simulated: false,
    batches: withoutEvents(capture.batches),
    link,
    // What comes on standard input comes at its own pace.
    speed: settings.speed ?? 0,
    notes: () => {
      const summary = capture.summary();
      const notes = describeCapture(summary, name);
      if (summary.packets > 0 || summary.unknownLinkTypes.size === 0) return notes;
      throw new UserError(`no frame of ${name} could be decoded: ${notes.join("; ")}`, {
        hint: "link types that are: Ethernet, raw IP, Linux cooked (v1 and v2), BSD null",
      });
    },
  };
}

function collected(settings: SourceSettings, { signal, log }: SourceContext): PacketSource {
  const [, hostname, port] = /^\[?(.+?)\]?:(\d+)$/.exec(settings.netflow!)!;
  const { sampling } = settings;
  let said = 0;
  const collecting = collectNetflow({
    hostname: hostname!,
    port: Number(port),
    signal,
    link: settings.link,
    sampling,
    onListening: ({ hostname, port }) => log.info(`listening on ${hostname}:${port} (UDP)`),
    onProblem: ({ kind, detail, isFirst }, exporter) => {
      if (isFirst && !HARMLESS_PROBLEMS.has(kind) && said++ < LINES_SAID_MAX) {
        log.warn(`${exporter}: ${detail}`);
      } else log.debug(`${exporter}: ${detail}`);
    },
    onSampling: (interval, exporter) => {
      if (said++ < LINES_SAID_MAX) log.info(`${exporter}: ${describeSampling(interval, sampling)}`);
    },
  });
  return {
    simulated: false,
    batches: withoutEvents(collecting.batches),
    link: "netflow",
    speed: 0,
    notes: () => describeUnused(collecting.summary()),
    note: () => {
      const count = unusedCount(collecting.summary().problems);
      return count === 0 ? "" : `not used ${formatCount(count)}`;
    },
    facts: () => {
      const { datagrams, flows, sampled, unused } = collecting.summary();
      const byExporter = [...unused].map(([exporter, counts]) => [exporter, Object.fromEntries(counts)]);
      return { datagrams, flows, sampled, unused: Object.fromEntries(byExporter) };
    },
  };
}

function describeSampling(interval: number, sampling: SourceSettings["sampling"]): string {
  const found = `it looks at one of ${formatCount(interval)} packets`;
  if (sampling === "ignore") return `${found}; its counts stay as they are (--sampling ignore)`;
  const factor = sampling === "scale" ? interval : sampling;
  return `${found}; octets and packets are multiplied by ${
    factor.toLocaleString("en-US")
  } (--sampling ${sampling})`;
}

function unusedCount(counts: ProblemCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** A line for each exporter, the ones with most first. */
function describeUnused({ unused }: NetflowSummary): string[] {
  const exporters = [...unused].sort(([, a], [, b]) => unusedCount(b) - unusedCount(a));
  const lines = exporters.slice(0, LINES_SAID_MAX).map(([exporter, counts]) => {
    const reasons = [...counts].map(([kind, count]) => `${formatCount(count)} ${PROBLEM_WORDS[kind]}`);
    return `not used of ${exporter}: ${reasons.join(", ")}`;
  });
  const more = exporters.length - lines.length;
  return more === 0 ? lines : [...lines, `not used of ${more} more exporters: --json lists them`];
}
