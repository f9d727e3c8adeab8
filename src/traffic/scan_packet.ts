/**
 * Packets as `traffic capture` writes them, straight from the bytes: the keys in the order of the schema, no white space,
 * texts of printable ASCII without escapes, numbers of at most 16 digits. Whatever else a value may be, a packet or not,
 * is left to the slow way; what is read here is what that would have read.
 */
import type { Packet } from "../stream/traffic_records.ts";
import { LENGTH_MAX, LINK_CHARS_MAX, PACKETS_PER_RECORD_MAX } from "./limits.ts";

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

const QUOTE = 34, ZERO = 48, BACKSLASH = 92, CLOSE = 125;

/** A text and its bytes. */
interface CachedText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Scans packets, one after the other. */
export class PacketScanner {
  readonly #texts: (CachedText | undefined)[] = new Array(TEXTS_CACHED);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** @returns `null`: no packet, or not one of this form */
  scan(bytes: Uint8Array): Packet | null {
    this.#bytes = bytes;
    this.#at = 0;
    if (!this.#pass(ID)) return null;
    const start = this.#at;
    this.#passText();
    const end = this.#at;
    if (end === start || end - start > 200 || !this.#pass(TIMESTAMP)) return null;
    const timestamp = this.#count();
    if (timestamp < 0 || !this.#pass(LENGTH)) return null;
    const length = this.#count();
    if (length < 0 || length > LENGTH_MAX || !this.#pass(PROTOCOL)) return null;
    const protocol = this.#text(32);
    if (protocol === null || protocol === "" || !this.#pass(SRC)) return null;
    const src = this.#text(64);
    if (src === null || !this.#pass(DST)) return null;
    const dst = this.#text(64);
    if (dst === null || bytes[this.#at++] !== QUOTE) return null;
    const id = textOf(bytes, start, end);
    const packet: Draft = { id, timestamp, length, protocol, src, dst };
    if (!this.#numbers(packet) || !this.#names(packet)) return null;
    return bytes[this.#at] === CLOSE && this.#at + 1 === bytes.length ? packet : null;
  }

  /** Ports, flags, packets, where they are given. @returns `false` where one is not as it should be */
  #numbers(packet: Draft): boolean {
    if (this.#pass(SRC_PORT) && !((packet.srcPort = this.#count()) >= 0 && packet.srcPort <= 65_535)) {
      return false;
    }
    if (this.#pass(DST_PORT) && !((packet.dstPort = this.#count()) >= 0 && packet.dstPort <= 65_535)) {
      return false;
    }
    if (this.#pass(TCP_FLAGS) && !((packet.tcpFlags = this.#count()) >= 0 && packet.tcpFlags <= 511)) {
      return false;
    }
    if (!this.#pass(PACKETS)) return true;
    packet.packets = this.#count();
    return packet.packets >= 1 && packet.packets <= PACKETS_PER_RECORD_MAX;
  }

  /** Link, region, country, where they are given. @returns `false` where one is not as it should be */
  #names(packet: Draft): boolean {
    if (this.#pass(LINK) && !(packet.link = this.#name(LINK_CHARS_MAX))) return false;
    if (this.#pass(REGION) && !(packet.region = this.#name(100))) return false;
    return !this.#pass(COUNTRY) || Boolean(packet.country = this.#name(10));
  }

  /** A text and the quote behind it; empty where it is not as it should be. */
  #name(charsMax: number): string {
    const text = this.#text(charsMax);
    return text !== null && this.#bytes[this.#at++] === QUOTE ? text : "";
  }

  /** Goes past `expected`, if that is what comes. */
  #pass(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    for (let index = 0; index < expected.length; index++) {
      if (bytes[start + index] !== expected[index]) return false;
    }
    this.#at = start + expected.length;
    return true;
  }

  /** Goes to the quote that ends a text, or to what must not be in it. @returns a hash of the text */
  #passText(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let hash = 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE || byte < 32 || byte > 126 || byte === BACKSLASH) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.#at = at;
    return hash;
  }

  /** The text up to the quote, or to what must not be in it; `null` where it is too long. */
  #text(charsMax: number): string | null {
    const start = this.#at;
    const place = this.#passText() & (TEXTS_CACHED - 1);
    const known = this.#texts[place];
    if (this.#at - start > charsMax) return null;
    if (known !== undefined && this.#isText(known.bytes, start)) return known.text;
    const text = textOf(this.#bytes, start, this.#at);
    this.#texts[place] = { bytes: copyOf(this.#bytes.subarray(start, this.#at)), text };
    return text;
  }

  /** Whether the text from `start` to here is `wanted`. */
  #isText(wanted: Uint8Array, start: number): boolean {
    if (wanted.length !== this.#at - start) return false;
    const bytes = this.#bytes;
    for (let index = 0; index < wanted.length; index++) {
      if (bytes[start + index] !== wanted[index]) return false;
    }
    return true;
  }

  /** A whole number from 0; −1 where it is another, or none. */
  #count(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      value = value * 10 + digit;
    }
    this.#at = at;
    const digits = at - start;
    // A zero before other digits is no JSON; a point or an exponent behind them fails at what is wanted next.
    if (digits === 0 || digits > DIGITS_MAX || (bytes[start] === ZERO && digits > 1)) return -1;
    return value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }
}

/** Printable ASCII as a text: for a short one that comes once, sooner than a decoder. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  const { fromCharCode } = String;
  let text = "";
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  }
  for (; at < end; at++) text += fromCharCode(bytes[at]!);
  return text;
}

/** Bytes of their own: what Node's Buffer calls a slice is a view, and would keep all that was fetched with it. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
