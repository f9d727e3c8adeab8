/** A record of `packets` → a packet, or the reason why it is none. Checked by hand: there are very many of them. */
import type { IncomingRecord } from "../../kafka/port.ts";
import { undecodableBurial } from "../dead_letters/print.ts";
import type { Packet } from "./schema.ts";
import { LENGTH_MAX, PACKETS_PER_RECORD_MAX } from "../limits.ts";
import { LINK_CHARS_MAX, PACKET_BYTES_MAX } from "../limits.ts";
import { PacketScanner } from "./scan.ts";

/** Why a record is no packet: the value of the dead letter's `streamflow.reason` header. */
export type NotAPacket = "tombstone" | "undecodable" | "too-large" | "not-json" | "not-a-packet";

/** A packet and its link, or why there is none. */
export type ReadPacket =
  | { readonly packet: Packet; readonly link: string }
  | {
    readonly reason: NotAPacket;
    readonly detail: string;
    readonly more?: Readonly<Record<string, string>>;
  };

/** What a record without a key and without `link` is counted under. */
export const DEFAULT_LINK = "default";

const decoder = new TextDecoder("utf-8", { fatal: true });
const scanner = new PacketScanner();

/** Reads a record; the link is the packet's own, else the record's key, else {@linkcode DEFAULT_LINK}. */
export function readPacket(record: IncomingRecord): ReadPacket {
  const undecodable = undecodableBurial(record);
  if (undecodable !== null) return undecodable;
  const { key, value } = record;
  if (value === null) return { reason: "tombstone", detail: "the record has no value" };
  if (value.length > PACKET_BYTES_MAX) {
    return { reason: "too-large", detail: `${value.length} bytes, ${PACKET_BYTES_MAX} are allowed` };
  }
  const scanned = scanner.scan(value);
  if (scanned !== null) return { packet: scanned, link: scanned.link ?? linkOf(key) };
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(value));
  } catch (error) {
    return { reason: "not-json", detail: (error as Error).message };
  }
  const wrong = whatIsWrong(json);
  if (wrong !== null) return { reason: "not-a-packet", detail: wrong };
  const packet = json as Packet;
  return { packet, link: packet.link ?? linkOf(key) };
}

/** Keys come over and over: the last one's text is kept. */
let lastKey: Uint8Array = new Uint8Array(0);
let lastLink = DEFAULT_LINK;

function linkOf(key: Uint8Array | null): string {
  if (key === null || key.length === 0) return DEFAULT_LINK;
  if (!isSame(key, lastKey)) {
    lastLink = new TextDecoder().decode(key).slice(0, LINK_CHARS_MAX);
    lastKey = new Uint8Array(key); // a slice of a Buffer would be a view
  }
  return lastLink;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The first field that is not as the schema wants it; `null` where all are. */
function whatIsWrong(json: unknown): string | null {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "an object is wanted";
  const packet = json as Partial<Record<keyof Packet, unknown>>;
  if (!isText(packet.id, 200)) return "id: text is wanted";
  if (!isCount(packet.timestamp)) {
    return "timestamp: whole microseconds since 1970 are wanted";
  }
  if (!isCount(packet.length) || packet.length > LENGTH_MAX) {
    return `length: whole bytes are wanted, ${LENGTH_MAX} at most`;
  }
  if (!isText(packet.protocol, 32)) return "protocol: text is wanted";
  if (!isAddress(packet.src)) return "src: an address is wanted";
  if (!isAddress(packet.dst)) return "dst: an address is wanted";
  if (!isOptional(packet.srcPort, isPort)) return "srcPort: a port is wanted, or none";
  if (!isOptional(packet.dstPort, isPort)) return "dstPort: a port is wanted, or none";
  if (!isOptional(packet.tcpFlags, (flags) => isCount(flags) && flags <= 511)) {
    return "tcpFlags: a number from 0 to 511 is wanted, or none";
  }
  if (
    !isOptional(
      packet.packets,
      (packets) => isCount(packets) && packets >= 1 && packets <= PACKETS_PER_RECORD_MAX,
    )
  ) {
    return `packets: a whole number from 1 to ${PACKETS_PER_RECORD_MAX} is wanted, or none`;
  }
  if (!isOptional(packet.link, (link) => isText(link, LINK_CHARS_MAX))) {
    return "link: text is wanted, or none";
  }
  if (!isOptional(packet.region, (region) => isText(region, 100))) return "region: text is wanted, or none";
  if (!isOptional(packet.country, (country) => isText(country, 10))) {
    return "country: text is wanted, or none";
  }
  return null;
}

function isOptional(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value);
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= charsMax;
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && value.length <= 64;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPort(value: unknown): boolean {
  return isCount(value) && value <= 65_535;
}
