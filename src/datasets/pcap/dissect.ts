/** Frame → packet: link, network and transport header, as far as they were captured. */
import type { Packet } from "../../records/packets/schema.ts";
import { AddressTexts } from "./addresses.ts";
import { type Frame, LINK } from "./frame.ts";
import { HEADERS_MAX } from "./limits.ts";

/** Values of Ethernet's type field. */
const ETHER = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd, PPPOE: 0x8864, LENGTH_MAX: 1_535 } as const;
const VLAN_TYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);
/** PPP's numbers of IPv4 and IPv6, RFC 1661; one byte where the two ends have agreed on that. */
const PPP = { IPV4: 0x0021, IPV6: 0x0057 } as const;
const PPPOE_BYTES = 6;
/** Numbers in IP's header, as the registry has them. */
const [TCP, UDP, FRAGMENT, AUTHENTICATION] = [6, 17, 44, 51] as const;
/** Hop-by-hop, routing, destination, mobility, HIP, shim6: all begin with next header and length in 8 bytes − 1. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60, 135, 139, 140]);
/** Families of BSD's loopback header; IPv6's differs from system to system. */
const FAMILY_IPV4 = 2;
const FAMILIES_IPV6: ReadonlySet<number> = new Set([10, 24, 28, 30]);

const PROTOCOLS: readonly string[] = Array.from({ length: 256 }, (_, number) => protocolText(number));

/** What {@linkcode Packet.protocol} says of a number in IP's header. */
export function protocolName(number: number): string {
  return PROTOCOLS[number] ?? String(number);
}

function protocolText(number: number): string {
  const names: Readonly<Record<number, string>> = { 1: "ICMP", [TCP]: "TCP", [UDP]: "UDP", 58: "ICMPv6" };
  return names[number] ?? String(number);
}

/** What it says of a value of Ethernet's type field. */
export function etherTypeName(type: number): string {
  if (type === ETHER.ARP) return "ARP";
  return type <= ETHER.LENGTH_MAX ? "LLC" : `0x${type.toString(16).padStart(4, "0")}`;
}

/**
 * Reads frames. Headers that the capture cut, or that contradict themselves, are left out: a packet has what was
 * read before them. PPPoE sessions are, also inside VLAN tags. Not looked into: MPLS, tunnels (their own header is the
 * packet's).
 */
export class Dissector {
  readonly #texts = new AddressTexts();
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #protocol = "";
  #src = "";
  #dst = "";
  /** Ports and flags; −1 where there are none. */
  #srcPort = -1;
  #dstPort = -1;
  #tcpFlags = -1;

  /** The packet in a frame; `null` where the link type is unknown or not even the link's header can be read. */
  packet(frame: Frame, id: string): Packet | null {
    this.#bytes = frame.bytes;
    this.#end = frame.end;
    this.#srcPort = this.#dstPort = this.#tcpFlags = -1;
    if (!this.#readLink(frame.start, frame.linkType)) return null;
    const { timestamp, length } = frame;
    const protocol = this.#protocol, src = this.#src, dst = this.#dst;
    const srcPort = this.#srcPort, dstPort = this.#dstPort, tcpFlags = this.#tcpFlags;
    if (srcPort < 0) return { id, timestamp, length, protocol, src, dst };
    if (tcpFlags < 0) return { id, timestamp, length, protocol, src, dst, srcPort, dstPort };
    return { id, timestamp, length, protocol, src, dst, srcPort, dstPort, tcpFlags };
  }

  #u16(at: number): number {
    return this.#bytes[at]! << 8 | this.#bytes[at + 1]!;
  }

  #readLink(at: number, linkType: number): boolean {
    switch (linkType) {
      case LINK.ETHERNET:
        return this.#readEthernet(at);
      case LINK.LINUX_SLL:
        return this.#end - at >= 16 &&
          this.#readCooked({
            protocol: at + 14,
            address: at + 6,
            addressLength: this.#u16(at + 4),
            next: at + 16,
          });
      case LINK.LINUX_SLL2:
        return this.#end - at >= 20 &&
          this.#readCooked({
            protocol: at,
            address: at + 12,
            addressLength: this.#bytes[at + 11]!,
            next: at + 20,
          });
      case LINK.RAW:
      case LINK.RAW_BSD:
      case LINK.RAW_OPENBSD:
        return this.#readIpv4(at) || this.#readIpv6(at);
      case LINK.IPV4:
        return this.#readIpv4(at);
      case LINK.IPV6:
        return this.#readIpv6(at);
      case LINK.NULL:
      case LINK.LOOP:
        return this.#readLoopback(at);
      default:
        return false;
    }
  }

  #readEthernet(at: number): boolean {
    if (this.#end - at < 14) return false;
    const type = this.#readNetwork(this.#u16(at + 12), at + 14);
    if (type !== null) {
      this.#protocol = type;
      this.#src = this.#texts.mac(this.#bytes, at + 6);
      this.#dst = this.#texts.mac(this.#bytes, at);
    }
    return true;
  }

  /** Linux's cooked header has the sender's address alone. */
  #readCooked(at: {
    readonly protocol: number;
    readonly address: number;
    readonly addressLength: number;
    readonly next: number;
  }): boolean {
    const type = this.#readNetwork(this.#u16(at.protocol), at.next);
    if (type !== null) {
      this.#protocol = type;
      this.#src = at.addressLength === 6 ? this.#texts.mac(this.#bytes, at.address) : "";
      this.#dst = "";
    }
    return true;
  }

  /** The family is in the byte order of the machine that captured, which need not be the capture's. */
  #readLoopback(at: number): boolean {
    if (this.#end - at < 4) return false;
    const family = this.#u16(at) === 0 ? this.#u16(at + 2) : this.#bytes[at]! | this.#bytes[at + 1]! << 8;
    if (family === FAMILY_IPV4) return this.#readIpv4(at + 4);
    return FAMILIES_IPV6.has(family) && this.#readIpv6(at + 4);
  }

  /** @returns `null` where an IP header was read, else the protocol that stands for what Ethernet's type says. */
  #readNetwork(etherType: number, from: number): string | null {
    let type = etherType, at = from;
    for (let tags = 0; tags < HEADERS_MAX && VLAN_TYPES.has(type) && this.#end - at >= 4; tags++) {
      type = this.#u16(at + 2);
      at += 4;
    }
    if (type === ETHER.IPV4) return this.#readIpv4(at) ? null : etherTypeName(type);
    if (type === ETHER.IPV6) return this.#readIpv6(at) ? null : etherTypeName(type);
    if (type === ETHER.PPPOE) return this.#readPppoe(at) ? null : etherTypeName(type);
    return etherTypeName(type);
  }

  /** A session's frame, RFC 2516: version and type 1, code 0, session, length; then PPP. */
  #readPppoe(at: number): boolean {
    const bytes = this.#bytes;
    if (this.#end - at < PPPOE_BYTES + 2 || bytes[at] !== 0x11 || bytes[at + 1] !== 0) return false;
    const ppp = at + PPPOE_BYTES;
    // A protocol's last byte is odd, its first one even.
    const isShort = (bytes[ppp]! & 1) === 1;
    const protocol = isShort ? bytes[ppp]! : this.#u16(ppp);
    const network = ppp + (isShort ? 1 : 2);
    // Behind the session's length is Ethernet's padding.
    this.#end = Math.min(this.#end, ppp + this.#u16(at + 4));
    if (protocol === PPP.IPV4) return this.#readIpv4(network);
    return protocol === PPP.IPV6 && this.#readIpv6(network);
  }

  #readIpv4(at: number): boolean {
    const bytes = this.#bytes;
    if (this.#end - at < 20 || bytes[at]! >> 4 !== 4) return false;
    const headerBytes = (bytes[at]! & 15) * 4;
    if (headerBytes < 20) return false;
    this.#src = this.#texts.v4(bytes, at + 12);
    this.#dst = this.#texts.v4(bytes, at + 16);
    const protocol = bytes[at + 9]!;
    this.#protocol = PROTOCOLS[protocol]!;
    // A network card that cuts packets itself leaves the length at 0.
    const total = this.#u16(at + 2);
    const end = total === 0 ? this.#end : Math.min(this.#end, at + total);
    const isLaterFragment = (this.#u16(at + 6) & 0x1fff) !== 0;
    if (!isLaterFragment) this.#readTransport(protocol, { at: at + headerBytes, end });
    return true;
  }

  #readIpv6(at: number): boolean {
    const bytes = this.#bytes;
    if (this.#end - at < 40 || bytes[at]! >> 4 !== 6) return false;
    this.#src = this.#texts.v6(bytes, at + 8);
    this.#dst = this.#texts.v6(bytes, at + 24);
    // A jumbogram has its length elsewhere and 0 here.
    const payload = this.#u16(at + 4);
    const end = payload === 0 ? this.#end : Math.min(this.#end, at + 40 + payload);
    let next = bytes[at + 6]!, header = at + 40;
    for (let headers = 0; headers < HEADERS_MAX && end - header >= 2; headers++) {
      if (next === FRAGMENT) {
        next = bytes[header]!;
        const isFirstFragment = end - header >= 8 && (this.#u16(header + 2) & 0xfff8) === 0;
        header = isFirstFragment ? header + 8 : end;
      } else if (EXTENSIONS.has(next)) {
        next = bytes[header]!;
        header += 8 * (bytes[header + 1]! + 1);
      } else if (next === AUTHENTICATION) {
        next = bytes[header]!;
        header += 4 * (bytes[header + 1]! + 2);
      } else break;
    }
    this.#protocol = PROTOCOLS[next]!;
    this.#readTransport(next, { at: header, end });
    return true;
  }

  #readTransport(protocol: number, { at, end }: { readonly at: number; readonly end: number }): void {
    if (protocol !== TCP && protocol !== UDP || end - at < 4) return;
    this.#srcPort = this.#u16(at);
    this.#dstPort = this.#u16(at + 2);
    if (protocol === TCP && end - at >= 14) this.#tcpFlags = this.#u16(at + 12) & 0x1ff;
  }
}
