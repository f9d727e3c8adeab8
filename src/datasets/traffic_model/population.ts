/**
 * Who talks: hosts inside each link, servers outside, popular by Zipf's law. The addresses are of ranges that
 * belong to nobody: inside 10.0.0.0/8, outside 100.64.0.0/10 (RFC 6598), strangers
 * 198.18.0.0/15 (RFC 2544), forged senders 240.0.0.0/4 (RFC 1112).
 */
import { Chance } from "./random.ts";

/** An end of a packet. */
export interface Host {
  readonly address: string;
  /** Where it is. */
  readonly country: string;
}

/** Where a link is, and when its users sleep. */
export interface Region {
  readonly name: string;
  readonly country: string;
  readonly utcOffsetHours: number;
}

/** Links take them in turn. */
const REGIONS: readonly Region[] = [
  { name: "eu-central", country: "DE", utcOffsetHours: 1 },
  { name: "us-east", country: "US", utcOffsetHours: -5 },
  { name: "ap-southeast", country: "SG", utcOffsetHours: 8 },
  { name: "eu-west", country: "IE", utcOffsetHours: 0 },
  { name: "sa-east", country: "BR", utcOffsetHours: -3 },
];

/** Countries of the servers outside, by prefix. */
const COUNTRIES = ["US", "DE", "IE", "NL", "GB", "FR", "SE", "SG", "JP", "BR", "CA", "PL"];
/** Countries of which nobody comes, but a new talker or an attacker. */
const FAR_COUNTRIES = ["IS", "NZ", "UY", "MN", "MG", "FJ", "BT", "PY"];

/** Hosts inside each link. */
const INSIDE_HOSTS = 200;
/** Servers outside, the same for all links. */
const OUTSIDE_HOSTS = 1_000;
/** Prefixes /16 of the servers outside. */
const OUTSIDE_PREFIXES = 48;

/** Draws in the table of {@linkcode Zipf}. */
const ZIPF_DRAWS = 8_192;

/** The n-th of a row of hosts comes with a probability of 1 ÷ n^exponent: a table of draws, one look per draw. */
export class Zipf {
  readonly #hosts: readonly Host[];
  readonly #draws = new Uint16Array(ZIPF_DRAWS);

  constructor(hosts: readonly Host[], exponent: number) {
    this.#hosts = hosts;
    const weights = hosts.map((_, i) => (i + 1) ** -exponent);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let host = 0;
    let reached = weights[0]!;
    for (let draw = 0; draw < ZIPF_DRAWS; draw++) {
      while ((draw + 0.5) / ZIPF_DRAWS * total > reached && host < hosts.length - 1) {
        reached += weights[++host]!;
      }
      this.#draws[draw] = host;
    }
  }

  /** Draws a host. */
  draw(chance: Chance): Host {
    return this.#hosts[this.#draws[chance.integer(ZIPF_DRAWS)]!]!;
  }
}

/** The region of a link. */
export function regionOf(link: number): Region {
  return REGIONS[link % REGIONS.length]!;
}

/** The address of a link's n-th host: every link has a /20 of its own, 4,096 addresses. */
export function insideAddress(link: number, n: number): string {
  return `10.${link >> 4}.${((link & 15) << 4) | (n >> 8)}.${n & 255}`;
}

/** Addresses of a link's /20. */
export const INSIDE_ADDRESSES = 4_096;

/** Whether somebody has a link's n-th address. */
export function isInhabited(n: number): boolean {
  return n >= 10 && n < 10 + INSIDE_HOSTS;
}

/** The hosts that are there, the most popular first: they are the same for all seeds, their ranks are not. */
export function insideHosts(link: number, seed: number): readonly Host[] {
  const { country } = regionOf(link);
  const hosts = Array.from({ length: INSIDE_HOSTS }, (_, i) => i + 10);
  return new Chance(seed, 0x1051_0000 + link).shuffle(hosts)
    .map((n) => ({ address: insideAddress(link, n), country }));
}

/** A server in one of the prefixes that are known. */
export function outsideHost(chance: Chance): Host {
  const prefix = chance.integer(OUTSIDE_PREFIXES);
  return {
    address: `100.${64 + prefix}.${chance.integer(256)}.${1 + chance.integer(254)}`,
    country: COUNTRIES[prefix % COUNTRIES.length]!,
  };
}

/** Servers outside, the most popular first. */
export function outsideHosts(seed: number): readonly Host[] {
  const chance = new Chance(seed, 0x0075_1de5);
  return Array.from({ length: OUTSIDE_HOSTS }, () => outsideHost(chance));
}

/** A host that was never seen before, of a prefix and a country that were not either. */
export function strangeHost(chance: Chance): Host {
  const n = chance.uint32();
  return {
    address: `198.${18 + (n >>> 31)}.${(n >>> 8) & 255}.${1 + (n & 255) % 254}`,
    country: chance.pick(FAR_COUNTRIES),
  };
}

/** A sender that there is not. */
export function forgedHost(chance: Chance): Host {
  const n = chance.uint32();
  return {
    address: `${240 + (n >>> 29)}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`,
    country: chance.pick(FAR_COUNTRIES),
  };
}
