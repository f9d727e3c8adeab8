/** Fields of a flow record, by the numbers of their information elements → a packet record. */
import { LENGTH_MAX, type Packet, PACKETS_PER_RECORD_MAX } from "../../stream/traffic_records.ts";
import type { AddressTexts } from "../pcap/addresses.ts";
import { etherTypeName, protocolName } from "../pcap/dissect.ts";
import { type MessageHeader, ofUptime } from "./message.ts";

/** Elements that are read, https://www.iana.org/assignments/ipfix (v9 has the same numbers below 128). */
const IE = {
  OCTETS: [1, 85, 23],
  PACKETS: [2, 86, 24],
  /** Both directions of a connection in one record. */
  OCTETS_BY_SIDE: [231, 232],
  PACKETS_BY_SIDE: [298, 299],
  PROTOCOL: 4,
  TCP_FLAGS: 6,
  SRC_PORT: [7, 182, 180],
  DST_PORT: [11, 183, 181],
  SRC: { v4: 8, v6: 27, mac: 56 },
  DST: { v4: 12, v6: 28, mac: 80 },
  IP_VERSION: 60,
  ETHER_TYPE: 256,
  END_UPTIME: 21,
  SYSTEM_START_MILLISECONDS: 160,
  END_DELTA_MICROSECONDS: 159,
  /** Of the end, else of the observation. */
  MILLISECONDS: [153, 323],
  SECONDS: [151, 322],
  NTP: [155, 157, 324, 325],
} as const;

/** Bytes that an address has. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 8: 4, 12: 4, 27: 16, 28: 16, 56: 6, 80: 6 };
const NTP: ReadonlySet<number> = new Set(IE.NTP);
const NUMBERS: ReadonlySet<number> = new Set([
  ...[IE.OCTETS, IE.PACKETS, IE.OCTETS_BY_SIDE, IE.PACKETS_BY_SIDE, IE.SRC_PORT, IE.DST_PORT].flat(),
  ...[IE.MILLISECONDS, IE.SECONDS].flat(),
  ...[IE.PROTOCOL, IE.TCP_FLAGS, IE.IP_VERSION, IE.ETHER_TYPE, IE.END_UPTIME],
  ...[IE.SYSTEM_START_MILLISECONDS, IE.END_DELTA_MICROSECONDS],
]);
const ELEMENTS_MAX = 512;
/** Seconds from 1900, where NTP begins, to 1970; and of an NTP era, the next of which begins in 2036. */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;
const WORD = 2 ** 32;
const [TCP, UDP] = [6, 17] as const;

/** Whether flows of this number in IP's header have ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP;
}

/** Whether an element is worth reading. */
export function isRead(element: number): boolean {
  return NUMBERS.has(element) || NTP.has(element) || element in ADDRESS_BYTES;
}

/** One record at a time. */
export class FlowRecord {
  readonly #texts: AddressTexts;
  #bytes: Uint8Array = new Uint8Array(0);
  /** By element; of an address its place in the bytes, of an NTP time microseconds; NaN where there is none. */
  readonly #values = new Float64Array(ELEMENTS_MAX);

  constructor(texts: AddressTexts) {
    this.#texts = texts;
  }

  /** Begins a record. */
  clear(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#values.fill(NaN);
  }

  /** Takes a field of which {@linkcode isRead} holds; one of a length that its element cannot have is ignored. */
  take(element: number, { at, length }: { readonly at: number; readonly length: number }): void {
    const addressBytes = ADDRESS_BYTES[element];
    if (addressBytes !== undefined) {
      if (length === addressBytes) this.#values[element] = at;
    } else if (NTP.has(element)) {
      if (length === 8) this.#values[element] = ntpMicroseconds(this.#bytes, at);
    } else if (length >= 1 && length <= 8) {
      this.#values[element] = unsigned(this.#bytes, { at, length });
    }
  }

  /**
   * The record as a packet; `null` where it counts nothing: it is no flow.
   *
   * @throws {RangeError} where it counts more than a record may stand for.
   */
  packet(header: MessageHeader, id: string): Packet | null {
    const octets = this.#first(IE.OCTETS) ?? this.#sum(IE.OCTETS_BY_SIDE);
    const packets = this.#first(IE.PACKETS) ?? this.#sum(IE.PACKETS_BY_SIDE);
    if ((octets ?? 0) === 0 && (packets ?? 0) === 0) return null;
    if ((octets ?? 0) > LENGTH_MAX || (packets ?? 1) > PACKETS_PER_RECORD_MAX) {
      throw new RangeError(`a flow of ${octets} octets in ${packets} packets`);
    }
    const protocol = this.#first([IE.PROTOCOL]) ?? -1;
    const srcPort = this.#port(IE.SRC_PORT), dstPort = this.#port(IE.DST_PORT);
    const tcpFlags = this.#first([IE.TCP_FLAGS]);
    const withPorts = hasPorts(protocol) && srcPort !== null && dstPort !== null;
    return {
      id,
      timestamp: this.#timestamp(header),
      length: octets ?? 0,
      protocol: this.#protocolText(protocol),
      src: this.#address(IE.SRC),
      dst: this.#address(IE.DST),
      ...(withPorts ? { srcPort, dstPort } : {}),
      ...(protocol === TCP && tcpFlags !== null ? { tcpFlags: tcpFlags % 512 } : {}),
      packets: Math.max(1, packets ?? 1),
      link: header.link,
    };
  }

  #first(elements: readonly number[]): number | null {
    for (const element of elements) {
      const value = this.#values[element]!;
      if (!Number.isNaN(value)) return value;
    }
    return null;
  }

  #sum(elements: readonly number[]): number | null {
    const known = elements.map((element) => this.#values[element]!).filter((value) => !Number.isNaN(value));
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value);
  }

  #port(elements: readonly number[]): number | null {
    const port = this.#first(elements);
    return port !== null && port <= 65_535 ? port : null;
  }

  #protocolText(protocol: number): string {
    if (protocol >= 0 && protocol <= 255) return protocolName(protocol);
    const etherType = this.#first([IE.ETHER_TYPE]);
    return etherType !== null && etherType <= 65_535 ? etherTypeName(etherType) : "unknown";
  }

  /** Exporters that use one template for both versions of IP fill the other's address with zeros. */
  #address({ v4, v6, mac }: { readonly v4: number; readonly v6: number; readonly mac: number }): string {
    const at4 = this.#values[v4]!, at6 = this.#values[v6]!, atMac = this.#values[mac]!;
    const has4 = !Number.isNaN(at4), has6 = !Number.isNaN(at6);
    if (has4 && !(has6 && this.#isV6(at4))) return this.#texts.v4(this.#bytes, at4);
    if (has6) return this.#texts.v6(this.#bytes, at6);
    return Number.isNaN(atMac) ? "" : this.#texts.mac(this.#bytes, atMac);
  }

  #isV6(at4: number): boolean {
    const version = this.#first([IE.IP_VERSION]);
    return version === null ? unsigned(this.#bytes, { at: at4, length: 4 }) === 0 : version === 6;
  }

  /** When the flow ended; else when it was told. */
  #timestamp(header: MessageHeader): number {
    const time = this.#endUs(header);
    return time !== null && Number.isSafeInteger(time) && time >= 0 ? time : header.exportUs;
  }

  #endUs(header: MessageHeader): number | null {
    const ntp = this.#first(IE.NTP);
    if (ntp !== null) return ntp;
    const milliseconds = this.#first(IE.MILLISECONDS);
    if (milliseconds !== null) return milliseconds * 1_000;
    const uptimeMs = this.#first([IE.END_UPTIME]);
    const startMs = this.#first([IE.SYSTEM_START_MILLISECONDS]);
    if (uptimeMs !== null && startMs !== null) return (startMs + uptimeMs) * 1_000;
    if (uptimeMs !== null && header.uptimeMs !== null) return ofUptime(header, uptimeMs);
    const deltaUs = this.#first([IE.END_DELTA_MICROSECONDS]);
    if (deltaUs !== null) return header.exportUs - deltaUs;
    const seconds = this.#first(IE.SECONDS);
    return seconds === null ? null : seconds * 1e6;
  }
}

/** Up to 8 bytes; beyond 2^53 not exact. */
function unsigned(
  bytes: Uint8Array,
  { at, length }: { readonly at: number; readonly length: number },
): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + bytes[i]!;
  return value;
}

function ntpMicroseconds(bytes: Uint8Array, at: number): number {
  const seconds = unsigned(bytes, { at, length: 4 }) - NTP_TO_UNIX_SECONDS;
  const fraction = unsigned(bytes, { at: at + 4, length: 4 });
  return (seconds < 0 ? seconds + WORD : seconds) * 1e6 + Math.floor(fraction * 1e6 / WORD);
}
