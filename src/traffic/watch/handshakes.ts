/**
 * How attempts to open a TCP connection end. An attempt is a packet without ACK and RST: a SYN, or what scanners send
 * in its place (FIN, nothing, everything; Lyon 2009, Nmap Network Scanning, chapter 5). It has succeeded when who
 * began goes on with an ACK (RFC 9293, 3.5), and failed when either end resets it or that ACK does not come in time,
 * whether the target answered or not: so a link on which only one direction is seen will do.
 *
 * Left out: UDP and ICMP, where no answer is the rule for much that is as it should be.
 */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import { TCP_FLAGS } from "../../records/packets/schema.ts";
import type { Packet } from "../../records/packets/schema.ts";
import type { Json } from "../../stream/json.ts";
import { countState, readState, timeState } from "../../stream/state.ts";
import { LeastRecent } from "./least_recent.ts";
import { PENDING_MAX } from "./limits.ts";

/** An attempt to open a connection. */
export type Attempt = Readonly<ShapeOf<typeof attemptSchema>>;

const attemptSchema = shape.object({
  link: shape.string(),
  src: shape.string(),
  dst: shape.string(),
  port: countState,
  /** Of its packet, µs. */
  time: timeState,
  offset: countState,
});
const pendingSchema = shape.array(shape.tuple([shape.string(), attemptSchema]));

/** How long an attempt may take to succeed, µs. */
export const HANDSHAKE_MAX_US = 3_000_000;

/** Called with the outcome of an attempt. */
export type OnOutcome = (attempt: Attempt, succeeded: boolean) => void;

const ACK_OR_RST = TCP_FLAGS.ACK | TCP_FLAGS.RST;

/** The handshakes of a partition that have not ended. */
export class Handshakes {
  readonly #pending: LeastRecent<Attempt>;

  /** From nothing, or from what {@linkcode Handshakes.toJson} gave. */
  constructor(state?: Json) {
    const entries = state === undefined ? [] : readState(pendingSchema, state, "handshakes");
    this.#pending = new LeastRecent(PENDING_MAX, { entries });
  }

  /** Takes the next packet of a link. */
  take(
    { packet, link, offset }: { packet: Packet; link: string; offset: number },
    onOutcome: OnOutcome,
  ): void {
    const { protocol, src, dst, srcPort, dstPort, tcpFlags, timestamp: time } = packet;
    if (protocol !== "TCP" || tcpFlags === undefined || srcPort === undefined || dstPort === undefined) {
      return;
    }
    if ((tcpFlags & ACK_OR_RST) === 0) {
      const key = keyOf(link, [src, srcPort, dst, dstPort]);
      if (this.#pending.peek(key) !== undefined) return;
      const crowdedOut = this.#pending.keep(key, { link, src, dst, port: dstPort, time, offset });
      if (crowdedOut !== undefined) onOutcome(crowdedOut, false);
      return;
    }
    if (this.#pending.size === 0) return;
    const reset = (tcpFlags & TCP_FLAGS.RST) !== 0;
    this.#end(keyOf(link, [src, srcPort, dst, dstPort]), (attempt) => onOutcome(attempt, !reset));
    if (reset) this.#end(keyOf(link, [dst, dstPort, src, srcPort]), (attempt) => onOutcome(attempt, false));
  }

  /** What has waited too long at the time `now` (µs) has failed. */
  expire(now: number, onOutcome: OnOutcome): void {
    for (;;) {
      const oldest = this.#pending.oldest();
      if (oldest === undefined || oldest.time > now - HANDSHAKE_MAX_US) return;
      this.#pending.dropOldest();
      onOutcome(oldest, false);
    }
  }

  #end(key: string, ended: (attempt: Attempt) => void): void {
    const attempt = this.#pending.peek(key);
    if (attempt === undefined) return;
    this.#pending.drop(key);
    ended(attempt);
  }

  /** The whole of it. */
  toJson(): Json {
    return [...this.#pending.entries()];
  }
}

function keyOf(
  link: string,
  [from, fromPort, to, toPort]: readonly [string, number, string, number],
): string {
  return `${from} ${fromPort} ${to} ${toPort} ${link}`;
}
