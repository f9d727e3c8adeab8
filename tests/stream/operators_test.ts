/** A whole pipeline on a list of records, without a broker, and its stages one by one. */
import assert from "node:assert/strict";
import { compose } from "../../src/stream/aggregates/compose.ts";
import { count } from "../../src/stream/aggregates/count.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import { filter, groupBy, map, pipe, select, window } from "../../src/stream/operators.ts";
import { Watermarks } from "../../src/stream/watermark.ts";
import { type Missed, WindowedAggregation, type WindowResult } from "../../src/stream/windows.ts";

interface Packet {
  readonly at: number;
  readonly link: string;
  readonly protocol: string;
  readonly length: number;
}

async function* inBatches<Of>(records: readonly Of[], size: number): AsyncGenerator<readonly Of[]> {
  for (let i = 0; i < records.length; i += size) yield await Promise.resolve(records.slice(i, i + size));
}

const PACKETS: readonly Packet[] = [
  { at: 1, link: "north", protocol: "TCP", length: 100 },
  { at: 2, link: "south", protocol: "TCP", length: 40 },
  { at: 3, link: "north", protocol: "ARP", length: 9 },
  { at: 4, link: "north", protocol: "TCP", length: 60 },
  { at: 12, link: "north", protocol: "TCP", length: 70 },
  { at: 9, link: "south", protocol: "TCP", length: 50 },
  { at: 22, link: "south", protocol: "TCP", length: 30 },
  { at: 8, link: "north", protocol: "TCP", length: 1 },
];

Deno.test("a pipeline of filter, map, groupBy and window gives the same on batches of every size", async () => {
  for (const size of [1, 2, 3, 100]) {
    const missed: [number, Missed["reason"]][] = [];
    const windows = new WindowedAggregation({
      spec: { kind: "tumbling", size: 10 },
      aggregate: compose({ packets: count(), bits: sum(({ bits }: { readonly bits: number }) => bits) }),
    });
    const pipeline = pipe(
      filter(({ protocol }: Packet) => protocol !== "ARP"),
      map(({ at, link, length }) => ({ at, link, bits: 8 * length })),
      groupBy(({ link }) => link, ({ at }) => at),
      window(windows, {
        lateness: 5,
        onMissed: ({ time }, { reason }) => missed.push([time, reason]),
      }),
      map(({ key, start, value, final }) => [key, start, value.packets, value.bits, final]),
    );
    const results = [];
    for await (const batch of pipeline(inBatches(PACKETS, size))) results.push(...batch);
    assert.deepEqual(results, [
      ["north", 0, 2, 1_280, true],
      ["south", 0, 2, 720, true],
      ["north", 10, 1, 560, true],
      ["south", 20, 1, 240, true],
    ]);
    assert.deepEqual(missed, [[8, "late"]]);
  }
});

Deno.test("select() keeps the fields that are named", async () => {
  const batches = [];
  for await (const batch of select<Packet, "link" | "length">("link", "length")(inBatches(PACKETS, 8))) {
    batches.push(batch);
  }
  assert.deepEqual(batches[0]![1], { link: "south", length: 40 });
});

Deno.test("filter() passes no empty batches on", async () => {
  const batches = [];
  for await (const batch of filter((x: number) => x > 4)(inBatches([1, 2, 3, 4, 5, 6], 2))) {
    batches.push(batch);
  }
  assert.deepEqual(batches, [[5, 6]]);
});

Deno.test("window() leaves open windows as they are where the stream goes on later", async () => {
  const options = { spec: { kind: "tumbling", size: 10 }, aggregate: count() } as const;
  const stages = (windows: WindowedAggregation<unknown, number, number>, closeAtEnd: boolean) =>
    pipe(
      groupBy(({ link }: Packet) => link, ({ at }) => at),
      window(windows, { closeAtEnd, lateness: 3, onMissed: () => assert.fail() }),
    );
  const told: WindowResult<number>[] = [];
  const first = new WindowedAggregation<unknown, number, number>(options);
  for await (const batch of stages(first, false)(inBatches(PACKETS.slice(0, 4), 2))) told.push(...batch);
  assert.equal(told.length, 0);
  const second = new WindowedAggregation<unknown, number, number>(
    options,
    JSON.parse(JSON.stringify(first.toJson())),
  );
  for await (const batch of stages(second, true)(inBatches(PACKETS.slice(4, 6), 2))) told.push(...batch);
  assert.deepEqual(told.map(({ key, start, count }) => [key, start, count]), [
    ["north", 0, 3],
    ["south", 0, 2],
    ["north", 10, 1],
  ]);
});

Deno.test("windows over two partitions wait for the slower one until it is idle by the clock", () => {
  const watermarks = new Watermarks({ lateness: 0, idleTimeoutMs: 1_000 });
  const windows = new WindowedAggregation({ spec: { kind: "tumbling", size: 10 }, aggregate: count() });
  const told: string[] = [];
  const emit = ({ start, value }: WindowResult<number>) => told.push(`${start}: ${value}`);
  const take = (partition: string, time: number, nowMs: number) => {
    watermarks.observe(partition, time, nowMs);
    windows.add("link", time, {}, watermarks.at(nowMs), emit);
  };
  watermarks.join("1", 0);
  take("0", 3, 0);
  take("0", 25, 100);
  take("1", 4, 200);
  assert.deepEqual(told, [], "partition 1 is still at 4");
  take("0", 26, 300);
  windows.advance(watermarks.at(1_199), emit);
  assert.deepEqual(told, []);
  take("0", 27, 1_199);
  windows.advance(watermarks.at(1_200), emit);
  assert.deepEqual(told, ["0: 2"], "and idle now");
});
