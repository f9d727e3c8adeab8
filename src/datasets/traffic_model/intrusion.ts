/** What scans, floods and new talkers send: traffic on top of the everyday one. */
import { TCP_FLAGS } from "../../records/packets/schema.ts";
import { Flow } from "./flow.ts";
import { type Ends, sendTcp, type Wire } from "./packets.ts";
import {
  forgedHost,
  type Host,
  INSIDE_ADDRESSES,
  insideAddress,
  isInhabited,
  regionOf,
} from "./population.ts";
import { Chance } from "./random.ts";
import type { PlannedEvent } from "./schedule.ts";

const { SYN, RST, ACK } = TCP_FLAGS;

/** Ethernet's shortest frame, without its checksum. */
const BARE_BYTES = 60;
const ANSWER_AFTER_US = 900;
/** Of probed ports: closed, and they say so; the others are filtered. */
const REFUSED_SHARE = 0.8;
/** Of a flood's requests: those that the victim still answers. */
const ANSWERED_SHARE = 0.1;
/** Data segments of one transfer of a new talker. */
const TRANSFER_SEGMENTS = 400;
/** Packets per second of one transfer of a new talker; more of them go on at the same time. */
const TRANSFER_PER_SECOND = 50;

/** Steps through all ports, or all hosts, once, in an order that looks like none: both are coprime to the count. */
const PORT_STEP = 40_503;
const HOST_STEP = 1_237;

/** The packets of one event. */
export class Intrusion {
  readonly #event: PlannedEvent;
  readonly #wire: Wire;
  readonly #chance: Chance;
  readonly #train: (atUs: number) => number;
  readonly #ratePerUs: number;
  #wait = 0;

  /** @throws never for the kinds that send: surge and outage are the links' business */
  constructor(event: PlannedEvent, { wire, seed }: { readonly wire: Wire; readonly seed: number }) {
    this.#event = event;
    this.#wire = wire;
    this.#chance = new Chance(seed, Math.floor(event.startUs / 1_000_000));
    this.#ratePerUs = Number(event.attributes["packetsPerSecond"]) / 1_000_000;
    if (event.kind === "syn-flood") this.#train = this.#flood();
    else if (event.kind === "new-talker") this.#train = this.#talk();
    else this.#train = event.attributes["direction"] === "vertical" ? this.#scanPorts() : this.#scanHosts();
  }

  /** Sends what falls between two times; both lie within the event. */
  advance(fromUs: number, toUs: number): void {
    let atUs = fromUs;
    while (atUs + this.#wait / this.#ratePerUs < toUs) {
      atUs += this.#wait / this.#ratePerUs;
      this.#wait = this.#train(atUs) * this.#chance.uniform(0, 2);
    }
    this.#wait -= (toUs - atUs) * this.#ratePerUs;
  }

  /** A host that the event's attributes name. */
  #named(attribute: "source" | "target"): Host {
    const { attributes, linkIndex } = this.#event;
    const country = attribute === "source" ? attributes["country"] : regionOf(linkIndex).country;
    return { address: String(attributes[attribute]), country: String(country) };
  }

  #probe(ends: Ends, atUs: number, answers: boolean): number {
    sendTcp(this.#wire, ends, { atUs, length: BARE_BYTES, back: false, flags: SYN });
    if (!answers) return 1;
    const length = BARE_BYTES;
    sendTcp(this.#wire, ends, { atUs: atUs + ANSWER_AFTER_US, length, back: true, flags: RST | ACK });
    return 2;
  }

  #scanPorts(): (atUs: number) => number {
    const client = this.#named("source");
    const server = this.#named("target");
    const clientPort = 40_000 + this.#chance.integer(20_000);
    let probe = this.#chance.integer(65_535);
    return (atUs) => {
      const serverPort = 1 + (probe++ * PORT_STEP) % 65_535;
      const refused = this.#chance.uniform() < REFUSED_SHARE;
      return this.#probe({ client, server, clientPort, serverPort }, atUs, refused);
    };
  }

  #scanHosts(): (atUs: number) => number {
    const { linkIndex, attributes } = this.#event;
    const client = this.#named("source");
    const { country } = regionOf(linkIndex);
    const clientPort = 40_000 + this.#chance.integer(20_000);
    let probe = this.#chance.integer(INSIDE_ADDRESSES);
    return (atUs) => {
      const host = (probe++ * HOST_STEP) % INSIDE_ADDRESSES;
      const server = { address: insideAddress(linkIndex, host), country };
      const ends = { client, server, clientPort, serverPort: Number(attributes["port"]) };
      return this.#probe(ends, atUs, isInhabited(host));
    };
  }

  #flood(): (atUs: number) => number {
    const server = this.#named("target");
    const serverPort = Number(this.#event.attributes["port"]);
    return (atUs) => {
      const client = forgedHost(this.#chance);
      const ends = { client, server, clientPort: 1_024 + this.#chance.integer(64_512), serverPort };
      sendTcp(this.#wire, ends, { atUs, length: BARE_BYTES, back: false, flags: SYN });
      if (this.#chance.uniform() >= ANSWERED_SHARE) return 1;
      const answerUs = atUs + ANSWER_AFTER_US;
      sendTcp(this.#wire, ends, { atUs: answerUs, length: BARE_BYTES, back: true, flags: SYN | ACK });
      return 2;
    };
  }

  #talk(): (atUs: number) => number {
    const client = this.#named("source");
    const server = this.#named("target");
    const begin = () => {
      const ends = { client, server, clientPort: 32_768 + this.#chance.integer(28_232), serverPort: 443 };
      return new Flow("tcp", ends, { chance: this.#chance, upload: true, segments: TRANSFER_SEGMENTS });
    };
    const flows = Array.from({ length: Math.ceil(this.#ratePerUs * 1_000_000 / TRANSFER_PER_SECOND) }, begin);
    return (atUs) => {
      const chosen = this.#chance.integer(flows.length);
      if (flows[chosen]!.ended) flows[chosen] = begin();
      return flows[chosen]!.send(this.#wire, atUs);
    };
  }
}
