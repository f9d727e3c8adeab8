/** Packets as the model makes them: every kind has its fields in one order, so that all are of one shape. */
import type { Packet } from "../../records/packets/schema.ts";
import type { Host } from "./population.ts";

/** Where packets are seen, and where they go. */
export interface Wire {
  readonly link: string;
  readonly region: string;
  /** They are gathered here, in any order; ids are given when they are put in order. */
  readonly packets: Packet[];
}

/** Two ends of a conversation. */
export interface Ends {
  readonly client: Host;
  readonly server: Host;
  readonly clientPort: number;
  readonly serverPort: number;
}

/** What differs from packet to packet. */
interface Sent {
  readonly atUs: number;
  /** Bytes on the wire. */
  readonly length: number;
  /** Whether the server is the sender. */
  readonly back: boolean;
}

/** Puts a TCP segment on the wire. */
export function sendTcp(
  wire: Wire,
  ends: Ends,
  { atUs, length, back, flags }: Sent & { flags: number },
): void {
  const from = back ? ends.server : ends.client;
  wire.packets.push({
    id: "",
    timestamp: Math.floor(atUs),
    length,
    protocol: "TCP",
    src: from.address,
    dst: back ? ends.client.address : ends.server.address,
    srcPort: back ? ends.serverPort : ends.clientPort,
    dstPort: back ? ends.clientPort : ends.serverPort,
    tcpFlags: flags,
    link: wire.link,
    region: wire.region,
    country: from.country,
  });
}

/** Puts a UDP datagram on the wire. */
export function sendUdp(wire: Wire, ends: Ends, { atUs, length, back }: Sent): void {
  const from = back ? ends.server : ends.client;
  wire.packets.push({
    id: "",
    timestamp: Math.floor(atUs),
    length,
    protocol: "UDP",
    src: from.address,
    dst: back ? ends.client.address : ends.server.address,
    srcPort: back ? ends.serverPort : ends.clientPort,
    dstPort: back ? ends.clientPort : ends.serverPort,
    link: wire.link,
    region: wire.region,
    country: from.country,
  });
}

/** Puts an ICMP message on the wire. */
export function sendIcmp(wire: Wire, ends: Ends, { atUs, length, back }: Sent): void {
  const from = back ? ends.server : ends.client;
  wire.packets.push({
    id: "",
    timestamp: Math.floor(atUs),
    length,
    protocol: "ICMP",
    src: from.address,
    dst: back ? ends.client.address : ends.server.address,
    link: wire.link,
    region: wire.region,
    country: from.country,
  });
}
