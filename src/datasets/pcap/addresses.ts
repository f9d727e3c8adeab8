/** Addresses in bytes → texts. The same ones come over and over: their texts are kept in tables of bounded size. */
import { ADDRESS_SLOTS } from "./limits.ts";

const MULTIPLIER = 0x9e3779b1;

const OCTETS = Array.from({ length: 256 }, (_, octet) => String(octet));
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** A table for addresses of one kind: it grows while addresses push each other out. */
class Slots {
  readonly #words: number;
  #evictions = 0;
  /** To shift a 32-bit hash to its slot. */
  shift = 32 - Math.log2(ADDRESS_SLOTS.min);
  /** Addresses as words, as many a slot as the kind has. */
  keys: Uint32Array;
  /** `""` where the slot is free. */
  texts: string[];

  constructor(words: number) {
    this.#words = words;
    this.keys = new Uint32Array(words * ADDRESS_SLOTS.min);
    this.texts = new Array<string>(ADDRESS_SLOTS.min).fill("");
  }

  /** Keeps a text in place of the one that is there. */
  keep(slot: number, text: string): string {
    const isEviction = this.texts[slot] !== "";
    this.texts[slot] = text;
    if (isEviction && ++this.#evictions > this.texts.length) this.#grow();
    return text;
  }

  /** What was there is made again when it comes. */
  #grow(): void {
    this.#evictions = 0;
    const slots = 4 * this.texts.length;
    if (slots > ADDRESS_SLOTS.max) return;
    this.shift -= 2;
    this.keys = new Uint32Array(this.#words * slots);
    this.texts = new Array<string>(slots).fill("");
  }
}

/** Texts of IPv4, IPv6 and MAC addresses; a text that is pushed out of its slot is made again. */
export class AddressTexts {
  readonly #v4 = new Slots(1);
  readonly #v6 = new Slots(4);
  readonly #mac = new Slots(2);

  /** The four bytes at `at`: `192.0.2.1`. */
  v4(bytes: Uint8Array, at: number): string {
    const { keys, texts, shift } = this.#v4;
    const key = word(bytes, at);
    const slot = mix(key) >>> shift;
    const known = texts[slot]!;
    if (known !== "" && keys[slot] === key) return known;
    keys[slot] = key;
    return this.#v4.keep(slot, ipv4Text(bytes, at));
  }

  /** The 16 bytes at `at`, as RFC 5952 wants them: `2001:db8::1`. */
  v6(bytes: Uint8Array, at: number): string {
    const { keys, texts, shift } = this.#v6;
    const a = word(bytes, at), b = word(bytes, at + 4), c = word(bytes, at + 8), d = word(bytes, at + 12);
    const slot = mix(mix(mix(mix(a) ^ b) ^ c) ^ d) >>> shift;
    const known = texts[slot]!, k = 4 * slot;
    if (known !== "" && keys[k] === a && keys[k + 1] === b && keys[k + 2] === c && keys[k + 3] === d) {
      return known;
    }
    keys[k] = a;
    keys[k + 1] = b;
    keys[k + 2] = c;
    keys[k + 3] = d;
    return this.#v6.keep(slot, ipv6Text(bytes, at));
  }

  /** The six bytes at `at`: `02:00:5e:10:00:00`. */
  mac(bytes: Uint8Array, at: number): string {
    const { keys, texts, shift } = this.#mac;
    const high = bytes[at]! << 8 | bytes[at + 1]!, low = word(bytes, at + 2);
    const slot = mix(mix(high) ^ low) >>> shift;
    const known = texts[slot]!, k = 2 * slot;
    if (known !== "" && keys[k] === high && keys[k + 1] === low) return known;
    keys[k] = high;
    keys[k + 1] = low;
    return this.#mac.keep(slot, macText(bytes, at));
  }
}

/** Multiplication mixes upwards alone: the shift brings the high bits down before. */
function mix(value: number): number {
  return Math.imul(value ^ value >>> 15, MULTIPLIER);
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${OCTETS[bytes[at]!]}.${OCTETS[bytes[at + 1]!]}.${OCTETS[bytes[at + 2]!]}.${
    OCTETS[bytes[at + 3]!]
  }`;
}

function macText(bytes: Uint8Array, at: number): string {
  let text = HEX[bytes[at]!]!;
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[at + i]!]}`;
  return text;
}

/** RFC 5952: lower case, the longest run of two zero groups or more as `::`, the first of equal ones. */
function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[at + 2 * i]! << 8 | bytes[at + 2 * i + 1]!);
  let zeros = 0, from = -1, most = 1;
  for (let i = 0; i < 8; i++) {
    zeros = groups[i] === 0 ? zeros + 1 : 0;
    if (zeros > most) [most, from] = [zeros, i - zeros + 1];
  }
  if (from === 0 && most === 5 && groups[5] === 0xffff) return `::ffff:${ipv4Text(bytes, at + 12)}`;
  const texts = groups.map((group) => group.toString(16));
  if (from < 0) return texts.join(":");
  return `${texts.slice(0, from).join(":")}::${texts.slice(from + most).join(":")}`;
}
