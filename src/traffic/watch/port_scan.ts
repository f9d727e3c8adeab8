/**
 * Port scans: a source whose handshakes with many different targets (host and port) fail within a minute, against what
 * is usual for it. Counts failures, as Jung, Paxson, Berger and Balakrishnan 2004 (Fast Portscan Detection Using
 * Sequential Hypothesis Testing) do: who knows a network does not fail. Distinct targets, so that one service that is
 * down and asked over and over is no scan.
 */
import { formatCount } from "../../runtime/progress.ts";
import { shape } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { countState, readState, timeState } from "../../stream/state.ts";
import type { Report } from "./finding.ts";
import type { Attempt } from "./handshakes.ts";
import { LeastRecent } from "./least_recent.ts";
import { SUSPECTS_MAX, TARGETS_MAX } from "./limits.ts";

/** Failed targets are counted over so long, µs. */
export const SCAN_SPAN_US = 60_000_000;
/** A source with fewer failed targets is no scanner. */
export const SCAN_TARGETS_MIN = 15;
/** Times its usual that a source must fail with. */
const TIMES_USUAL = 4;
/** The usual number is forgotten at this rate a span. */
const USUAL_DECAY = 0.9;
/** A scan has ended when so long no target failed; what comes after is another one, µs. */
const QUIET_US = 600_000_000;

/** What is known of a source: failed targets with time and offset of the last attempt, the oldest first. */
interface Suspect {
  targets: Map<string, readonly [time: number, offset: number]>;
  usual: number;
  /** When the usual number was last brought up to date. */
  since: number;
  /** Of a scan that goes on: time of its last failure; else `null`. */
  scannedAt: number | null;
}

/** Each: name, what is known beside its targets, and those. */
const suspectSchema = shape.tuple([
  shape.string(),
  shape.object({ usual: shape.number(), since: timeState, scannedAt: timeState.nullable() }),
  shape.array(shape.tuple([shape.string(), shape.tuple([timeState, countState])])),
]);
const scansSchema = shape.object({ entries: shape.array(suspectSchema), forgotten: countState });

/** Watches the sources of a partition. */
export class PortScans {
  readonly #suspects: LeastRecent<Suspect>;

  /** From nothing, or from what {@linkcode PortScans.toJson} gave. */
  constructor(state?: Json) {
    const { entries, forgotten } = state === undefined
      ? { entries: [], forgotten: 0 }
      : readState(scansSchema, state, "scans");
    this.#suspects = new LeastRecent(SUSPECTS_MAX, {
      entries: entries.map(([key, rest, targets]) => [key, { ...rest, targets: new Map(targets) }]),
      forgotten,
    });
  }

  /** Sources with failed handshakes that were evicted for want of room. */
  get forgotten(): number {
    return this.#suspects.forgotten;
  }

  /** A handshake has failed. */
  fail({ link, src, dst, port, time, offset }: Attempt, report: Report): void {
    const key = `${src} ${link}`;
    let suspect = this.#suspects.use(key);
    if (suspect === undefined) {
      suspect = { targets: new Map(), usual: 0, since: time, scannedAt: null };
      this.#suspects.keep(key, suspect);
    }
    const { targets } = suspect;
    forget(targets, time - SCAN_SPAN_US);
    if (suspect.scannedAt !== null && time - suspect.scannedAt > QUIET_US) suspect.scannedAt = null;
    if (time - suspect.since >= SCAN_SPAN_US) {
      const spans = (time - suspect.since) / SCAN_SPAN_US;
      const now = suspect.scannedAt === null ? targets.size : 0;
      suspect.usual = Math.max(now, suspect.usual * USUAL_DECAY ** spans);
      suspect.since = time;
    }
    const target = `${port} ${dst}`;
    targets.delete(target);
    targets.set(target, [time, offset]);
    if (targets.size > TARGETS_MAX) targets.delete(targets.keys().next().value!);
    if (suspect.scannedAt !== null) {
      suspect.scannedAt = Math.max(suspect.scannedAt, time);
    } else if (targets.size >= Math.max(SCAN_TARGETS_MIN, TIMES_USUAL * suspect.usual)) {
      suspect.scannedAt = time;
      reportScan({ link, src, suspect }, report);
    }
  }

  /** The whole of it. */
  toJson(): Json {
    const entries = [...this.#suspects.entries()].map((
      [key, { targets, ...rest }],
    ) => [key, rest, [...targets]] as const);
    return { entries, forgotten: this.forgotten };
  }
}

/** Targets that were tried last before `time` are forgotten. */
function forget(targets: Suspect["targets"], time: number): void {
  for (const [target, [tried]] of targets) {
    if (tried >= time) return;
    targets.delete(target);
  }
}

function reportScan(
  { link, src, suspect: { targets, usual } }: { link: string; src: string; suspect: Suspect },
  report: Report,
): void {
  const names = [...targets.keys()].map((target) => target.split(" "));
  const ports = new Set(names.map(([port]) => port)).size;
  const hosts = new Set(names.map(([, host]) => host)).size;
  const times = [...targets.values()].map(([time]) => time);
  const offsets = [...targets.values()].map(([, offset]) => offset);
  const start = Math.min(...times), end = Math.max(...times) + 1;
  const seconds = ((end - start) / 1e6).toFixed(1);
  const found = targets.size;
  const shape = hosts >= ports ? "horizontal" : "vertical";
  report({
    kind: "port-scan",
    subject: { dimension: "source", name: src },
    link,
    score: 1 - (usual + 1) / (found + 1),
    detector: "failed-handshakes",
    evidence:
      `${src} failed to connect to ${formatCount(found)} different targets (${count(ports, "port")} on ` +
      `${count(hosts, "host")}: a ${shape} scan) within ${seconds} s; usual for it are at most ${
        formatCount(usual)
      } a minute, ${SCAN_TARGETS_MIN} make a scan`,
    values: { targets: found, ports, hosts, usual, seconds: (end - start) / 1e6 },
    start,
    end,
    records: { first: Math.min(...offsets), last: Math.max(...offsets), count: found },
  });
}

function count(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? "" : "s"}`;
}
