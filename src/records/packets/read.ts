/** A record of `packets` → a packet, or the reason why it is none. Checked by hand: there are very many of them. */
import type { IncomingRecord } from "../../kafka/port.ts";
import { undecodableBurial } from "../dead_letters/print.ts";
import type { Rejection } from "../dead_letters/reason.ts";
import { readJson } from "../formats/json.ts";
import type { Packet } from "./schema.ts";
import {
  ADDRESS_CHARS_MAX,
  COUNTRY_CHARS_MAX,
  LENGTH_MAX,
  LINK_CHARS_MAX,
  PACKET_BYTES_MAX,
  PACKET_ID_CHARS_MAX,
  PACKETS_PER_RECORD_MAX,
  PORT_MAX,
  PROTOCOL_CHARS_MAX,
  REGION_CHARS_MAX,
  TCP_FLAGS_MAX,
} from "../limits.ts";
import { PacketScanner } from "./scan.ts";

/** A packet and its link, or why there is none. */
export type ReadPacket = { readonly packet: Packet; readonly link: string } | Rejection;

/** What a record without a key and without `link` is counted under. */
export const DEFAULT_LINK = "default";

const scanner = new PacketScanner();

/** Reads a record; the link is the packet's own, else the record's key, else {@linkcode DEFAULT_LINK}. */
export function readPacket(record: IncomingRecord): ReadPacket {
  const undecodable = undecodableBurial(record);
  if (undecodable !== null) return undecodable;
  const { key, value } = record;
  const scanned = value === null || value.length > PACKET_BYTES_MAX ? null : scanner.scan(value);
  if (scanned !== null) return { packet: scanned, link: scanned.link ?? linkOf(key) };
  const found = readJson(value, PACKET_BYTES_MAX);
  if (!("json" in found)) return found;
  const wrong = whatIsWrong(found.json);
  if (wrong !== null) return { reason: "not-a-packet", detail: wrong };
  const packet = found.json as Packet;
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

/** The first field that is not as the schema wants it; `null` where all are. One by one: a table of checks is slower. */
function whatIsWrong(json: unknown): string | null {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "an object is wanted";
  const packet = json as Partial<Record<keyof Packet, unknown>>;
  if (!isText(packet.id, PACKET_ID_CHARS_MAX)) return "id: text is wanted";
  if (!isCount(packet.timestamp)) return "timestamp: whole microseconds since 1970 are wanted";
  if (!isCount(packet.length) || packet.length > LENGTH_MAX) {
    return `length: whole bytes are wanted, ${LENGTH_MAX} at most`;
  }
  if (!isText(packet.protocol, PROTOCOL_CHARS_MAX)) return "protocol: text is wanted";
  if (!isAddress(packet.src)) return "src: an address is wanted";
  if (!isAddress(packet.dst)) return "dst: an address is wanted";
  const { srcPort, dstPort, tcpFlags, packets, sampling, link, region, country } = packet;
  if (srcPort !== undefined && !isPort(srcPort)) return "srcPort: a port is wanted, or none";
  if (dstPort !== undefined && !isPort(dstPort)) return "dstPort: a port is wanted, or none";
  if (tcpFlags !== undefined && !(isCount(tcpFlags) && tcpFlags <= TCP_FLAGS_MAX)) {
    return `tcpFlags: a number from 0 to ${TCP_FLAGS_MAX} is wanted, or none`;
  }
  if (packets !== undefined && !(isCount(packets) && packets >= 1 && packets <= PACKETS_PER_RECORD_MAX)) {
    return `packets: a whole number from 1 to ${PACKETS_PER_RECORD_MAX} is wanted, or none`;
  }
  if (sampling !== undefined && !isSampling(sampling)) {
    return `sampling: a number above 1, at most ${PACKETS_PER_RECORD_MAX}, is wanted, or none`;
  }
  if (link !== undefined && !isText(link, LINK_CHARS_MAX)) return "link: text is wanted, or none";
  if (region !== undefined && !isText(region, REGION_CHARS_MAX)) return "region: text is wanted, or none";
  if (country !== undefined && !isText(country, COUNTRY_CHARS_MAX)) return "country: text is wanted, or none";
  return null;
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= charsMax;
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && value.length <= ADDRESS_CHARS_MAX;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPort(value: unknown): boolean {
  return isCount(value) && value <= PORT_MAX;
}

function isSampling(value: unknown): boolean {
  return typeof value === "number" && value > 1 && value <= PACKETS_PER_RECORD_MAX;
}
