/**
 * NetFlow v5: a header and up to 30 records of 48 bytes,
 * https://www.cisco.com/c/en/us/td/docs/net_mgmt/netflow_collection_engine/3-6/user/guide/format.html.
 */
import type { Packet } from "../../records/packets/schema.ts";
import { protocolName } from "../pcap/dissect.ts";
import type { AddressTexts } from "../pcap/addresses.ts";
import { hasPorts, isTooLarge, tooLargeText } from "./flow.ts";
import { idStart, type MessageHeader, ofUptime } from "./message.ts";

/** Bytes of the header. */
export const V5_HEADER_BYTES = 24;
const RECORD_BYTES = 48;

/** The header of a datagram of at least {@linkcode V5_HEADER_BYTES}. */
export function readV5Header(
  view: DataView,
  { exporter, link }: Pick<MessageHeader, "exporter" | "link">,
): MessageHeader & { readonly count: number; readonly interval: number } {
  return {
    version: 5,
    exporter,
    link,
    count: view.getUint16(2),
    uptimeMs: view.getUint32(4),
    exportUs: view.getUint32(8) * 1e6 + Math.floor(view.getUint32(12) / 1_000),
    sequence: view.getUint32(16),
    sourceId: view.getUint16(20),
    // Two bits of mode are before it; exporters leave them 0 and sample all the same.
    interval: Math.max(1, view.getUint16(22) & 0x3fff),
  };
}

/** Whole records that are there. */
export function v5RecordsIn(bytes: Uint8Array): number {
  return Math.floor((bytes.length - V5_HEADER_BYTES) / RECORD_BYTES);
}

/** A datagram's flows. */
export interface V5Flows {
  readonly flows: Packet[];
  /** Records that count nothing: left out. */
  readonly empty: number;
  /** Records that count more than a packet record may: left out, said how. */
  readonly tooLarge: readonly string[];
}

/** The first `count` flows; `interval` multiplies what they count. */
export function readV5Flows(
  view: DataView,
  { header, count, interval, texts }: {
    readonly header: MessageHeader;
    readonly count: number;
    readonly interval: number;
    readonly texts: AddressTexts;
  },
): V5Flows {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const id = idStart(header, bytes);
  const flows: Packet[] = [], tooLarge: string[] = [];
  let empty = 0;
  for (let record = 0; record < count; record++) {
    const at = V5_HEADER_BYTES + record * RECORD_BYTES;
    const packets = view.getUint32(at + 16) * interval, length = view.getUint32(at + 20) * interval;
    if (packets === 0 && length === 0) {
      empty++;
      continue;
    }
    if (isTooLarge({ octets: length, packets })) {
      tooLarge.push(tooLargeText({ octets: length, packets }));
      continue;
    }
    const protocol = bytes[at + 38]!;
    const ports = { srcPort: view.getUint16(at + 32), dstPort: view.getUint16(at + 34) };
    flows.push({
      id: id + record,
      timestamp: Math.max(0, ofUptime(header, view.getUint32(at + 28))),
      length,
      protocol: protocolName(protocol),
      src: texts.v4(bytes, at),
      dst: texts.v4(bytes, at + 4),
      ...(hasPorts(protocol) ? ports : {}),
      ...(protocol === 6 ? { tcpFlags: bytes[at + 37]! } : {}),
      packets: Math.max(1, packets),
      ...(interval === 1 ? {} : { sampling: interval }),
      link: header.link,
    });
  }
  return { flows, empty, tooLarge };
}
