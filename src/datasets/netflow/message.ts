/** What is known of an export message besides its flows. */

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
  /** The exporter began anew: its templates are forgotten. */
  "restart",
  /** A flow whose octets or packets no number can hold: left out. */
  "value",
  /** Flows came faster than they were taken: dropped. */
  "overrun",
] as const;

/** See {@linkcode NETFLOW_PROBLEMS}. */
export type NetflowProblemKind = typeof NETFLOW_PROBLEMS[number];

/** Beginning of the ids of a message's flows. */
export function idStart({ version, exporter, sourceId, exportUs, sequence }: MessageHeader): string {
  return `nf${version}/${exporter}/${sourceId}/${Math.floor(exportUs / 1e6)}-${sequence}-`;
}

/** When something happened that the header tells in milliseconds of the exporter's uptime, in µs. */
export function ofUptime({ exportUs, uptimeMs }: MessageHeader, ms: number): number {
  // The counter wraps every 49.7 days: the difference is what counts.
  return exportUs - ((uptimeMs ?? 0) - ms | 0) * 1_000;
}
