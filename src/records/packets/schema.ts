/** What is on `packets` and `network-traffic`: the definition of a packet. Key: `link`. */
import { z } from "zod";
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

const port = z.int().min(0).max(PORT_MAX);

/** Bits of {@linkcode Packet.tcpFlags}, RFC 9293 and RFC 3540. */
export const TCP_FLAGS = {
  FIN: 0x001,
  SYN: 0x002,
  RST: 0x004,
  PSH: 0x008,
  ACK: 0x010,
  URG: 0x020,
  ECE: 0x040,
  CWR: 0x080,
  NS: 0x100,
} as const;

/** A packet, or a flow of several that an exporter has counted: what `packets` and `network-traffic` carry. */
export const packetSchema = z.object({
  id: z.string().min(1).max(PACKET_ID_CHARS_MAX).describe(
    "Unique; the same when the same packet is captured again",
  ),
  timestamp: z.int().min(0).describe("When it was seen, Unix time in microseconds: the event time"),
  length: z.int().min(0).max(LENGTH_MAX).describe(
    "Bytes on the wire, the link's header included; of a flow the sum",
  ),
  protocol: z.string().min(1).max(PROTOCOL_CHARS_MAX).describe(
    "TCP, UDP, ICMP, ICMPv6, ARP; else the number in IP's header, or `0x86dd` of Ethernet's",
  ),
  src: z.string().max(ADDRESS_CHARS_MAX).describe("IPv4 or IPv6 address; of other protocols the MAC address"),
  dst: z.string().max(ADDRESS_CHARS_MAX),
  srcPort: port.optional().describe("Of TCP and UDP"),
  dstPort: port.optional(),
  tcpFlags: z.int().min(0).max(TCP_FLAGS_MAX).optional().describe(
    "FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, …",
  ),
  packets: z.int().min(1).max(PACKETS_PER_RECORD_MAX).optional().describe(
    "Of a flow: how many packets it stands for; else 1",
  ),
  sampling: z.number().gt(1).max(PACKETS_PER_RECORD_MAX).optional().describe(
    "Of a flow of sampled traffic: the exporter looked at one of so many packets; length and packets were multiplied by it",
  ),
  link: z.string().min(1).max(LINK_CHARS_MAX).optional().describe(
    "Where it was seen: the record's key, which counts where this is not given",
  ),
  region: z.string().min(1).max(REGION_CHARS_MAX).optional(),
  country: z.string().min(1).max(COUNTRY_CHARS_MAX).optional().describe(
    "Of `src`, where the exporter knows it",
  ),
}).describe("A packet on `packets` or `network-traffic`");

/** A packet, see {@linkcode packetSchema}. */
export type Packet = z.infer<typeof packetSchema>;
