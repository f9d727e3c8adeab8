/** What is known of an export message besides its flows. */
import { TextHash } from "../text_hash.ts";

/** The header, and who sent it. */
export interface MessageHeader {
  readonly version: 5 | 9 | 10;
  /** `host:port`. */
  readonly exporter: string;
  /** Of the packets. */
  readonly link: string;
  /** Engine (v5), source id (v9) or observation domain (IPFIX). */
  readonly sourceId: number;
  /** Of flows (v5, IPFIX: data records) or datagrams (v9), modulo 2^32. */
  readonly sequence: number;
  /** When it was sent, Unix time in microseconds. */
  readonly exportUs: number;
  /** Milliseconds since the exporter's start, modulo 2^32; `null` in IPFIX. */
  readonly uptimeMs: number | null;
}

/** What is wrong with a datagram. */
export interface NetflowProblem {
  readonly kind: NetflowProblemKind;
  readonly detail: string;
  /** Whether it is the first of its kind that is counted for its exporter. */
  readonly isFirst: boolean;
}

/** Kinds of problems. */
export const NETFLOW_PROBLEMS = [
  /** Another version, or no export at all. */
  "version",
  /** A length or a count that the bytes contradict; what is there is read. */
  "length",
  /** A template that cannot be: it is not taken. */
  "template",
  /** Data whose template did not come in time, or too many flows at once: dropped. */
  "dropped",
  /** A gap in the sequence: so much was lost on its way, or comes late. */
  "lost",
  /** The exporter restarted: its templates are forgotten. */
  "restart",
  /** A flow whose octets or packets no number can hold: left out. */
  "value",
  /** Flows came faster than they were taken: dropped. */
  "overrun",
  /** Bytes of a set that are no whole record and no padding: left out. */
  "rest",
  /** A set of an id that stands for nothing: left out. */
  "reserved",
  /** A flow of sampled traffic whose sampler is not known: its counts are as they came. */
  "unscaled",
  /** Templates of an exporter that was silent, or an exporter's oldest ones, or samplers: they went for newer ones. */
  "forgotten",
  /** Data that still waits for its template: not read yet. */
  "waiting",
  /** A record that counts neither octets nor packets (an event, an address translation): no flow. */
  "empty",
  /** A record about the exporter itself, sampling apart: no flow. */
  "options",
] as const;

/** What every healthy exporter sends: counted, and no reason to warn. */
export const HARMLESS_PROBLEMS: ReadonlySet<NetflowProblemKind> = new Set(["empty", "options", "waiting"]);

/** What was counted, in words that follow a number. */
export const PROBLEM_WORDS: Readonly<Record<NetflowProblemKind, string>> = {
  version: "datagrams of another version",
  length: "lengths that the bytes contradict",
  template: "templates that cannot be",
  dropped: "sets or flows dropped for want of a template in time",
  lost: "lost or late on their way",
  restart: "restarts",
  value: "flows that count more than a record may",
  overrun: "flows dropped because they came too fast",
  rest: "sets with bytes that are no record",
  reserved: "sets of an unknown kind",
  unscaled: "flows of an unknown sampler, not scaled",
  forgotten: "templates or samplers forgotten for newer ones",
  waiting: "sets that wait for their template",
  empty: "records without octets and packets",
  options: "records about the exporter itself",
};

/** See {@linkcode NETFLOW_PROBLEMS}. */
export type NetflowProblemKind = typeof NETFLOW_PROBLEMS[number];

const latin1 = new TextDecoder("latin1");

/**
 * Beginning of the ids of the flows in `bytes`: the same where the same datagram comes again. There are exporters whose
 * sequence stands still, so what the bytes hold counts, too.
 */
export function idStart(
  { version, exporter, sourceId, exportUs, sequence }: MessageHeader,
  bytes: Uint8Array,
): string {
  const hash = new TextHash().add(latin1.decode(bytes)).digits;
  return `nf${version}/${exporter}/${sourceId}/${Math.floor(exportUs / 1e6)}-${sequence}-${hash}-`;
}

/** When something happened that the header gives in milliseconds of the exporter's uptime, in µs. */
export function ofUptime({ exportUs, uptimeMs }: MessageHeader, ms: number): number {
  // The counter wraps every 49.7 days: the difference is what counts.
  return exportUs - ((uptimeMs ?? 0) - ms | 0) * 1_000;
}
