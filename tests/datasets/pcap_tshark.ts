/** The same fields as tshark reads them. */
import type { Packet } from "../../src/records/packets/schema.ts";

const FIELDS = [
  ...["frame.time_epoch", "frame.len", "vlan.etype", "eth.type", "sll.etype"],
  ...["eth.src", "eth.dst", "sll.src.eth", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.proto"],
  ...[
    "ipv6.nxt",
    "ipv6.hopopts.nxt",
    "ipv6.routing.nxt",
    "ipv6.dstopts.nxt",
    "ipv6.fraghdr.nxt",
    "ah.next_header",
  ],
  ...["tcp.srcport", "tcp.dstport", "tcp.flags", "udp.srcport", "udp.dstport"],
] as const;

/** How tshark is asked: fragments are not put together, the first of several headers of a kind counts. */
export const TSHARK_ARGS = [
  ...["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields"],
  ...["-E", "occurrence=f", "-E", "separator=|", ...FIELDS.flatMap((field) => ["-e", field])],
];

/** Its version; `null` where it is not installed. */
export function tsharkVersion(): string | null {
  try {
    const { success, stdout } = new Deno.Command("tshark", {
      args: ["--version"],
      stdout: "piped",
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).split("\n")[0]! : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The lines of a capture's packets. */
export async function tsharkLines(path: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("tshark", {
    args: ["-r", path, ...TSHARK_ARGS],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`tshark of ${path}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").map(lineOf);
}

/** A packet's line. */
export function packetLine(packet: Packet): string {
  const { timestamp, length, protocol, src, dst, srcPort = "", dstPort = "", tcpFlags = "" } = packet;
  return [timestamp, length, protocol, src, dst, srcPort, dstPort, tcpFlags].join(" ");
}

const NAMES: Readonly<Record<string, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6" };

function lineOf(line: string): string {
  const values = line.split("|");
  const field = (name: typeof FIELDS[number]) => values[FIELDS.indexOf(name)] ?? "";
  const [seconds = "", fraction = ""] = field("frame.time_epoch").split(".");
  const packet = {
    id: "",
    timestamp: Number(seconds + fraction.slice(0, 6).padEnd(6, "0")),
    length: Number(field("frame.len")),
  };
  const isV6 = field("ipv6.dst") !== "";
  const isV4 = field("ip.dst") !== "";
  if (!isV4 && !isV6) {
    const type = field("vlan.etype") || field("eth.type") || field("sll.etype");
    const protocol = type === "" ? "LLC" : Number(type) === 0x0806 ? "ARP" : type;
    return packetLine({
      ...packet,
      protocol,
      src: field("eth.src") || field("sll.src.eth"),
      dst: field("eth.dst"),
    });
  }
  const v = isV4 ? "ip" : "ipv6";
  const number = isV4 ? field("ip.proto") : lastHeader(field);
  const ends = { src: field(`${v}.src`), dst: field(`${v}.dst`), protocol: NAMES[number] ?? number };
  const name = number === "6" ? "tcp" : number === "17" ? "udp" : null;
  if (name === null || field(`${name}.dstport`) === "") return packetLine({ ...packet, ...ends });
  const ports = { srcPort: Number(field(`${name}.srcport`)), dstPort: Number(field(`${name}.dstport`)) };
  const flags = field("tcp.flags");
  return packetLine({
    ...packet,
    ...ends,
    ...ports,
    ...(name === "tcp" && flags !== "" ? { tcpFlags: Number(flags) & 0x1ff } : {}),
  });
}

/** Follows IPv6's headers: each names the next. */
function lastHeader(field: (name: typeof FIELDS[number]) => string): string {
  const NEXT = {
    0: "ipv6.hopopts.nxt",
    43: "ipv6.routing.nxt",
    44: "ipv6.fraghdr.nxt",
    51: "ah.next_header",
    60: "ipv6.dstopts.nxt",
  } as const;
  let number = field("ipv6.nxt");
  while (number in NEXT) {
    const next = field(NEXT[Number(number) as keyof typeof NEXT]);
    if (next === "") break;
    number = next;
  }
  return number;
}

/** Lines in short: enough to see whether others are the same. */
export interface LinesSummary {
  readonly packets: number;
  /** Of the lines, each with its line feed. */
  readonly sha256: string;
  readonly first: readonly string[];
}

/** See {@linkcode LinesSummary}. */
export async function summaryOf(lines: readonly string[]): Promise<LinesSummary> {
  const text = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return { packets: lines.length, sha256: digest.toHex(), first: lines.slice(0, 3) };
}
