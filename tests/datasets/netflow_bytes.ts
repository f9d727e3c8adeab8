/** Export datagrams made by hand, after RFC 3954 and RFC 7011. */
import { bytesOf, u16, u32 } from "./pcap_bytes.ts";

/** When the datagrams are sent, Unix time, and milliseconds since the exporter's start. */
export const EXPORT_SECONDS = 1_700_000_000;
/** See {@linkcode EXPORT_SECONDS}. */
export const UPTIME_MS = 3_600_000;

/** A flow of v5: 10 packets, 5,000 octets, that ended a second before the export. */
export function v5RecordOf(options: {
  readonly protocol?: number;
  readonly packets?: number;
  readonly lastMs?: number;
} = {}): Uint8Array {
  const { protocol = 6, packets = 10, lastMs = UPTIME_MS - 1_000 } = options;
  return bytesOf(
    ...["c0000201", "c6336407", "00000000", u16(1), u16(2)],
    ...[u32(packets), u32(packets * 500), u32(UPTIME_MS - 9_000), u32(lastMs)],
    ...[u16(49_152), u16(443), 0, 0x1b, protocol, 0, u16(0), u16(0), 0, 0, u16(0)],
  );
}

/** A datagram of v5. */
export function v5Of(records: readonly Uint8Array[], options: {
  readonly count?: number;
  readonly sequence?: number;
  readonly seconds?: number;
  readonly uptimeMs?: number;
} = {}): Uint8Array {
  const { count = records.length, sequence = 0, seconds = EXPORT_SECONDS, uptimeMs = UPTIME_MS } = options;
  return bytesOf(
    ...[u16(5), u16(count), u32(uptimeMs), u32(seconds), u32(250_000_000), u32(sequence)],
    ...[1, 2, u16(0)],
    ...records,
  );
}

/** A datagram of v9. */
export function v9Of(sets: readonly Uint8Array[], options: {
  readonly sequence?: number;
  readonly seconds?: number;
  readonly uptimeMs?: number;
  readonly sourceId?: number;
} = {}): Uint8Array {
  const { sequence = 0, seconds = EXPORT_SECONDS, uptimeMs = UPTIME_MS, sourceId = 7 } = options;
  return bytesOf(
    ...[u16(9), u16(sets.length), u32(uptimeMs), u32(seconds), u32(sequence), u32(sourceId)],
    ...sets,
  );
}

/** A message of IPFIX. */
export function ipfixOf(sets: readonly Uint8Array[], options: {
  readonly sequence?: number;
  readonly seconds?: number;
  readonly domain?: number;
  readonly length?: number;
} = {}): Uint8Array {
  const { sequence = 0, seconds = EXPORT_SECONDS, domain = 7 } = options;
  const body = bytesOf(...sets);
  const { length = 16 + body.length } = options;
  return bytesOf(u16(10), u16(length), u32(seconds), u32(sequence), u32(domain), body);
}

/** A set or flow set. */
export function setOf(id: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = bytesOf(...parts);
  return bytesOf(u16(id), u16(4 + body.length), body);
}

/** A template: element and length of each field; of a company's own element, its number, too. */
export function templateOf(
  id: number,
  fields: readonly (readonly [element: number, length: number, enterprise?: number])[],
): Uint8Array {
  return bytesOf(
    u16(id),
    u16(fields.length),
    ...fields.flatMap(([element, length, enterprise]) =>
      enterprise === undefined
        ? [u16(element), u16(length)]
        : [u16(element | 0x8000), u16(length), u32(enterprise)]
    ),
  );
}

/** What most exporters of v9 send for IPv4: addresses, ports, protocol, flags, octets, packets, first, last. */
export const V4_FIELDS = [[8, 4], [12, 4], [7, 2], [11, 2], [4, 1], [6, 1], [1, 4], [2, 4], [22, 4], [
  21,
  4,
]] as const;

/** A record of {@linkcode V4_FIELDS}. */
export function v4RecordOf(
  options: { readonly protocol?: number; readonly octets?: number } = {},
): Uint8Array {
  const { protocol = 6, octets = 5_000 } = options;
  return bytesOf(
    ...["c0000201", "c6336407", u16(49_152), u16(443), protocol, 0x1b],
    ...[u32(octets), u32(10), u32(UPTIME_MS - 9_000), u32(UPTIME_MS - 1_000)],
  );
}
