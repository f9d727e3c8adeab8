/** Records → packets: the quick way from the bytes reads what the slow way by JSON reads, and nothing else. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Random } from "../../../nn/mod.ts";
import { packetSchema } from "../../../src/records/packets/schema.ts";
import { DEFAULT_LINK, readPacket } from "../../../src/records/packets/read.ts";
import { PacketScanner } from "../../../src/records/packets/scan.ts";

const encoder = new TextEncoder();

function read(value: Uint8Array | null, key: string | null = null) {
  const bytes = key === null ? null : encoder.encode(key);
  return readPacket({ offset: 0, timestampMs: 0, key: bytes, value, headers: [] });
}

/** A packet of chance, its optional fields there or not. */
function packetOf(random: Random): Record<string, unknown> {
  const chance = () => random.uniform() < 0.5;
  const port = () => random.integer(65_536);
  return {
    id: `p-${random.integer(1e9)}`,
    timestamp: chance() ? random.integer(1e6) : 1_767_571_200_000_000 + random.integer(1e9),
    length: random.integer(1_500),
    protocol: ["TCP", "UDP", "0x86dd"][random.integer(3)],
    src: chance() ? "" : `10.0.0.${random.integer(256)}`,
    dst: `2001:db8::${random.integer(65_536).toString(16)}`,
    ...(chance() ? { srcPort: port() } : {}),
    ...(chance() ? { dstPort: port() } : {}),
    ...(chance() ? { tcpFlags: random.integer(512) } : {}),
    ...(chance() ? { packets: 1 + random.integer(100) } : {}),
    ...(chance() ? { link: `eth${random.integer(3)}` } : {}),
    ...(chance() ? { region: "north" } : {}),
    ...(chance() ? { country: "DE" } : {}),
  };
}

Deno.test("PacketScanner.scan() reads every packet as it is written", () => {
  const random = new Random(1);
  const scanner = new PacketScanner();
  for (let i = 0; i < 2_000; i++) {
    const packet = packetOf(random);
    assert.deepEqual(packetSchema.parse(packet), packet);
    assert.deepEqual(scanner.scan(encoder.encode(JSON.stringify(packet))), packet);
  }
  const largest = { ...packetOf(random), timestamp: Number.MAX_SAFE_INTEGER };
  assert.deepEqual(scanner.scan(encoder.encode(JSON.stringify(largest))), largest);
});

Deno.test("readPacket() says what is wrong with a packet, whatever its form", () => {
  const wrong: Readonly<Record<string, unknown>> = {
    "id: text is wanted": { id: "" },
    "timestamp: whole microseconds since 1970 are wanted": { timestamp: 2 ** 53 },
    "length: whole bytes are wanted, 1099511627776 at most": { length: 1.5 },
    "protocol: text is wanted": { protocol: "x".repeat(33) },
    "src: an address is wanted": { src: "1".repeat(65) },
    "dst: an address is wanted": { dst: null },
    "srcPort: a port is wanted, or none": { srcPort: 65_536 },
    "dstPort: a port is wanted, or none": { dstPort: -1 },
    "tcpFlags: a number from 0 to 511 is wanted, or none": { tcpFlags: 512 },
    "packets: a whole number from 1 to 4294967296 is wanted, or none": { packets: 0 },
    "sampling: a number above 1, at most 4294967296, is wanted, or none": { sampling: 1 },
    "link: text is wanted, or none": { link: "" },
    "region: text is wanted, or none": { region: "r".repeat(101) },
    "country: text is wanted, or none": { country: "Atlantis 123" },
  };
  for (const [detail, change] of Object.entries(wrong)) {
    const packet = { ...packetOf(new Random(2)), ...change as object };
    assert.deepEqual(read(encoder.encode(JSON.stringify(packet))), { reason: "not-a-packet", detail });
  }
  assert.equal((read(null) as { reason: string }).reason, "tombstone");
  assert.equal((read(encoder.encode(" ".repeat(20_000))) as { reason: string }).reason, "too-large");
});

/** Values at the limits of some field and right beyond them, and some that are of no field. */
const STRANGE: readonly unknown[] = [
  ...[
    0,
    1,
    2,
    -1,
    1.5,
    511,
    512,
    65_535,
    65_536,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 40,
    2 ** 40 + 1,
    2 ** 53 - 1,
    2 ** 53,
  ],
  ...[1, 10, 11, 32, 33, 64, 65, 100, 101, 200, 201].map((length) => "x".repeat(length)),
  ...["", null, true, [], {}],
];

Deno.test("readPacket() takes what packetSchema does, field by field, and nothing else", () => {
  const whole = { ...packetOf(new Random(6)), sampling: 1.5, link: "eth0", region: "north", country: "DE" };
  const names = Object.keys(packetSchema.shape);
  for (const name of names) {
    const { [name]: _, ...without } = { ...whole } as Record<string, unknown>;
    for (const packet of [without, ...STRANGE.map((value) => ({ ...whole, [name]: value }))]) {
      const found = read(encoder.encode(JSON.stringify(packet)));
      assert.equal("packet" in found, packetSchema.safeParse(packet).success, JSON.stringify(packet));
    }
  }
});

Deno.test("readPacket() takes the packet's own link, else the key, else the default", () => {
  const { link: _link, ...packet } = packetOf(new Random(3));
  const linkOf = (value: object, key: string | null) => {
    const found = read(encoder.encode(JSON.stringify(value)), key);
    return "link" in found ? found.link : null;
  };
  assert.equal(linkOf({ ...packet, link: "own" }, "key"), "own");
  assert.equal(linkOf(packet, "key"), "key");
  assert.equal(linkOf(packet, ""), DEFAULT_LINK);
  assert.equal(linkOf(packet, null), DEFAULT_LINK);
});

/** Bytes changed, cut out, put in or doubled in up to two places. */
function damage(good: Uint8Array, random: Random): Uint8Array {
  const strange = encoder.encode('",:{}[]-.0159eE\\ \n\u0000éA');
  const bytes = [...good];
  for (let left = random.integer(3); left > 0; left--) {
    const at = random.integer(bytes.length), other = strange[random.integer(strange.length)]!;
    const kind = random.integer(4);
    if (kind === 0) bytes[at] = other;
    else if (kind === 1) bytes.splice(at, 1 + random.integer(3));
    else if (kind === 2) bytes.splice(at, 0, other);
    else bytes.splice(at, 0, ...bytes.slice(at, at + random.integer(40)));
  }
  return Uint8Array.from(bytes);
}

Deno.test("readPacket() reads damaged records as the slow way alone does", () => {
  const random = new Random(4);
  let packets = 0;
  for (let i = 0; i < 20_000; i++) {
    const value = damage(encoder.encode(JSON.stringify(packetOf(random))), random);
    // A blank before it is JSON, too, and nothing that is scanned.
    const [found, wanted] = [read(value), read(Uint8Array.of(32, ...value))];
    if ("packet" in found) packets++;
    if ("reason" in wanted && wanted.reason === "not-json") {
      assert.equal("reason" in found && found.reason, "not-json");
    } else assert.deepEqual(found, wanted);
  }
  assert.ok(packets > 5_000 && packets < 15_000, `${packets}`);
});

Deno.test("PacketScanner.scan() keeps nothing of the memory that it reads", () => {
  const scanner = new PacketScanner();
  const packet = { ...packetOf(new Random(5)), src: "10000" };
  // Another text in the same place of the cache: the scanner's own hash.
  const placeOf = (text: string) =>
    [...text].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 0) & 8_191;
  const twin = Array.from({ length: 89_999 }, (_, i) => String(10_001 + i)).find((text) =>
    placeOf(text) === placeOf(packet.src)
  )!;
  const fetched = Buffer.from(JSON.stringify(packet));
  assert.deepEqual(scanner.scan(fetched), packet);
  fetched.write(JSON.stringify({ ...packet, src: twin }));
  assert.equal(scanner.scan(fetched)!.src, twin);
});

Deno.test("readPacket() refuses flows that would make sums inexact, in the quick form as well", () => {
  const packet = {
    id: "p",
    timestamp: 1,
    length: 2 ** 40,
    protocol: "TCP",
    src: "a",
    dst: "b",
    packets: 2 ** 32,
  };
  assert.deepEqual(read(encoder.encode(JSON.stringify(packet))), { packet, link: DEFAULT_LINK });
  for (const change of [{ length: 2 ** 40 + 1 }, { packets: 2 ** 32 + 1 }]) {
    const found = read(encoder.encode(JSON.stringify({ ...packet, ...change })));
    assert.ok("reason" in found && found.reason === "not-a-packet", JSON.stringify(found));
  }
});
