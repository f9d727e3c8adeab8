/** Small captures of every kind that is read: what tshark and the readers are held against each other on. */
import {
  blockOf,
  bytesOf,
  enhancedOf,
  ethernetOf,
  interfaceOf,
  ipv4Of,
  ipv6Of,
  optionOf,
  pcapOf,
  sectionOf,
  tcpOf,
  u16,
  u32,
  udpOf,
  type Written,
} from "./pcap_bytes.ts";

const SECONDS = 1_700_000_000;

/** What is in an Ethernet frame after its type field. */
const ARP = bytesOf("0001 0800 06 04 0001", "020000000001", "c0000201", "000000000000", "c6336407");
const ICMP = bytesOf("08 00 f7ff 0000 0000");
/** An answer that quotes the datagram it is about, ports and all. */
const UNREACHABLE = bytesOf("03 03 0000 00000000", ipv4Of(17, udpOf()));
const ICMPV6 = bytesOf("80 00 0000 0001 0001");
/** Next header, length 0, and six bytes of padding. */
const hopByHop = (next: number) => bytesOf(next, 0, "01 04 00000000");
const routing = (next: number) => bytesOf(next, 2, "00 00 00000000", "20010db8000000000000000000000009");
const fragment = (next: number, offset: number) => bytesOf(next, 0, u16(offset << 3 | 1), u32(77));
const authentication = (next: number) => bytesOf(next, 4, u16(0), u32(1), u32(2), new Uint8Array(12));

const pppoeOf = (protocol: number, payload: Uint8Array) =>
  bytesOf("11 00 0001", u16(2 + payload.length), u16(protocol), payload);

const PAYLOADS: readonly (readonly [type: number, payload: Uint8Array])[] = [
  [0x0800, ipv4Of(6, tcpOf(0x002))],
  [0x0800, ipv4Of(6, tcpOf(0x1ff, new Uint8Array(20)))],
  [0x0800, ipv4Of(6, tcpOf(0x018), { options: bytesOf("94 04 00 00") })],
  [0x0800, ipv4Of(17, udpOf())],
  [0x0800, ipv4Of(17, udpOf(), { fragment: 0x2000 })],
  [0x0800, ipv4Of(17, udpOf(), { fragment: 0x00b9 })],
  [0x0800, ipv4Of(1, ICMP)],
  [0x0800, ipv4Of(1, UNREACHABLE)],
  [0x0800, ipv4Of(47, bytesOf("0000 6558 00000000"))],
  [0x86dd, ipv6Of(6, tcpOf(0x012))],
  [0x86dd, ipv6Of(17, udpOf())],
  [0x86dd, ipv6Of(58, ICMPV6)],
  [0x86dd, ipv6Of(0, bytesOf(hopByHop(17), udpOf()))],
  [0x86dd, ipv6Of(0, bytesOf(hopByHop(43), routing(60), hopByHop(6), tcpOf(0x010)))],
  [0x86dd, ipv6Of(44, bytesOf(fragment(17, 0), udpOf()))],
  [0x86dd, ipv6Of(44, bytesOf(fragment(17, 20), udpOf()))],
  [0x86dd, ipv6Of(51, bytesOf(authentication(6), tcpOf(0x004)))],
  [0x86dd, ipv6Of(59, new Uint8Array(0))],
];

const FRAMES: readonly Uint8Array[] = [
  ...PAYLOADS.map(([type, payload]) => ethernetOf(type, payload)),
  ethernetOf(0x0806, ARP),
  ethernetOf(0x8100, bytesOf(u16(0x2005), u16(0x0800), ipv4Of(17, udpOf()))),
  ethernetOf(0x88a8, bytesOf(u16(10), u16(0x8100), u16(20), u16(0x86dd), ipv6Of(6, tcpOf(0x011)))),
  ethernetOf(0x8100, bytesOf(u16(5), u16(0x0806), ARP)),
  ethernetOf(0x8864, pppoeOf(0x0021, ipv4Of(6, tcpOf(0x018)))),
  ethernetOf(0x8864, pppoeOf(0x0057, ipv6Of(17, udpOf()))),
  ethernetOf(0x8100, bytesOf(u16(7), u16(0x8864), pppoeOf(0x0021, ipv4Of(17, udpOf())), new Uint8Array(9))),
  ethernetOf(
    0x88a8,
    bytesOf(u16(7), u16(0x8100), u16(7), u16(0x8864), pppoeOf(0x0057, ipv6Of(6, tcpOf(0x002)))),
  ),
  // The session is being negotiated.
  ethernetOf(0x8864, pppoeOf(0xc021, bytesOf("01 01 0004"))),
  ethernetOf(0x88cc, bytesOf("0207 04 020000000001", "0403 05 6131", "0602 0078", "0000")),
  // A bridge's tree: a length instead of a type.
  ethernetOf(38, bytesOf("42 42 03", "0000 00 00 00", new Uint8Array(30))),
  // Padding up to Ethernet's least length does not belong to the segment.
  bytesOf(ethernetOf(0x0800, ipv4Of(6, tcpOf(0x014))), new Uint8Array(6)),
];

function at<T>(bytes: T, index: number): { bytes: T; seconds: number; nanoseconds: number } {
  return { bytes, seconds: SECONDS + index, nanoseconds: 1_234_567 * index };
}

const written = (frames: readonly Uint8Array[]): Written[] => frames.map(at);

/**
 * Every beginning of a frame from its 14th byte, as a capture with a snap length has it; not `except`, where tshark
 * says less or more: it has TCP's flags only with the two bytes of the window that follow them, and what follows a
 * routing header from one byte of it, but not what follows other headers.
 */
function cut(frame: Uint8Array, except: readonly number[] = []): Written[] {
  const lengths = Array.from({ length: frame.length - 14 }, (_, i) => 14 + i);
  return lengths.filter((length) => !except.includes(length)).map((length) => ({
    ...at(frame.subarray(0, length), length),
    length: frame.length,
  }));
}

const ipFrames = (version: 4 | 6) =>
  PAYLOADS.filter(([type]) => type === (version === 4 ? 0x0800 : 0x86dd)).map(([, payload]) => payload);

const cooked = ([type, payload]: readonly [number, Uint8Array]) =>
  bytesOf(u16(4), u16(1), u16(6), "020000000001", u16(0), u16(type), payload);
const cooked2 = ([type, payload]: readonly [number, Uint8Array]) =>
  bytesOf(u16(type), u16(0), u32(3), u16(1), 4, 6, "020000000001", u16(0), payload);
const FAMILY = { 4: 2, 6: 30 } as const;

function loopback(littleEndian: boolean): Uint8Array[] {
  return ([4, 6] as const).flatMap((version) =>
    ipFrames(version).map((payload) => bytesOf(u32(FAMILY[version], littleEndian), payload))
  );
}

function pcapngOf(littleEndian: boolean): Uint8Array {
  const nanoseconds = BigInt(SECONDS) * 1_000_000_000n + 987_654_321n;
  const comment = optionOf(1, new TextEncoder().encode("a comment"), littleEndian);
  return bytesOf(
    sectionOf(littleEndian),
    interfaceOf({ littleEndian }),
    interfaceOf({ littleEndian, resolution: 9, linkType: 101 }),
    interfaceOf({ littleEndian, resolution: 0x80 | 20, snapLength: 40 }),
    interfaceOf({ littleEndian, resolution: 3, offsetSeconds: 1_000n }),
    // Names of addresses, and a block that nobody knows.
    blockOf(4, u32(0), littleEndian),
    blockOf(0x0bad_beef, bytesOf(comment, new Uint8Array(9)), littleEndian),
    enhancedOf(FRAMES[0]!, { ticks: BigInt(SECONDS) * 1_000_000n + 1n, littleEndian }),
    enhancedOf(ipv4Of(6, tcpOf(0x002)), { ticks: nanoseconds, place: 1, littleEndian }),
    enhancedOf(FRAMES[3]!, {
      ticks: (BigInt(SECONDS) << 20n) + 524_289n,
      place: 2,
      length: 1_500,
      littleEndian,
    }),
    enhancedOf(FRAMES[9]!, { ticks: BigInt(SECONDS) * 1_000n + 7n, place: 3, littleEndian }),
  );
}

/** By name. */
export const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  "ethernet, µs, little-endian": pcapOf(written(FRAMES)),
  "ethernet, µs, big-endian": pcapOf(written(FRAMES), { littleEndian: false }),
  "ethernet, ns, little-endian": pcapOf(written(FRAMES), { nanoseconds: true }),
  "ethernet, ns, big-endian": pcapOf(written(FRAMES), { nanoseconds: true, littleEndian: false }),
  "ethernet, cut": pcapOf([
    ...cut(ethernetOf(...PAYLOADS[0]!), [48, 49]),
    ...cut(ethernetOf(...PAYLOADS[3]!)),
    ...cut(ethernetOf(...PAYLOADS[9]!), [68, 69]),
    ...cut(ethernetOf(...PAYLOADS[10]!)),
    ...cut(ethernetOf(...PAYLOADS[13]!), [63, 108, 109]),
  ]),
  "raw IP, 101": pcapOf(written([...ipFrames(4), ...ipFrames(6)]), { linkType: 101 }),
  "raw IP, 12": pcapOf(written([...ipFrames(4), ...ipFrames(6)]), { linkType: 12 }),
  "raw IP, 14": pcapOf(written([...ipFrames(4), ...ipFrames(6)]), { linkType: 14 }),
  "IPv4, 228": pcapOf(written(ipFrames(4)), { linkType: 228 }),
  "IPv6, 229": pcapOf(written(ipFrames(6)), { linkType: 229 }),
  "Linux cooked, 113": pcapOf(written([...PAYLOADS.map(cooked), cooked([0x0806, ARP])]), { linkType: 113 }),
  "Linux cooked, 276": pcapOf(written([...PAYLOADS.map(cooked2), cooked2([0x0806, ARP])]), { linkType: 276 }),
  "BSD null, little-endian": pcapOf(written(loopback(true)), { linkType: 0 }),
  "BSD null, big-endian": pcapOf(written(loopback(false)), { linkType: 0, littleEndian: false }),
  "BSD loop": pcapOf(written(loopback(false)), { linkType: 108 }),
  "pcapng, little-endian": pcapngOf(true),
  "pcapng, big-endian": pcapngOf(false),
  "pcapng, two sections": bytesOf(pcapngOf(true), pcapngOf(false)),
};
