/** What is expected of a link, and what is reported where something else comes. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { DETECTOR_NAMES } from "../../src/anomaly/detectors.ts";
import { Level } from "../../src/traffic/watch/level.ts";
import { START_US } from "./forecast_run.ts";
import { recordsOf, steady, watchJob, watchJobs, WatchOutcome, watchPackets } from "./watch_log.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** Scores of a value a minute. */
function scores(level: Level, values: readonly number[], fromMinute = 0): number[] {
  return values.map((value, minute) => level.update(value, (fromMinute + minute) * MINUTE_MS));
}

function alarms(level: Level, values: readonly number[], fromMinute = 0): number[] {
  return scores(level, values, fromMinute).flatMap((score, minute) =>
    score > 0.5 ? [fromMinute + minute] : []
  );
}

/** A day with a trough and a peak four times as high, and noise. */
function rhythm(days: number, random: Random): number[] {
  return Array.from(
    { length: days * DAY_MINUTES },
    (_, minute) =>
      1_000 * (1 + 0.6 * Math.cos(2 * Math.PI * minute / DAY_MINUTES)) * Math.exp(random.normal(0, 0.12)),
  );
}

Deno.test("Level follows the rhythm of the day without an alarm, from the first day on", () => {
  for (let seed = 1; seed <= 5; seed++) {
    assert.deepEqual(alarms(new Level(), rhythm(4, new Random(seed))), []);
  }
});

Deno.test("Level finds a surge and a silence at any time of the day, and nothing when they end", () => {
  const values = rhythm(3, new Random(7));
  const wanted: number[] = [];
  for (const [from, factor] of [[400, 3], [1_100, 0.1], [1_700, 0], [2_500, 2.6], [3_600, 0.3]] as const) {
    for (let minute = from; minute < from + 20; minute++) {
      values[minute]! *= factor;
      wanted.push(minute);
    }
  }
  assert.deepEqual(alarms(new Level(), values), wanted);
});

Deno.test("Level expects what comes every day at the same time, once it has learned it", () => {
  const level = new Level();
  const values = rhythm(8, new Random(3));
  for (let day = 0; day < 8; day++) {
    for (let minute = 0; minute < 90; minute++) values[day * DAY_MINUTES + 700 + minute]! *= 4;
  }
  const days = alarms(level, values).map((minute) => Math.floor(minute / DAY_MINUTES));
  assert.ok(days.includes(0), "the first one is an event");
  assert.deepEqual(days.filter((day) => day >= 5), []);
});

Deno.test("Level takes for usual what has been unusual for an hour", () => {
  const level = new Level();
  const found = alarms(level, Array.from({ length: 300 }, (_, minute) => minute < 120 ? 100 : 500));
  assert.deepEqual([found[0], found.at(-1), found.length], [120, 180, 61]);
  assert.equal(Math.round(level.expected!), 500);
});

Deno.test("Level goes on from JSON with the same scores", () => {
  const values = rhythm(2, new Random(11));
  const whole = scores(new Level(), values);
  const first = new Level();
  const start = scores(first, values.slice(0, 1_000));
  const second = new Level(JSON.parse(JSON.stringify(first.toJson())).state);
  assert.deepEqual([...start, ...scores(second, values.slice(1_000), 1_000)], whole);
  assert.throws(() => new Level({ rows: 1 }), RangeError);
});

Deno.test("a spike is reported once, in its second window, with what was expected", () => {
  const { anomalies } = watchPackets([
    ...steady([0, 50]),
    ...steady([50, 58], { perMinute: 200, seed: 2 }),
    ...steady([58, 70], { seed: 3 }),
  ]);
  assert.deepEqual(anomalies.map(({ kind }) => kind), ["spike"]);
  const [{ window, values, evidence, offsets, detector }] = anomalies as [typeof anomalies[0] & object];
  assert.deepEqual(window, { start: "2026-01-05T00:50:00.000Z", end: "2026-01-05T00:52:00.000Z" });
  assert.ok(Math.abs(values["expectedPackets"]! - 60) < 6 && values["packets"]! > 180);
  assert.match(
    evidence,
    /^\d+ packets and \d+,\d{3} bytes in 60 s, expected were some \d+ \(×3\.\d+\) and \d+,\d{3} \(×\d/,
  );
  assert.equal(detector, "level");
  assert.ok(offsets.count > 360 && offsets.last - offsets.first === offsets.count - 1);
});

Deno.test("one loud window is a burst, and reports nothing", () => {
  assert.deepEqual(
    watchPackets([...steady([0, 60]), ...steady([40, 41], { perMinute: 400, seed: 2 })]).anomalies,
    [],
  );
});

Deno.test("two events with a pause are two anomalies, a spike that flickers is one", () => {
  const loud = (minutes: readonly (readonly [number, number])[]) =>
    watchPackets([
      ...steady([0, 90]),
      ...minutes.flatMap((span, n) => steady(span, { perMinute: 150, seed: 5 + n })),
    ]).anomalies.map(({ kind }) => kind);
  assert.deepEqual(loud([[40, 44], [60, 64]]), ["spike", "spike"]);
  assert.deepEqual(loud([[40, 44], [45, 48], [50, 53]]), ["spike"]);
});

Deno.test("an outage is reported by the windows that have no packets, and what is back is no spike", () => {
  // The other link lets time go on; of a link alone, silence is known when it ends.
  const other = steady([0, 80], { link: "b", seed: 9 });
  const { anomalies } = watchPackets([...steady([0, 50]), ...steady([60, 80], { seed: 2 }), ...other]);
  assert.deepEqual(anomalies.map(({ kind, link }) => [kind, link]), [["outage", "a"]]);
  const [{ window, values, evidence, offsets, score }] = anomalies as [typeof anomalies[0] & object];
  assert.deepEqual(window, { start: "2026-01-05T00:50:00.000Z", end: "2026-01-05T00:52:00.000Z" });
  assert.deepEqual([values["packets"], values["windows"], offsets.count, score], [0, 2, 0, 1]);
  assert.match(evidence, /^0 packets in 2 windows of 60 s, some 1\d\d were expected: 0\.0 % of it$/);
});

Deno.test("an outage of the only link is reported when the clock moves time on, or its packets are back", () => {
  const outcome = new WatchOutcome();
  const job = watchJob(watchJobs().jobs);
  const { told } = outcome;
  const log = watchPackets([...steady([0, 50]), ...steady([60, 62], { seed: 2 })]);
  assert.deepEqual(log.anomalies.map(({ kind }) => kind), ["outage"]);
  job.advance(Infinity, outcome.emit);
  assert.deepEqual(told, []);
});

Deno.test("next to nothing is an outage, less than usual is a drop", () => {
  const kinds = (perMinute: number) =>
    watchPackets([...steady([0, 50], { perMinute: 120 }), ...steady([50, 60], { perMinute, seed: 2 })])
      .anomalies
      .map(({ kind }) => kind);
  assert.deepEqual(kinds(4), ["outage"]);
  assert.deepEqual(kinds(40), ["drop"]);
  assert.deepEqual(kinds(110), []);
});

Deno.test("nothing is reported in the first half hour of a link, nor of a link that carries little", () => {
  assert.deepEqual(
    watchPackets([...steady([0, 12]), ...steady([12, 28], { perMinute: 400, seed: 2 })]).anomalies,
    [],
  );
  const { anomalies } = watchPackets([
    ...steady([0, 60], { perMinute: 10 }),
    ...steady([0, 90], { link: "b", seed: 4 }),
  ]);
  assert.deepEqual(anomalies.map(({ kind }) => kind).filter((kind) => kind === "outage"), []);
});

for (const detector of DETECTOR_NAMES) {
  Deno.test(`links are watched by ${detector} as well, and what is restored goes on`, () => {
    const log = recordsOf([
      ...steady([0, 120]),
      ...steady([100, 110], { perMinute: 600, seed: 2 }),
      ...steady([124, 126], { seed: 3 }),
    ]);
    const { jobs } = watchJobs({ detector });
    const outcome = new WatchOutcome(), cut = new WatchOutcome();
    watchJob(jobs).take(log, outcome.emit);
    const first = watchJob(jobs);
    first.take(log.slice(0, 6_000), cut.emit);
    watchJob(jobs, JSON.parse(JSON.stringify(first.snapshot()))).take(log.slice(6_000), cut.emit);
    assert.deepEqual(cut.told, outcome.told);
    const kinds = outcome.anomalies.map(({ kind }) => kind);
    assert.ok(kinds.includes("outage"), "silence is the level's");
    // Others adapt to what is new within a window, or need more than two hours to know what is usual.
    if (["z-score", "ewma", "cusum"].includes(detector)) assert.ok(kinds.includes("spike"));
  });
}

Deno.test("an outage that begins and ends anywhere is one anomaly, with windows that overlap and without", () => {
  const other = steady([0, 100], { link: "b", seed: 9 });
  for (const advanceUs of [60_000_000, 20_000_000, 15_000_000]) {
    for (let n = 0; n < 12; n++) {
      const [fromUs, toUs] = [(50 + n / 12) * 60e6, (56 + 7 * n / 12) * 60e6];
      const packets = steady([0, 100], { perMinute: 200, seed: 3 + n }).filter(({ timestamp }) =>
        timestamp - START_US < fromUs || timestamp - START_US >= toUs
      );
      // Two seconds of traffic in between do not end it.
      const flicker = steady([53, 54], { perMinute: 60, seed: 40 + n }).slice(0, 2);
      const { anomalies } = watchPackets([...packets, ...flicker, ...other], { advanceUs });
      const found = anomalies.map(({ kind, link }) => `${kind} ${link}`);
      assert.deepEqual(found, ["outage a"], `advance ${advanceUs}, ${n}`);
    }
  }
});

Deno.test("what is back after an outage is no spike, also where the detector has got used to silence", () => {
  for (const detector of ["level", "ewma", "z-score"] as const) {
    const { anomalies } = watchPackets([
      ...steady([0, 90], { perMinute: 200 }),
      ...steady([100, 130], { perMinute: 200, seed: 2 }),
      ...steady([0, 130], { link: "b", seed: 9 }),
    ], { detector });
    assert.deepEqual(
      anomalies.filter(({ link }) => link === "a").map(({ kind }) => kind),
      ["outage"],
      detector,
    );
  }
});
