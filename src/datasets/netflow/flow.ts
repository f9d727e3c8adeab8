/** Fields of a flow record, by the numbers of their information elements → a packet record. */
import type { Packet } from "../../records/packets/schema.ts";
import { LENGTH_MAX, PACKETS_PER_RECORD_MAX } from "../../records/limits.ts";
import type { AddressTexts } from "../pcap/addresses.ts";
import { etherTypeName, protocolName } from "../pcap/dissect.ts";
import { type MessageHeader, ofUptime } from "./message.ts";

/** In place of an element's number: it is of a company of its own, or not read. */
export const NOT_READ = 0;
/** Company of the elements of the reverse direction, RFC 5103: the numbers are those of the forward one. */
const REVERSE_ENTERPRISE = 29_305;
/** Added to the numbers of its elements. */
const REVERSE = 512;

/** Elements that are read, https://www.iana.org/assignments/ipfix (v9 has the same numbers below 128). */
const IE = {
  /** Since the last report; else, of a few exporters, since the flow's beginning. */
  OCTETS: [1, 85],
  PACKETS: [2, 86],
  /** As they went out: the ones that count where nothing came in. */
  OCTETS_OUT: [23, 171],
  PACKETS_OUT: [24, 172],
  /** Both directions of a connection in one record, as Cisco's firewalls have them. */
  OCTETS_BY_SIDE: [231, 232],
  PACKETS_BY_SIDE: [298, 299],
  /** With the headers below IP, where nothing else is counted. */
  OCTETS_LAYER_2: [352, 353],
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
  /** Which sampler: of PSAMP, of Cisco's; which interface, where each has its own. */
  SELECTOR: 302,
  SAMPLER: 48,
  INTERFACE: 10,
  DOMAIN: 149,
  /** One of how many, written out. */
  INTERVAL: [34, 50],
  /** So many of so many: packets and then a space, or a time and then a space, or a choice of a population. */
  INTERVAL_AND_SPACE: [[305, 306], [307, 308]],
  CHOICE: [309, 310],
  PROBABILITY: 311,
} as const;

/** Bytes that an address has. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 8: 4, 12: 4, 27: 16, 28: 16, 56: 6, 80: 6 };
const NTP: ReadonlySet<number> = new Set(IE.NTP);
const COUNTERS: ReadonlySet<number> = new Set([
  ...[IE.OCTETS, IE.PACKETS, IE.OCTETS_OUT, IE.PACKETS_OUT, IE.OCTETS_LAYER_2].flat(),
]);
const NUMBERS: ReadonlySet<number> = new Set([
  ...COUNTERS,
  ...[IE.OCTETS_BY_SIDE, IE.PACKETS_BY_SIDE, IE.SRC_PORT, IE.DST_PORT].flat(),
  ...[IE.MILLISECONDS, IE.SECONDS, IE.INTERVAL, IE.INTERVAL_AND_SPACE.flat(), IE.CHOICE].flat(),
  ...[IE.PROTOCOL, IE.TCP_FLAGS, IE.IP_VERSION, IE.ETHER_TYPE, IE.END_UPTIME],
  ...[IE.SYSTEM_START_MILLISECONDS, IE.END_DELTA_MICROSECONDS],
  ...[IE.SELECTOR, IE.SAMPLER, IE.INTERFACE, IE.DOMAIN],
]);
/** Elements that are read, and how a field of theirs is named here: a place in the record's values. */
const SLOTS = new Uint8Array(2 * REVERSE);
let slots = 1;
for (let element = 1; element < REVERSE; element++) {
  if (
    NUMBERS.has(element) || NTP.has(element) || element in ADDRESS_BYTES || element === IE.PROBABILITY
  ) SLOTS[element] = slots++;
  if (COUNTERS.has(element)) SLOTS[REVERSE + element] = slots++;
}
/** Seconds from 1900, where NTP begins, to 1970; and of an NTP era, the next of which begins in 2036. */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;
const WORD = 2 ** 32;
const [TCP, UDP] = [6, 17] as const;

/** Whether flows of this number in IP's header have ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP;
}

/** What a flow counts, scaled. */
interface Counts {
  readonly octets: number;
  readonly packets: number;
}

/** Whether it is more than a record may stand for. */
export function isTooLarge({ octets, packets }: Counts): boolean {
  return octets > LENGTH_MAX || packets > PACKETS_PER_RECORD_MAX;
}

/** The same in words. */
export function tooLargeText({ octets, packets }: Counts): string {
  return `a flow of ${octets} octets in ${packets} packets`;
}

/** What {@linkcode FlowRecord.take} takes for an element, or {@linkcode NOT_READ}. */
export function elementRead(
  element: number,
  { enterprise = 0 }: { readonly enterprise?: number } = {},
): number {
  const code = enterprise === REVERSE_ENTERPRISE ? REVERSE + element : element;
  if (element >= REVERSE || enterprise !== 0 && code === element) return NOT_READ;
  return SLOTS[code] === 0 ? NOT_READ : code;
}

/** How often a flow counts, where its traffic was sampled. */
export interface FlowScale {
  readonly id: string;
  /** Octets and packets are multiplied by it. */
  readonly interval: number;
}

/** One record at a time. */
export class FlowRecord {
  readonly #texts: AddressTexts;
  #bytes: Uint8Array = new Uint8Array(0);
  /** By {@linkcode SLOTS}; of an address its place in the bytes, of an NTP time microseconds; NaN where there is none. */
  readonly #values = new Float64Array(slots);

  constructor(texts: AddressTexts) {
    this.#texts = texts;
  }

  /** Begins a record. */
  clear(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#values.fill(NaN);
  }

  /** Takes a field of which {@linkcode elementRead} is the number; one of a length that its element cannot have is ignored. */
  take(element: number, { at, length }: { readonly at: number; readonly length: number }): void {
    const addressBytes = ADDRESS_BYTES[element];
    if (addressBytes !== undefined) {
      if (length === addressBytes) this.#values[SLOTS[element]!] = at;
    } else if (NTP.has(element)) {
      if (length === 8) this.#values[SLOTS[element]!] = ntpMicroseconds(this.#bytes, at);
    } else if (element === IE.PROBABILITY) {
      this.#values[SLOTS[element]!] = float(this.#bytes, { at, length });
    } else if (length >= 1 && length <= 8) {
      this.#values[SLOTS[element]!] = unsigned(this.#bytes, { at, length });
    }
  }

  /** One of how many packets is looked at, as the record says it; `null` where it says nothing that can be. */
  get interval(): number | null {
    const interval = this.#intervalSaid();
    return interval !== null && interval <= PACKETS_PER_RECORD_MAX ? interval : null;
  }

  #intervalSaid(): number | null {
    for (const [some, space] of IE.INTERVAL_AND_SPACE) {
      const taken = this.#value(some), left = this.#value(space);
      if (taken !== null && taken > 0 && left !== null) return (taken + left) / taken;
    }
    const [size, population] = IE.CHOICE.map((element) => this.#value(element));
    if (size! > 0 && population! >= size!) return population! / size!;
    const probability = this.#value(IE.PROBABILITY);
    if (probability !== null && probability > 0 && probability <= 1) return 1 / probability;
    const written = IE.INTERVAL.map((element) => this.#value(element)).filter((value) => value !== null);
    // An exporter that does not sample writes 0 as well as 1.
    return written.length === 0 ? null : Math.max(1, ...written);
  }

  /** How the record names its sampler, the most particular first. */
  get selectors(): string[] {
    const names = { selector: IE.SELECTOR, sampler: IE.SAMPLER, interface: IE.INTERFACE };
    return Object.entries(names).flatMap(([name, element]) => {
      const value = this.#value(element);
      return value === null ? [] : [`${name} ${value}`];
    });
  }

  /** The observation domain that a record of options is about; `null` where it does not say. */
  get domain(): number | null {
    return this.#value(IE.DOMAIN);
  }

  /**
   * The record as a packet; `null` where it counts nothing: it is no flow. One that has both directions counts both:
   * its source is who began.
   *
   * @throws {RangeError} where it counts more than a record may stand for.
   */
  packet(header: MessageHeader, { id, interval }: FlowScale): Packet | null {
    const octets = Math.round(
      interval * (this.#counted(IE.OCTETS, IE.OCTETS_OUT) || this.#sum(IE.OCTETS_BY_SIDE) ||
        this.#counted(IE.OCTETS_LAYER_2, [])),
    );
    const packets = Math.round(
      interval * (this.#counted(IE.PACKETS, IE.PACKETS_OUT) || this.#sum(IE.PACKETS_BY_SIDE)),
    );
    if (octets === 0 && packets === 0) return null;
    if (isTooLarge({ octets, packets })) throw new RangeError(tooLargeText({ octets, packets }));
    const protocol = this.#first([IE.PROTOCOL]) ?? -1;
    const srcPort = this.#port(IE.SRC_PORT), dstPort = this.#port(IE.DST_PORT);
    const tcpFlags = this.#first([IE.TCP_FLAGS]);
    const withPorts = hasPorts(protocol) && srcPort !== null && dstPort !== null;
    return {
      id,
      timestamp: this.#timestamp(header),
      length: octets,
      protocol: this.#protocolText(protocol),
      src: this.#address(IE.SRC),
      dst: this.#address(IE.DST),
      ...(withPorts ? { srcPort, dstPort } : {}),
      ...(protocol === TCP && tcpFlags !== null ? { tcpFlags: tcpFlags % 512 } : {}),
      packets: Math.max(1, packets),
      ...(interval === 1 ? {} : { sampling: interval }),
      link: header.link,
    };
  }

  /** Both directions, each as it came in, or where nothing did, as it went out. */
  #counted(incoming: readonly number[], outgoing: readonly number[]): number {
    const direction = (reverse: number) => {
      const count = (elements: readonly number[]) =>
        this.#first(elements.map((element) => reverse + element)) ?? 0;
      return count(incoming) || count(outgoing);
    };
    return direction(0) + direction(REVERSE);
  }

  #value(element: number): number | null {
    const value = this.#values[SLOTS[element]!]!;
    return Number.isNaN(value) ? null : value;
  }

  #first(elements: readonly number[]): number | null {
    for (const element of elements) {
      const value = this.#value(element);
      if (value !== null) return value;
    }
    return null;
  }

  #sum(elements: readonly number[]): number {
    return elements.reduce((sum, element) => sum + (this.#value(element) ?? 0), 0);
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
    const at4 = this.#value(v4), at6 = this.#value(v6), atMac = this.#value(mac);
    if (at4 !== null && !(at6 !== null && this.#isV6(at4))) return this.#texts.v4(this.#bytes, at4);
    if (at6 !== null) return this.#texts.v6(this.#bytes, at6);
    return atMac === null ? "" : this.#texts.mac(this.#bytes, atMac);
  }

  #isV6(at4: number): boolean {
    const version = this.#first([IE.IP_VERSION]);
    return version === null ? unsigned(this.#bytes, { at: at4, length: 4 }) === 0 : version === 6;
  }

  /** When the flow ended; else when it was exported. */
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

/** Of 4 or 8 bytes; NaN of other lengths. */
function float(bytes: Uint8Array, { at, length }: { readonly at: number; readonly length: number }): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  if (length === 8) return view.getFloat64(0);
  return length === 4 ? view.getFloat32(0) : NaN;
}

function ntpMicroseconds(bytes: Uint8Array, at: number): number {
  const seconds = unsigned(bytes, { at, length: 4 }) - NTP_TO_UNIX_SECONDS;
  const fraction = unsigned(bytes, { at: at + 4, length: 4 });
  return (seconds < 0 ? seconds + WORD : seconds) * 1e6 + Math.floor(fraction * 1e6 / WORD);
}
