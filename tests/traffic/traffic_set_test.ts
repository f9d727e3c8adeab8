import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { Packet } from "../../src/stream/traffic_records.ts";
import { EMPTY_WINDOWS_MAX } from "../../src/traffic/limits.ts";
import { emptyWindow, observed, TRAFFIC_FEATURES } from "../../src/traffic/observed.ts";
import { volumeSet, WindowCollector } from "../../src/traffic/train/traffic_set.ts";
import { packetAt } from "./sets.ts";

const WINDOW_US = 1_000;

function collect(packets: readonly Packet[], link = "a"): WindowCollector {
  const collector = new WindowCollector(WINDOW_US);
  for (const packet of packets) collector.add(link, packet);
  return collector;
}

Deno.test("WindowCollector makes whole windows, fills gaps, and does not mind the order", () => {
  const times = [500, 1_100, 1_900, 4_000, 4_100, 5_200];
  const packets = times.map((time) => packetAt(time));
  const [series, ...others] = collect(packets).series();
  assert.deepEqual(others, []);
  const { sum } = { sum: observed(WINDOW_US) };
  const told = (...own: readonly Packet[]) => sum.result(own.reduce(sum.add, sum.create()));
  const wanted = [
    told(packets[1]!, packets[2]!),
    emptyWindow(WINDOW_US),
    emptyWindow(WINDOW_US),
    told(packets[3]!, packets[4]!),
  ];
  assert.deepEqual([series!.startUs, series!.length], [1_000, 4]);
  assert.deepEqual(
    [...series!.values],
    wanted.flatMap((window) => TRAFFIC_FEATURES.map((name) => window[name])),
  );
  const shuffled = Int32Array.from(packets.keys());
  new Random(3).shuffle(shuffled);
  assert.deepEqual(collect([...shuffled].map((i) => packets[i]!)).series(), [series]);
});

Deno.test("WindowCollector begins a link anew behind a long silence, and keeps links apart", () => {
  const far = 10_000 + (EMPTY_WINDOWS_MAX + 1) * WINDOW_US;
  const collector = collect([0, 1_000, 10_000, far, far + 1_000, far + 2_000].map((time) => packetAt(time)));
  for (const time of [7_000, 8_000, 9_000]) collector.add("b", packetAt(time));
  assert.deepEqual(collector.series().map(({ link, startUs, length }) => [link, startUs, length]), [
    ["a", 1_000, 10 + EMPTY_WINDOWS_MAX + 2],
    ["b", 8_000, 1],
  ]);
  const farther = collect([0, 1_000, far, far + 1_001].map((time) => packetAt(time)));
  assert.deepEqual(farther.series().map(({ startUs, length }) => [startUs, length]), [[1_000, 1], [far, 1]]);
});

Deno.test("volumeSet() knows the bytes alone", () => {
  const about = { name: "v", sha256: null, windowUs: 5, remarks: [] };
  const set = volumeSet({ startUs: 10, bytes: Float64Array.of(3, 4), link: "x" }, about);
  assert.deepEqual(set.known, ["bytes"]);
  assert.deepEqual([...set.series[0]!.values], [3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0]);
});
