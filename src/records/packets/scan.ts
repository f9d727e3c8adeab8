/**
 * Packets as `traffic capture` writes them, straight from the bytes: the keys in the order of the schema, no white space,
 * texts of printable ASCII without escapes, numbers of at most 16 digits. Whatever else a value may be, a packet or not,
 * is left to the slow way; what is read here is what that would have read.
 */
import { asciiOf, TextScan } from "../formats/text_scan.ts";
import type { Packet } from "./schema.ts";
import {
  ADDRESS_CHARS_MAX,
  COUNTRY_CHARS_MAX,
  LENGTH_MAX,
  LINK_CHARS_MAX,
  PACKET_ID_CHARS_MAX,
  PACKETS_PER_RECORD_MAX,
  PORT_MAX,
  PROTOCOL_CHARS_MAX,
  REGION_CHARS_MAX,
  TCP_FLAGS_MAX,
} from "../limits.ts";

/** A packet whose optional fields are set one by one. */
type Draft = { -readonly [K in keyof Packet]: Packet[K] };

const encoder = new TextEncoder();

const ID = encoder.encode('{"id":"');
const TIMESTAMP = encoder.encode('","timestamp":');
const LENGTH = encoder.encode(',"length":');
const PROTOCOL = encoder.encode(',"protocol":"');
const SRC = encoder.encode('","src":"');
const DST = encoder.encode('","dst":"');
const SRC_PORT = encoder.encode(',"srcPort":');
const DST_PORT = encoder.encode(',"dstPort":');
const TCP_FLAGS = encoder.encode(',"tcpFlags":');
const PACKETS = encoder.encode(',"packets":');
const LINK = encoder.encode(',"link":"');
const REGION = encoder.encode(',"region":"');
const COUNTRY = encoder.encode(',"country":"');

/** Of the largest integer that is exact, 2^53 − 1. */
const DIGITS_MAX = 16;

/** Texts that are kept, a power of two: addresses come over and over. */
const TEXTS_CACHED = 8_192;

const QUOTE = 34, ZERO = 48, CLOSE = 125;

/** Scans packets, one after the other. */
export class PacketScanner {
  readonly #scan = new TextScan(TEXTS_CACHED);

  /** @returns `null`: no packet, or not one of this form */
  scan(bytes: Uint8Array): Packet | null {
    this.#scan.begin(bytes);
    if (!this.#scan.pass(ID)) return null;
    const start = this.#scan.at;
    this.#scan.passText();
    const end = this.#scan.at;
    if (end === start || end - start > PACKET_ID_CHARS_MAX || !this.#scan.pass(TIMESTAMP)) return null;
    const timestamp = this.#count();
    if (timestamp < 0 || !this.#scan.pass(LENGTH)) return null;
    const length = this.#count();
    if (length < 0 || length > LENGTH_MAX || !this.#scan.pass(PROTOCOL)) return null;
    const protocol = this.#scan.text(PROTOCOL_CHARS_MAX);
    if (protocol === null || protocol === "" || !this.#scan.pass(SRC)) return null;
    const src = this.#scan.text(ADDRESS_CHARS_MAX);
    if (src === null || !this.#scan.pass(DST)) return null;
    const dst = this.#scan.text(ADDRESS_CHARS_MAX);
    if (dst === null || bytes[this.#scan.at++] !== QUOTE) return null;
    const id = asciiOf(bytes, { start, end });
    const packet: Draft = { id, timestamp, length, protocol, src, dst };
    if (!this.#numbers(packet) || !this.#names(packet)) return null;
    return bytes[this.#scan.at] === CLOSE && this.#scan.at + 1 === bytes.length ? packet : null;
  }

  /** Ports, flags, packets, where they are given. @returns `false` where one is not as it should be */
  #numbers(packet: Draft): boolean {
    if (this.#scan.pass(SRC_PORT) && !((packet.srcPort = this.#count()) >= 0 && packet.srcPort <= PORT_MAX)) {
      return false;
    }
    if (this.#scan.pass(DST_PORT) && !((packet.dstPort = this.#count()) >= 0 && packet.dstPort <= PORT_MAX)) {
      return false;
    }
    if (
      this.#scan.pass(TCP_FLAGS) &&
      !((packet.tcpFlags = this.#count()) >= 0 && packet.tcpFlags <= TCP_FLAGS_MAX)
    ) {
      return false;
    }
    if (!this.#scan.pass(PACKETS)) return true;
    packet.packets = this.#count();
    return packet.packets >= 1 && packet.packets <= PACKETS_PER_RECORD_MAX;
  }

  /** Link, region, country, where they are given. @returns `false` where one is not as it should be */
  #names(packet: Draft): boolean {
    if (this.#scan.pass(LINK) && !(packet.link = this.#name(LINK_CHARS_MAX))) return false;
    if (this.#scan.pass(REGION) && !(packet.region = this.#name(REGION_CHARS_MAX))) return false;
    return !this.#scan.pass(COUNTRY) || Boolean(packet.country = this.#name(COUNTRY_CHARS_MAX));
  }

  /** A text and the quote behind it; empty where it is not as it should be. */
  #name(charsMax: number): string {
    const text = this.#scan.text(charsMax);
    return text !== null && this.#scan.bytes[this.#scan.at++] === QUOTE ? text : "";
  }

  /** A whole number from 0; −1 where it is another, or none. */
  #count(): number {
    const bytes = this.#scan.bytes;
    const start = this.#scan.at;
    let at = start;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      value = value * 10 + digit;
    }
    this.#scan.at = at;
    const digits = at - start;
    // A zero before other digits is no JSON; a point or an exponent behind them fails at what is wanted next.
    if (digits === 0 || digits > DIGITS_MAX || (bytes[start] === ZERO && digits > 1)) return -1;
    return value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }
}
