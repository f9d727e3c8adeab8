/** The everyday traffic of one link: ON/OFF sources, each with one conversation after the other, or several on a fast link. */
import { Flow, type FlowKind } from "./flow.ts";
import type { Wire } from "./packets.ts";
import { type Host, insideHosts, outsideHost, regionOf, Zipf } from "./population.ts";
import { Chance } from "./random.ts";
import { rhythmAt } from "./rhythm.ts";
import { SOURCES, Sources } from "./sources.ts";

/** Conversations of a kind, in a hundred; TCP's are the long ones: 84 % of the packets. */
const KINDS: readonly FlowKind[] = [
  ...Array<FlowKind>(45).fill("tcp"),
  ...Array<FlowKind>(40).fill("dns"),
  ...Array<FlowKind>(10).fill("quic"),
  ...Array<FlowKind>(4).fill("ntp"),
  ...Array<FlowKind>(1).fill("echo"),
];

/** Ports of TCP servers, as popular as they come here. */
const TCP_PORTS = [443, 443, 443, 443, 443, 443, 443, 80, 80, 993, 22, 8080];
/** Ports of servers inside. */
const INSIDE_PORTS = [443, 443, 80, 25];

/** Of TCP conversations: somebody outside calls a server inside. */
const INBOUND_SHARE = 0.15;
/** Of TCP conversations: most bytes go from client to server. */
const UPLOAD_SHARE = 0.1;
/** Of conversations: with a server that nobody has talked to, of a prefix that is known. */
const FRESH_SHARE = 0.005;

/** Packets per second of a link for which each of its sources has one conversation at a time: so slow are networks. */
const FLOW_PACKETS_PER_SECOND = 500;

/** A port of a client, as Linux chooses it. */
function clientPort(chance: Chance): number {
  return 32_768 + chance.integer(28_232);
}

/** What a link is made from. */
export interface LinkOptions {
  readonly seed: number;
  readonly index: number;
  readonly ratePerSecond: number;
  readonly startUs: number;
  readonly wire: Wire;
  readonly outside: Zipf;
}

/** The everyday traffic of one link. */
export class LinkTraffic {
  readonly #wire: Wire;
  readonly #chance: Chance;
  readonly #sources: Sources;
  readonly #flowsPerSource: number;
  readonly #flows: (Flow | undefined)[];
  readonly #clients: Zipf;
  readonly #servers: Zipf;
  readonly #outside: Zipf;
  readonly #ratePerUs: number;
  readonly #utcOffsetHours: number;
  /** Packets that are to be expected before the next train is due. */
  #wait = 0;

  constructor({ seed, index, ratePerSecond, startUs, wire, outside }: LinkOptions) {
    this.#wire = wire;
    this.#chance = new Chance(seed, 0x0011_0000 + index);
    this.#sources = new Sources(new Chance(seed, 0x50fc_0000 + index), startUs);
    this.#flowsPerSource = Math.ceil(ratePerSecond / FLOW_PACKETS_PER_SECOND);
    this.#flows = Array(SOURCES * this.#flowsPerSource).fill(undefined);
    const inside = insideHosts(index, seed);
    this.#clients = new Zipf(inside, 0.7);
    this.#servers = new Zipf(inside.slice(0, 20), 1);
    this.#outside = outside;
    this.#ratePerUs = ratePerSecond / 1_000_000;
    this.#utcOffsetHours = regionOf(index).utcOffsetHours;
    this.#wait = this.#chance.uniform();
  }

  /** Sends what falls between two times; `factor` is on the rate. */
  advance(fromUs: number, toUs: number, factor: number): void {
    this.#sources.advance(fromUs);
    const { on } = this.#sources;
    if (on === 0) return;
    const rate = this.#ratePerUs * rhythmAt(fromUs, this.#utcOffsetHours) * factor * on / (SOURCES / 2);
    let atUs = fromUs;
    while (atUs + this.#wait / rate < toUs) {
      atUs += this.#wait / rate;
      // A pause as long as the train deserves, so that the mean rate holds whatever the trains are.
      this.#wait = this.#train(atUs) * this.#chance.uniform(0, 2);
    }
    this.#wait -= (toUs - atUs) * rate;
  }

  #train(atUs: number): number {
    const perSource = this.#flowsPerSource;
    const place = this.#sources.pick() * perSource + (perSource === 1 ? 0 : this.#chance.integer(perSource));
    const flow = this.#flows[place] ??= this.#begin();
    const packets = flow.send(this.#wire, atUs);
    if (flow.ended) this.#flows[place] = undefined;
    return packets;
  }

  #begin(): Flow {
    const chance = this.#chance;
    const kind = chance.pick(KINDS);
    const outside: Host = chance.uniform() < FRESH_SHARE ? outsideHost(chance) : this.#outside.draw(chance);
    if (kind === "tcp" && chance.uniform() < INBOUND_SHARE) {
      const server = this.#servers.draw(chance);
      const ends = {
        client: outside,
        server,
        clientPort: clientPort(chance),
        serverPort: chance.pick(INSIDE_PORTS),
      };
      return new Flow(kind, ends, { chance });
    }
    const ends = {
      client: this.#clients.draw(chance),
      server: outside,
      clientPort: clientPort(chance),
      serverPort: kind === "dns" ? 53 : kind === "ntp" ? 123 : kind === "quic" ? 443 : chance.pick(TCP_PORTS),
    };
    return new Flow(kind, ends, { chance, upload: chance.uniform() < UPLOAD_SHARE });
  }
}
