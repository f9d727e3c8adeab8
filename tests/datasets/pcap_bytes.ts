/** Captures, frames and headers made by hand, byte for byte. */

/** A packet to be written into a capture. */
export interface Written {
  readonly bytes: Uint8Array;
  /** Unix time. */
  readonly seconds: number;
  readonly nanoseconds?: number;
  /** On the wire; else that of `bytes`. */
  readonly length?: number;
}

/** Bytes one after the other: numbers are bytes, texts hexadecimal. */
export function bytesOf(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  const arrays = parts.map((part) =>
    typeof part === "number"
      ? Uint8Array.of(part)
      : typeof part === "string"
      ? Uint8Array.fromHex(part.replaceAll(/[\s:]/g, ""))
      : part
  );
  const joined = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    joined.set(array, at);
    at += array.length;
  }
  return joined;
}

/** Two bytes, high first unless `littleEndian`. */
export function u16(value: number, littleEndian = false): Uint8Array {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value, littleEndian);
  return bytes;
}

/** Four bytes. */
export function u32(value: number, littleEndian = false): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

/** Eight bytes. */
export function u64(value: bigint, littleEndian = false): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), littleEndian);
  return bytes;
}

/** A classic capture. */
export function pcapOf(packets: readonly Written[], options: {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
} = {}): Uint8Array {
  const { linkType = 1, littleEndian = true, nanoseconds = false } = options;
  const n = (value: number) => u32(value, littleEndian);
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const records = packets.map(({ bytes, seconds, nanoseconds: rest = 0, length = bytes.length }) =>
    bytesOf(n(seconds), n(nanoseconds ? rest : Math.floor(rest / 1_000)), n(bytes.length), n(length), bytes)
  );
  const version = bytesOf(u16(2, littleEndian), u16(4, littleEndian));
  return bytesOf(n(magic), version, n(0), n(0), n(262_144), n(linkType), ...records);
}

/** A block of pcapng. */
export function blockOf(type: number, body: Uint8Array, littleEndian = true): Uint8Array {
  const padded = bytesOf(body, new Uint8Array(-body.length & 3));
  const length = u32(padded.length + 12, littleEndian);
  return bytesOf(u32(type, littleEndian), length, padded, length);
}

/** An option of a block. */
export function optionOf(code: number, value: Uint8Array, littleEndian = true): Uint8Array {
  return bytesOf(
    u16(code, littleEndian),
    u16(value.length, littleEndian),
    value,
    new Uint8Array(-value.length & 3),
  );
}

/** The beginning of a section. */
export function sectionOf(littleEndian = true): Uint8Array {
  const version = bytesOf(u16(1, littleEndian), u16(0, littleEndian));
  return blockOf(
    0x0a0d0d0a,
    bytesOf(u32(0x1a2b3c4d, littleEndian), version, u64(-1n, littleEndian)),
    littleEndian,
  );
}

/** The description of an interface. */
export function interfaceOf(options: {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly snapLength?: number;
  readonly resolution?: number;
  readonly offsetSeconds?: bigint;
} = {}): Uint8Array {
  const { linkType = 1, littleEndian = true, snapLength = 0, resolution, offsetSeconds } = options;
  return blockOf(
    1,
    bytesOf(
      u16(linkType, littleEndian),
      u16(0),
      u32(snapLength, littleEndian),
      ...(resolution === undefined ? [] : [optionOf(9, Uint8Array.of(resolution), littleEndian)]),
      ...(offsetSeconds === undefined ? [] : [optionOf(14, u64(offsetSeconds, littleEndian), littleEndian)]),
      u32(0),
    ),
    littleEndian,
  );
}

/** An enhanced packet; `ticks` in the interface's unit. */
export function enhancedOf(bytes: Uint8Array, options: {
  readonly ticks: bigint;
  readonly place?: number;
  readonly length?: number;
  readonly littleEndian?: boolean;
}): Uint8Array {
  const { ticks, place = 0, length = bytes.length, littleEndian = true } = options;
  const n = (value: number) => u32(value, littleEndian);
  const time = bytesOf(n(Number(ticks >> 32n)), n(Number(ticks & 0xffff_ffffn)));
  const padding = new Uint8Array(-bytes.length & 3);
  return blockOf(6, bytesOf(n(place), time, n(bytes.length), n(length), bytes, padding), littleEndian);
}

/** An Ethernet frame from 02:00:00:00:00:01 to 02:00:00:00:00:02. */
export function ethernetOf(type: number, payload: Uint8Array): Uint8Array {
  return bytesOf("02:00:00:00:00:02", "02:00:00:00:00:01", u16(type), payload);
}

/** An IPv4 packet from 192.0.2.1 to 198.51.100.7, without its checksum. */
export function ipv4Of(
  protocol: number,
  payload: Uint8Array,
  { fragment = 0, options = new Uint8Array(0) }: {
    readonly fragment?: number;
    readonly options?: Uint8Array;
  } = {},
): Uint8Array {
  const headerBytes = 20 + options.length;
  return bytesOf(
    0x40 | headerBytes / 4,
    0,
    u16(headerBytes + payload.length),
    u16(7),
    u16(fragment),
    bytesOf(64, protocol, u16(0)),
    "c0000201",
    "c6336407",
    options,
    payload,
  );
}

/** An IPv6 packet from 2001:db8::1 to 2001:db8:0:1::2. */
export function ipv6Of(next: number, payload: Uint8Array): Uint8Array {
  return bytesOf(
    "60000000",
    u16(payload.length),
    next,
    64,
    "20010db8000000000000000000000001",
    "20010db8000000010000000000000002",
    payload,
  );
}

/** A UDP datagram from port 5353 to 53. */
export function udpOf(payload: Uint8Array = new Uint8Array(4)): Uint8Array {
  return bytesOf(u16(5353), u16(53), u16(8 + payload.length), u16(0), payload);
}

/** A TCP segment from port 49152 to 443. */
export function tcpOf(flags: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  return bytesOf(u16(49_152), u16(443), u32(1), u32(2), u16(0x5000 | flags), u16(1_000), u32(0), payload);
}
