/** Packets → forecasts and alerts, without a cluster. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { alertSchema } from "../../src/records/alerts.ts";
import { trafficForecastSchema } from "../../src/records/forecasts.ts";
import { createHistory, predictNext } from "../../src/traffic/model/model.ts";
import { valuesOfWindow } from "../../src/traffic/observed.ts";
import { EMPTY_WINDOWS_MAX } from "../../src/traffic/limits.ts";
import { forecastJobs, jobOf, Outcome, packetAt, packetRecord, randomLog, START_US } from "./forecast_run.ts";
import { tinyModel } from "./tiny_model.ts";

function records(...times: readonly number[]): IncomingRecord[] {
  return times.map((ms, offset) => packetRecord(offset, packetAt(ms)));
}

/** Start of the observed windows in seconds, with what is special about them. */
function windowsOf({ forecasts }: Outcome): string[] {
  return forecasts.map(({ observed: { start, packets, final, correction }, link }) => {
    const second = (Date.parse(start) - START_US / 1_000) / 1_000;
    return `${link} ${second}: ${packets}${final ? "" : " early"}${correction ? " corrected" : ""}`;
  });
}

Deno.test("a window's record has its figures, the forecast of the next one, and the score of the last", () => {
  const model = tinyModel();
  const { jobs, tally } = forecastJobs({ model });
  const outcome = new Outcome();
  const job = jobOf(jobs);
  job.take(records(0, 300, 400, 1_000, 1_500, 2_000, 3_000, 3_100, 4_000), outcome.emit);
  const { forecasts } = outcome;
  for (const forecast of forecasts) assert.deepEqual(trafficForecastSchema.parse(forecast), forecast);
  assert.deepEqual(windowsOf(outcome), ["a 0: 3", "a 1: 2", "a 2: 1", "a 3: 2"]);
  assert.deepEqual(forecasts[0], {
    id: "a/1767571200000",
    link: "a",
    observed: {
      start: "2026-01-05T00:00:00.000Z",
      end: "2026-01-05T00:00:01.000Z",
      packets: 3,
      bytes: 300,
      meanSize: 100,
      interarrival: 200_000,
      tcp: 1,
      udp: 0,
      final: true,
      correction: false,
    },
    window: { start: "2026-01-05T00:00:01.000Z", end: "2026-01-05T00:00:02.000Z" },
    forecast: {
      packets: { value: 3, lower: 0, upper: 48 },
      bytes: { value: 300, lower: 260, upper: 440 },
    },
    coverage: 0.9,
    by: "baseline",
    scored: null,
    model: { name: "test", version: model.version },
  });
  assert.deepEqual(forecasts[1]!.scored, {
    predicted: { packets: 3, bytes: 300 },
    actual: { packets: 2, bytes: 200 },
    baseline: { packets: 3, bytes: 300 },
    inside: { packets: true, bytes: false },
    by: "baseline",
  });
  // Three windows are the look-back: the third one is followed by a forecast of the network.
  assert.deepEqual(forecasts.map(({ by }) => by), ["baseline", "baseline", "network", "network"]);
  const history = createHistory(model);
  for (const { observed } of forecasts.slice(0, 3)) {
    history.push(valuesOfWindow(observed), Date.parse(observed.start) * 1_000);
  }
  const out = new Float64Array(2);
  predictNext(model, history, out);
  assert.deepEqual(Object.values(forecasts[2]!.forecast).map(({ value }) => value), [...out]);
  assert.equal(forecasts[3]!.scored!.predicted["packets"], out[0]);
  assert.equal(forecasts[3]!.scored!.baseline["packets"], 1);
  assert.deepEqual([tally.packets, tally.windows, tally.byNetwork, tally.scored], [9, 4, 2, 2]);
  assert.equal(job.openUntil, START_US + 5_000_000);
  assert.equal(job.watermark, START_US + 4_000_000);
});

Deno.test("windows without packets are emitted, too, for an hour of them; and the history has them all", () => {
  const { jobs } = forecastJobs({ rules: ["actual.packets<0.5"] });
  const outcome = new Outcome();
  const job = jobOf(jobs);
  const far = 1_000 * (EMPTY_WINDOWS_MAX + 100);
  job.take(records(0, 3_000, far, far + 1_000), outcome.emit);
  const told = windowsOf(outcome);
  assert.deepEqual(told.slice(0, 5), ["a 0: 1", "a 1: 0", "a 2: 0", "a 3: 1", "a 4: 0"]);
  assert.equal(told.length, 4 + EMPTY_WINDOWS_MAX + 1);
  assert.equal(outcome.forecasts.at(-1)!.by, "network", "the silence is in the history");
  assert.deepEqual(outcome.alerts.map(({ state }) => state), ["raised", "cleared", "raised", "cleared"]);
});

Deno.test("the clock closes what is open, and what comes after is late", () => {
  const { jobs } = forecastJobs({ graceUs: 0 });
  const outcome = new Outcome();
  const job = jobOf(jobs);
  assert.deepEqual([job.openUntil, job.watermark], [-Infinity, -Infinity]);
  job.take(records(100, 1_200), outcome.emit);
  job.advance(job.openUntil, outcome.emit);
  assert.deepEqual(windowsOf(outcome), ["a 0: 1", "a 1: 1"]);
  assert.deepEqual([job.openUntil, job.watermark], [-Infinity, START_US + 2_000_000]);
  job.advance(START_US, outcome.emit);
  job.take([packetRecord(2, packetAt(1_900)), packetRecord(3, packetAt(2_000))], outcome.emit);
  assert.equal(outcome.reasons[0]!["reason"], "late");
  assert.equal(job.openUntil, START_US + 3_000_000);
});

Deno.test("a late packet corrects its window; forecasts and alerts that were published stand", () => {
  const { jobs, tally } = forecastJobs({ rules: ["actual.packets>1"] });
  const outcome = new Outcome();
  const job = jobOf(jobs);
  job.take(records(0, 1_000, 2_000, 3_000, 2_500, 3_100, 2_600, 8_000), outcome.emit);
  assert.deepEqual(windowsOf(outcome).slice(0, 5), [
    "a 0: 1",
    "a 1: 1",
    "a 2: 1",
    "a 2: 2 corrected",
    "a 2: 3 corrected",
  ]);
  const [, , before, once, twice] = outcome.forecasts;
  assert.equal(once!.id, `${before!.id}#2`);
  assert.equal(twice!.id, `${before!.id}#3`);
  assert.deepEqual(twice!.forecast, before!.forecast);
  assert.deepEqual(twice!.scored!.predicted, before!.scored!.predicted);
  assert.deepEqual(twice!.scored!.actual, { packets: 3, bytes: 300 });
  assert.equal(tally.corrections, 2);
  assert.deepEqual(outcome.alerts.map(({ window: { start } }) => start.slice(17, 19)), ["03", "04"]);
  // The forecast after that sees the window as it is now.
  const history = createHistory(jobs.model);
  [[1, 1], [2, 3], [3, 2]].forEach(([second, packets]) => {
    const { observed } = outcome.forecasts.findLast((one) =>
      one.observed.start.slice(17, 19) === `0${second}`
    )!;
    assert.equal(observed.packets, packets);
    history.push(valuesOfWindow(observed), Date.parse(observed.start) * 1_000);
  });
  const out = new Float64Array(2);
  predictNext(jobs.model, history, out);
  const fourth = outcome.forecasts.find(({ observed }) => observed.start.slice(17, 19) === "03")!;
  assert.equal(fourth.forecast["packets"]!.value, out[0]);
});

Deno.test("a link that is seen first by a late packet has a correction without a forecast of its own", () => {
  const { jobs } = forecastJobs();
  const outcome = new Outcome();
  const job = jobOf(jobs);
  job.take(
    [packetRecord(0, packetAt(9_000)), packetRecord(1, packetAt(7_000, { link: "b" }))],
    outcome.emit,
  );
  assert.deepEqual(windowsOf(outcome), ["b 7: 1 corrected"]);
  const [only] = outcome.forecasts;
  assert.deepEqual([only!.by, only!.scored, only!.forecast["packets"]!.value], ["baseline", null, 1]);
});

Deno.test("packets that are too late or from the future are dead letters that say how far", () => {
  const { jobs, tally } = forecastJobs({ latenessUs: 500_000, graceUs: 1_000_000 });
  const outcome = new Outcome();
  const job = jobOf(jobs);
  const future = packetRecord(3, packetAt(3_700_000, { id: "f" }));
  const all = [...records(900, 4_000, 1_000), { ...future, timestampMs: START_US / 1_000 }];
  job.take([...all, packetRecord(4, "no"), packetRecord(5, null)], outcome.emit);
  assert.deepEqual(outcome.reasons, [
    {
      reason: "late",
      detail: "2026-01-05T00:00:01.000Z is 2.5 s behind the watermark, its window is closed",
      topic: "packets",
      partition: "0",
      offset: "2",
      lateness: "2500000",
      window: "2026-01-05T00:00:01.000Z/2026-01-05T00:00:02.000Z",
    },
    {
      reason: "future",
      detail: "2026-01-05T01:01:40.000Z is 3700 s after the record was sent, 3600 s are allowed",
      topic: "packets",
      partition: "0",
      offset: "3",
      ahead: "3700000000",
    },
    { ...outcome.reasons[2]!, reason: "not-json" },
    { ...outcome.reasons[3]!, reason: "tombstone" },
  ]);
  assert.deepEqual(tally.deadLetters, { late: 1, future: 1, "not-json": 1, tombstone: 1 });
  assert.equal(tally.packets, 2);
});

Deno.test("a packet that comes twice counts once; the same id on another link is another packet", () => {
  const { jobs, tally } = forecastJobs();
  const outcome = new Outcome();
  const job = jobOf(jobs);
  const [first, second] = records(100, 200);
  job.take([first!, second!, first!, packetRecord(3, packetAt(100, { link: "b" })), second!], outcome.emit);
  job.advance(Infinity, outcome.emit);
  assert.deepEqual(windowsOf(outcome), ["a 0: 2", "b 0: 1"]);
  assert.deepEqual([tally.packets, tally.duplicates], [3, 2]);
});

Deno.test("a window that is open is emitted with the forecast that was made of it", () => {
  const { jobs } = forecastJobs({ emission: { kind: "early", every: 500_000 } });
  const outcome = new Outcome();
  jobOf(jobs).take(records(0, 400, 600, 1_000, 1_700), outcome.emit);
  assert.deepEqual(windowsOf(outcome), ["a 0: 2 early", "a 0: 3", "a 1: 1 early"]);
  const [first, closed, open] = outcome.forecasts;
  for (const forecast of outcome.forecasts) assert.deepEqual(trafficForecastSchema.parse(forecast), forecast);
  assert.deepEqual([first!.id, first!.forecast], ["a/1767571200000#2", {}]);
  assert.deepEqual(open!.forecast, closed!.forecast);
  assert.deepEqual(open!.window, closed!.window);
  assert.equal(open!.scored, null);
  const updates = new Outcome();
  jobOf(forecastJobs({ emission: { kind: "every-update" } }).jobs).take(records(0, 400, 1_000), updates.emit);
  assert.deepEqual(windowsOf(updates), ["a 0: 1 early", "a 0: 2 early", "a 0: 2", "a 1: 1 early"]);
});

Deno.test("links are bounded: the one whose last window is the oldest makes room", () => {
  const { jobs, tally } = forecastJobs({ linksMax: 3, graceUs: 0 });
  const outcome = new Outcome();
  const job = jobOf(jobs);
  const links = ["a", "b", "c", "d", "d", "d"];
  job.take(
    links.map((link, i) => packetRecord(i, packetAt(i < 3 ? i : i * 1_000_000, { link }))),
    outcome.emit,
  );
  assert.equal(tally.linksForgotten, 1);
  assert.equal((job.snapshot() as { links: unknown[] }).links.length, 3);
  const full = new Outcome();
  jobOf(jobs).take(
    links.slice(0, 4).map((link, i) => packetRecord(i, packetAt(i, { link }))),
    full.emit,
  );
  assert.deepEqual(full.reasons.map(({ reason, detail }) => [reason, detail]), [
    ["full", "there is no room for one more window: keys, 3 at most"],
  ]);
});

Deno.test("a model that takes another's place answers from the next window on, with the same histories", () => {
  const { jobs } = forecastJobs();
  const outcome = new Outcome();
  const job = jobOf(jobs);
  job.take(records(0, 1_000, 2_000, 3_000), outcome.emit);
  assert.match(jobs.swap(tinyModel({ windowUs: 5_000_000 }))!, /windows are 5 s long, those here 1 s/);
  assert.match(
    jobs.swap(tinyModel({ targets: ["packets"], outputs: { center: [0], scale: [1] } }))!,
    /does not forecast bytes/,
  );
  const longer = tinyModel({ seed: 2, lookback: 5 });
  assert.equal(jobs.swap(longer), null);
  job.take(records(4_000, 5_000, 6_000, 7_000), outcome.emit);
  assert.deepEqual(
    outcome.forecasts.map(({ by, model: { version } }) => `${by} ${version === longer.version ? 2 : 1}`),
    ["baseline 1", "baseline 1", "network 1", "baseline 2", "network 2", "network 2", "network 2"],
  );
  assert.equal(outcome.forecasts[3]!.scored!.by, "network", "the old model's last forecast is scored");
});

/** All that comes out when the job is made again from its snapshot before every record in `cuts`. */
function run(
  log: readonly IncomingRecord[],
  cuts: ReadonlySet<number>,
  options: Parameters<typeof forecastJobs>[0],
) {
  const { jobs } = forecastJobs(options);
  const outcome = new Outcome();
  let job = jobOf(jobs);
  log.forEach((record, index) => {
    if (cuts.has(index)) job = jobOf(jobs, JSON.parse(JSON.stringify(job.snapshot())));
    job.take([record], outcome.emit);
    if (index % 97 === 96) job.advance(job.openUntil, outcome.emit);
  });
  return { outcome, snapshot: JSON.stringify(job.snapshot()) };
}

Deno.test("a job that goes on from a snapshot, wherever it was cut, emits what one without a break emits", () => {
  const emissions = [{ kind: "final" }, { kind: "early", every: 300_000 }, { kind: "every-update" }] as const;
  emissions.forEach((emission, seed) => {
    const log = randomLog(seed + 1, 1_500);
    const options = {
      emission,
      graceUs: 3_000_000,
      linksMax: 3,
      rules: ["packets>5", "actual.bytes>p90", "bytes.lower<1k", "packets.upper>p50"],
      model: tinyModel({ seasonWindows: seed === 1 ? 4 : 0 }),
    };
    const whole = run(log, new Set(), options);
    assert.ok(whole.outcome.forecasts.some(({ observed }) => observed.correction));
    assert.ok(whole.outcome.forecasts.some(({ by }) => by === "network"));
    assert.ok(whole.outcome.alerts.length > 20 && whole.outcome.letters.length > 20);
    for (const alert of whole.outcome.alerts) assert.deepEqual(alertSchema.parse(alert), alert);
    for (const made of whole.outcome.forecasts) assert.deepEqual(trafficForecastSchema.parse(made), made);
    const random = new Random(seed);
    const cuts = new Set(log.keys().filter(() => random.uniform() < 0.1));
    const cut = run(log, cuts, options);
    assert.deepEqual(cut.outcome.told, whole.outcome.told);
    assert.equal(cut.snapshot, whole.snapshot);
  });
});

Deno.test("ids of what is emitted are never given twice, and the pieces of a log do not matter", () => {
  const log = randomLog(9, 3_000);
  const { jobs } = forecastJobs({ rules: ["packets>5", "packets<3"], emission: { kind: "every-update" } });
  const one = new Outcome();
  jobOf(jobs).take(log, one.emit);
  const pieces = new Outcome();
  const job = jobOf(jobs);
  for (let at = 0; at < log.length; at += 70) job.take(log.slice(at, at + 70), pieces.emit);
  assert.deepEqual(pieces.told, one.told);
  const ids = [...one.forecasts, ...one.alerts].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});
