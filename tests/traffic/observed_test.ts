import assert from "node:assert/strict";
import type { Packet } from "../../src/records/packets/schema.ts";
import { emptyWindow, observed } from "../../src/traffic/observed.ts";

const packet = (timestamp: number, change: Partial<Packet> = {}): Packet => ({
  ...{ id: String(timestamp), timestamp, length: 100, protocol: "TCP", src: "10.0.0.1", dst: "10.0.0.2" },
  ...change,
});
const PACKETS = [
  packet(1_000_500),
  packet(1_000_100, { protocol: "UDP", length: 60 }),
  packet(1_000_900, { protocol: "ICMP", length: 20, packets: 2 }),
  packet(1_000_300),
];

Deno.test("observed() sums a window's packets up, in any order", () => {
  const aggregate = observed(5_000_000);
  const all = PACKETS.reduce(aggregate.add, aggregate.create());
  assert.deepEqual(aggregate.result(all), {
    bytes: 280,
    meanSize: 56,
    packets: 5,
    interarrival: 800 / 3,
    tcp: 0.4,
    udp: 0.2,
  });
});

Deno.test("observed() has the window's length where there are no two packets to measure between", () => {
  const aggregate = observed(5_000_000);
  assert.deepEqual(aggregate.result(aggregate.create()), emptyWindow(5_000_000));
  assert.equal(aggregate.result(aggregate.add(aggregate.create(), packet(7))).interarrival, 5_000_000);
});

Deno.test("observed() gives the same for parts that are merged, through JSON", () => {
  const aggregate = observed(5_000_000);
  const whole = aggregate.result(PACKETS.reduce(aggregate.add, aggregate.create()));
  for (let cut = 0; cut <= PACKETS.length; cut++) {
    const [left, right] = [PACKETS.slice(0, cut), PACKETS.slice(cut)].map((part) =>
      aggregate.fromJson(
        JSON.parse(JSON.stringify(aggregate.toJson(part.reduce(aggregate.add, aggregate.create())))),
      )
    );
    assert.deepEqual(aggregate.result(aggregate.merge(left!, right!)), whole);
  }
});
