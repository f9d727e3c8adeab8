/** Export datagrams as tshark's dissector reads them. */
import assert from "node:assert/strict";
import type { Packet } from "../../src/records/packets/schema.ts";
import {
  EXPORT_SECONDS,
  ipfixOf,
  setOf,
  templateOf,
  UPTIME_MS,
  V4_FIELDS,
  v4RecordOf,
  v5Of,
  v5RecordOf,
  v9Of,
} from "./netflow_bytes.ts";
import { bytesOf, ethernetOf, ipv4Of, pcapOf, u16, u32, u64 } from "./pcap_bytes.ts";

const V6_FIELDS = [
  ...[[27, 16], [28, 16], [7, 2], [11, 2], [4, 1], [82, 65_535], [9, 8, 29_305], [1, 8], [2, 3], [153, 8]],
] as [number, number][];
const v6Record = (last: number) =>
  bytesOf(
    ...["20010db8000000000000000000000001", `2001:0db8:0000:0001:0000:0000:0000:000${last}`],
    ...[u16(5_353), u16(53), 17, 4, "65746830", new Uint8Array(8)],
    ...[u64(123_456_789_012n), bytesOf(0, u16(500)), u64(1_699_999_998_765n)],
  );
const OPTIONS = bytesOf(u16(300), u16(2), u16(1), u16(149), u16(4), u16(34), u16(4));

/** Of an exporter, in turn. */
export const DATAGRAMS = [
  v5Of([v5RecordOf(), v5RecordOf({ protocol: 17, packets: 3, lastMs: 5_000 }), v5RecordOf({ protocol: 1 })]),
  v9Of([setOf(0, templateOf(256, V4_FIELDS), templateOf(257, [[12, 4], [8, 4], [1, 3], [2, 2], [21, 4]]))]),
  v9Of([
    setOf(256, v4RecordOf(), v4RecordOf({ protocol: 17, octets: 77 })),
  ], { sequence: 1 }),
  // Three bytes of octets, two of packets, and one of padding.
  v9Of([setOf(257, bytesOf("0a000001", "0a000002", 1, u16(2), u16(9), u32(60_000)), new Uint8Array(1))], {
    sequence: 2,
  }),
  ipfixOf([setOf(2, templateOf(999, V6_FIELDS)), setOf(999, v6Record(2), v6Record(3))]),
  ipfixOf([setOf(3, OPTIONS), setOf(300, u32(1), u32(100)), setOf(999, v6Record(4))], { sequence: 2 }),
];

const FIELDS = [
  ...["srcaddr", "srcaddrv6", "dstaddr", "dstaddrv6", "octets", "packets", "protocol"],
  ...["srcport", "dstport", "tcpflags", "timeend", "abstimeend"],
] as const;

/** How tshark is asked. */
export const CFLOW_ARGS = [
  ...["-n", "-d", "udp.port==2055,cflow", "-T", "fields", "-E", "separator=|"],
  ...FIELDS.flatMap((field) => ["-e", `cflow.${field}`]),
];

/** The lines of the datagrams' flows; those of one datagram must have the same fields. */
export async function tsharkFlows(datagrams: readonly Uint8Array[]): Promise<string[]> {
  const path = await Deno.makeTempFile();
  try {
    const frames = datagrams.map((datagram) => ({ bytes: udpFrameOf(datagram), seconds: EXPORT_SECONDS }));
    await Deno.writeFile(path, pcapOf(frames));
    const tshark = new Deno.Command("tshark", {
      args: ["-r", path, ...CFLOW_ARGS],
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await tshark.output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trimEnd().split("\n").flatMap((line, i) =>
      linesOf(line, datagrams[i]!)
    );
  } finally {
    await Deno.remove(path);
  }
}

/** A flow's line. */
export function flowLine(packet: Packet): string {
  const { timestamp, length, packets, protocol, src, dst, srcPort = "", dstPort = "", tcpFlags = "" } =
    packet;
  return [timestamp, length, packets, protocol, src, dst, srcPort, dstPort, tcpFlags].join(" ");
}

function udpFrameOf(datagram: Uint8Array): Uint8Array {
  const udp = bytesOf(u16(2_055), u16(2_055), u16(8 + datagram.length), u16(0), datagram);
  return ethernetOf(0x0800, ipv4Of(17, udp));
}

const NAMES: Readonly<Record<string, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };

function linesOf(line: string, datagram: Uint8Array): string[] {
  const columns = line.split("|").map((column, i) =>
    // A date has a comma of its own.
    column === "" ? [] : column.split(FIELDS[i] === "abstimeend" ? /(?<=UTC),/ : ",")
  );
  const value = (field: typeof FIELDS[number], flow: number) => columns[FIELDS.indexOf(field)]![flow] ?? "";
  const flows = columns[FIELDS.indexOf("octets")]!.length;
  // Nanoseconds of v5's header are a part of its time.
  const sentUs = EXPORT_SECONDS * 1e6 + (datagram[1] === 5 ? 250_000 : 0);
  return Array.from({ length: flows }, (_, flow) => {
    const protocol = value("protocol", flow), end = value("abstimeend", flow);
    const hasPorts = protocol === "6" || protocol === "17";
    return [
      end === ""
        ? sentUs - UPTIME_MS * 1_000 + Number(value("timeend", flow)) * 1e6
        : Date.parse(end.replace(/000000 UTC$/, " UTC")) * 1_000,
      value("octets", flow),
      value("packets", flow),
      NAMES[protocol] ?? "unknown",
      value("srcaddr", flow) || value("srcaddrv6", flow),
      value("dstaddr", flow) || value("dstaddrv6", flow),
      hasPorts ? value("srcport", flow) : "",
      hasPorts ? value("dstport", flow) : "",
      protocol === "6" ? Number(value("tcpflags", flow)) : "",
    ].join(" ");
  });
}
