import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { Packet } from "../../src/records/packets/schema.ts";
import { EMPTY_WINDOWS_MAX } from "../../src/traffic/limits.ts";
import { emptyWindow, observed, TRAFFIC_FEATURES } from "../../src/traffic/observed.ts";
import { evaluateTraffic as evaluateTrafficWork } from "../../src/traffic/train/evaluate.ts";
import { examplesOf } from "../../src/traffic/train/examples.ts";
import { packetSet, volumeSet, WindowCollector } from "../../src/traffic/train/traffic_set.ts";
import { forecastJobs, jobOf, Outcome, packetAt as livePacketAt, packetRecord } from "./forecast_run.ts";
import { packetAt } from "./sets.ts";
import { tinyModel } from "./tiny_model.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const evaluateTraffic = (...args: Parameters<typeof evaluateTrafficWork>) =>
  finishAtOnce(evaluateTrafficWork(...args));

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

Deno.test("WindowCollector starts a link over behind a long silence, and keeps links apart", () => {
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

Deno.test("WindowCollector counts a packet that comes twice once", () => {
  const packets = [500, 1_100, 1_900, 2_500].map((time) => packetAt(time));
  const collector = collect([...packets, ...packets]);
  assert.deepEqual([collector.packets, collector.duplicates], [8, 4]);
  assert.deepEqual(collector.series(), collect(packets).series());
  assert.match(
    packetSet(collector, { name: "t", sha256: null, windowUs: WINDOW_US, remarks: [] }).remarks[0]!,
    /4 packets that came twice/,
  );
});

Deno.test("what is forecast of collected windows is what the live job forecasts of the same packets", () => {
  const model = tinyModel();
  const { jobs } = forecastJobs({ model, graceUs: 0 });
  const random = new Random(4);
  let ms = 0;
  const packets = Array.from({ length: 3_000 }, () => {
    ms += random.uniform() < 0.005 ? random.integer(9_000) : random.integer(60);
    return livePacketAt(ms, {
      id: String(ms),
      length: 40 + random.integer(1_400),
      link: `l${random.integer(2)}`,
    });
  });
  const job = jobOf(jobs), outcome = new Outcome();
  job.take(packets.map((packet, i) => packetRecord(i, packet)), outcome.emit);
  job.advance(Infinity, outcome.emit);
  const live = new Map(
    outcome.forecasts.filter(({ by }) => by === "network").map(({ link, window, forecast }) => [
      `${link} ${Date.parse(window.start) * 1_000}`,
      model.targets.map((target) => forecast[target]!.value),
    ]),
  );
  const collector = new WindowCollector(model.windowUs);
  for (const packet of packets) collector.add(packet.link!, packet);
  const { residuals, ridge, network } = model;
  const evaluation = evaluateTraffic(
    { spec: model, network, ridge, residuals },
    examplesOf(collector.series(), model),
    0.9,
  );
  let compared = 0;
  for (const { link, startsUs, predicted } of evaluation.series) {
    // The first window, a part of which may be missing, is not learned from, but the live job has it.
    startsUs.forEach((startUs, i) => {
      const own = live.get(`${link} ${startUs}`);
      if (own === undefined) return;
      own.forEach((value, k) => assert.ok(Math.abs(value - predicted[k]![i]!) <= 1e-9 * Math.abs(value)));
      compared++;
    });
  }
  assert.ok(compared > 150 && compared >= evaluation.count - 4, `${compared} of ${evaluation.count}`);
});

Deno.test("volumeSet() knows the bytes alone", () => {
  const about = { name: "v", sha256: null, windowUs: 5, remarks: [] };
  const set = volumeSet({ startUs: 10, bytes: Float64Array.of(3, 4), link: "x" }, about);
  assert.deepEqual(set.known, ["bytes"]);
  assert.deepEqual([...set.series[0]!.values], [3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0]);
});
