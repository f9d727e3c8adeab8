/**
 * Conversations, sent in trains: a handshake, a request with some of its answer, a farewell. What belongs to a train
 * follows in the time that a network needs; when the next train is due is the link's business.
 */
import { TCP_FLAGS } from "../../records/packets/schema.ts";
import { type Ends, sendIcmp, sendTcp, sendUdp, type Wire } from "./packets.ts";
import type { Chance } from "./random.ts";

const { FIN, SYN, PSH, ACK } = TCP_FLAGS;

/** Ethernet, IPv4 and TCP with time stamps: bytes of a segment that carries nothing. */
const TCP_HEADER_BYTES = 66;
/** With the options of a SYN. */
const SYN_BYTES = 74;
const SEGMENT_BYTES_MAX = 1_514;
/** Ethernet, IPv4 and UDP. */
const UDP_HEADER_BYTES = 42;
/** QUIC fills its packets to the path's size less a reserve. */
const QUIC_BYTES_MAX = 1_292;
const ECHO_BYTES = 98;

/** Data segments of one train; a longer answer takes several. */
const TRAIN_SEGMENTS_MAX = 8;
/** Time between two segments of a train, in µs. */
const SEGMENT_GAP_US = 120;
/** Data segments of a conversation: most are short, a few are very long. */
const SEGMENTS = { shape: 1.2, most: 2_000 };

/** What a conversation is. */
export type FlowKind = "tcp" | "dns" | "quic" | "ntp" | "echo";

/** One conversation. */
export class Flow {
  readonly kind: FlowKind;
  readonly ends: Ends;
  readonly #chance: Chance;
  /** There and back, in µs. */
  readonly #roundTripUs: number;
  /** Whether most of the bytes go from client to server. */
  readonly #upload: boolean;
  #begun = false;
  #left: number;
  /** When the last packet of the train before is sent: trains do not overtake each other. */
  #freeUs = 0;
  #ended = false;

  /** @param segments data segments of it. @default some, with a heavy tail */
  constructor(
    kind: FlowKind,
    ends: Ends,
    { chance, upload = false, segments }: { chance: Chance; upload?: boolean; segments?: number },
  ) {
    this.kind = kind;
    this.ends = ends;
    this.#chance = chance;
    this.#roundTripUs = chance.pareto(4_000, { shape: 1.5, most: 150_000 });
    this.#upload = upload;
    this.#left = segments ?? Math.floor(chance.pareto(3, SEGMENTS));
  }

  /** Whether everything is said. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends the next train, as soon as the one before is over. @returns packets of it, at least one */
  send(wire: Wire, dueUs: number): number {
    const before = wire.packets.length;
    const atUs = Math.max(dueUs, this.#freeUs);
    switch (this.kind) {
      case "tcp":
        this.#tcp(wire, atUs);
        break;
      case "quic":
        this.#quic(wire, atUs);
        break;
      case "dns":
        this.#exchange(wire, {
          atUs,
          ask: 70 + this.#chance.integer(24),
          answer: 86 + this.#chance.integer(220),
        });
        break;
      case "ntp":
        this.#exchange(wire, { atUs, ask: UDP_HEADER_BYTES + 48, answer: UDP_HEADER_BYTES + 48 });
        break;
      case "echo":
        sendIcmp(wire, this.ends, { atUs, length: ECHO_BYTES, back: false });
        sendIcmp(wire, this.ends, { atUs: atUs + this.#roundTripUs, length: ECHO_BYTES, back: true });
        this.#left -= 1;
        this.#ended = this.#left <= 0;
    }
    this.#freeUs = wire.packets.at(-1)!.timestamp + SEGMENT_GAP_US;
    return wire.packets.length - before;
  }

  #tcp(wire: Wire, atUs: number): void {
    const { ends } = this;
    const answerUs = atUs + this.#roundTripUs;
    if (!this.#begun) {
      this.#begun = true;
      sendTcp(wire, ends, { atUs, length: SYN_BYTES, back: false, flags: SYN });
      sendTcp(wire, ends, { atUs: answerUs, length: SYN_BYTES, back: true, flags: SYN | ACK });
      sendTcp(wire, ends, { atUs: answerUs + 60, length: TCP_HEADER_BYTES, back: false, flags: ACK });
      return;
    }
    if (this.#left > 0) return this.#segments(wire, atUs);
    sendTcp(wire, ends, { atUs, length: TCP_HEADER_BYTES, back: false, flags: FIN | ACK });
    sendTcp(wire, ends, { atUs: answerUs, length: TCP_HEADER_BYTES, back: true, flags: FIN | ACK });
    sendTcp(wire, ends, { atUs: answerUs + 60, length: TCP_HEADER_BYTES, back: false, flags: ACK });
    this.#ended = true;
  }

  /** A request, or the go-ahead for more, then full segments, each second one acknowledged. */
  #segments(wire: Wire, atUs: number): void {
    const { ends } = this;
    const back = !this.#upload;
    const segments = Math.min(this.#left, 1 + this.#chance.integer(TRAIN_SEGMENTS_MAX));
    this.#left -= segments;
    const ask = TCP_HEADER_BYTES + 60 + this.#chance.integer(600);
    sendTcp(wire, ends, { atUs, length: ask, back: false, flags: PSH | ACK });
    let nextUs = atUs + this.#roundTripUs;
    for (let i = 1; i <= segments; i++) {
      const last = i === segments;
      const length = last ? TCP_HEADER_BYTES + 1 + this.#chance.integer(1_448) : SEGMENT_BYTES_MAX;
      sendTcp(wire, ends, { atUs: nextUs, length, back, flags: last ? PSH | ACK : ACK });
      if (i % 2 === 0 || last) {
        sendTcp(wire, ends, { atUs: nextUs + 50, length: TCP_HEADER_BYTES, back: !back, flags: ACK });
      }
      nextUs += SEGMENT_GAP_US;
    }
  }

  #quic(wire: Wire, atUs: number): void {
    const { ends } = this;
    const packets = Math.min(this.#left, 1 + this.#chance.integer(TRAIN_SEGMENTS_MAX));
    this.#left -= packets;
    this.#ended = this.#left <= 0;
    // The first packet is filled up, so that nobody can be made to answer with more than was sent to him.
    const ask = this.#begun ? 75 + this.#chance.integer(40) : QUIC_BYTES_MAX;
    this.#begun = true;
    sendUdp(wire, ends, { atUs, length: ask, back: false });
    let nextUs = atUs + this.#roundTripUs;
    for (let i = 1; i <= packets; i++) {
      sendUdp(wire, ends, { atUs: nextUs, length: QUIC_BYTES_MAX, back: true });
      nextUs += SEGMENT_GAP_US;
    }
    sendUdp(wire, ends, { atUs: nextUs, length: 75 + this.#chance.integer(8), back: false });
  }

  #exchange(wire: Wire, { atUs, ask, answer }: { atUs: number; ask: number; answer: number }): void {
    sendUdp(wire, this.ends, { atUs, length: ask, back: false });
    sendUdp(wire, this.ends, { atUs: atUs + this.#roundTripUs, length: answer, back: true });
    this.#ended = true;
  }
}
