/** Addresses in bytes → texts. The same ones come over and over: their texts are kept in tables of fixed size. */
import { ADDRESS_SLOTS } from "./limits.ts";

const SLOT_SHIFT = 32 - Math.log2(ADDRESS_SLOTS);
const MIX = 0x9e3779b1;

const OCTETS = Array.from({ length: 256 }, (_, octet) => String(octet));
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Texts of IPv4, IPv6 and MAC addresses; a text that is pushed out of its slot is made again. */
export class AddressTexts {
  readonly #v4Keys = new Uint32Array(ADDRESS_SLOTS);
  readonly #v4Texts: string[] = new Array<string>(ADDRESS_SLOTS).fill("");
  readonly #v6Keys = new Uint32Array(4 * ADDRESS_SLOTS);
  readonly #v6Texts: string[] = new Array<string>(ADDRESS_SLOTS).fill("");
  readonly #macKeys = new Uint32Array(2 * ADDRESS_SLOTS);
  readonly #macTexts: string[] = new Array<string>(ADDRESS_SLOTS).fill("");

  /** The four bytes at `at`: `192.0.2.1`. */
  v4(bytes: Uint8Array, at: number): string {
    const key = word(bytes, at);
    const slot = Math.imul(key, MIX) >>> SLOT_SHIFT;
    const known = this.#v4Texts[slot]!;
    if (known !== "" && this.#v4Keys[slot] === key) return known;
    this.#v4Keys[slot] = key;
    return this.#v4Texts[slot] = ipv4Text(bytes, at);
  }

  /** The 16 bytes at `at`, as RFC 5952 wants them: `2001:db8::1`. */
  v6(bytes: Uint8Array, at: number): string {
    const a = word(bytes, at), b = word(bytes, at + 4), c = word(bytes, at + 8), d = word(bytes, at + 12);
    const slot = Math.imul(Math.imul(Math.imul(a, MIX) ^ b, MIX) ^ Math.imul(c, 31) ^ d, MIX) >>> SLOT_SHIFT;
    const known = this.#v6Texts[slot]!, keys = this.#v6Keys, k = 4 * slot;
    if (known !== "" && keys[k] === a && keys[k + 1] === b && keys[k + 2] === c && keys[k + 3] === d) {
      return known;
    }
    keys[k] = a;
    keys[k + 1] = b;
    keys[k + 2] = c;
    keys[k + 3] = d;
    return this.#v6Texts[slot] = ipv6Text(bytes, at);
  }

  /** The six bytes at `at`: `02:00:5e:10:00:00`. */
  mac(bytes: Uint8Array, at: number): string {
    const high = bytes[at]! << 8 | bytes[at + 1]!, low = word(bytes, at + 2);
    const slot = Math.imul(Math.imul(high, MIX) ^ low, MIX) >>> SLOT_SHIFT;
    const known = this.#macTexts[slot]!, keys = this.#macKeys, k = 2 * slot;
    if (known !== "" && keys[k] === high && keys[k + 1] === low) return known;
    keys[k] = high;
    keys[k + 1] = low;
    return this.#macTexts[slot] = macText(bytes, at);
  }
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
