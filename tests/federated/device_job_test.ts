/** Devices on a stream: what they predict, score, learn and send; what a snapshot keeps of them. */
import assert from "node:assert/strict";
import { prepareExamples } from "../../src/federated/participant/examples.ts";
import { readAnomaly } from "../../src/records/anomalies.ts";
import { streamExamples } from "../../src/train/forecaster/examples.ts";
import { countReach } from "../../src/models/preparation.ts";
import { globalOf, jobOf, laterGlobal, PLACE, RECIPE, recordOf, recordsOf, workAll } from "./devices.ts";
import { deviceWave, federate, TASK, waveSet } from "./sets.ts";
import { setOf } from "../train/sets.ts";

const set = waveSet(2, 400);
const global = globalOf(federate(set, RECIPE));
const records = recordsOf(set);

function deviceOf({ job }: ReturnType<typeof jobOf>, name = "device-0") {
  return [...job.devices].find(({ device }) => device === name)!;
}

Deno.test("a device scores each forecast when its outcome is there, beside the last value", () => {
  const test = jobOf(global);
  for (let at = 0; at < records.length; at += 37) test.take(records.slice(at, at + 37));
  const { preparation } = global;
  for (const { source, values, times } of set.series) {
    const device = deviceOf(test, source);
    const one = { ...set, series: set.series.filter((series) => series.source === source) };
    const shape = { ...TASK, targetIndex: 0, reach: countReach(preparation) };
    const all = prepareExamples(preparation, streamExamples(one, shape), { learnable: false });
    assert.equal(device.count, times.length);
    assert.equal(device.scores.count, all.count);
    const mean = all.actuals.reduce((sum, value) => sum + value, 0) / all.count;
    const variance = all.actuals.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const lastValue = all.actuals.reduce((sum, value, i) => sum + (value - all.lasts[i]!) ** 2, 0) / variance;
    assert.ok(Math.abs(device.scores.contest()!.lastValue - lastValue) < 1e-9, `${lastValue}`);
    assert.ok(values.length > 0);
  }
});

Deno.test("what a device does depends on its readings alone, not on who else is there", () => {
  const both = jobOf(global), alone = jobOf(global);
  both.take(records);
  const own = recordsOf({ ...set, series: set.series.slice(0, 1) });
  for (let at = 0; at < own.length; at += 64) alone.take(own.slice(at, at + 64));
  for (const { job } of [both, alone]) workAll(job);
  const [a, b] = [deviceOf(both), deviceOf(alone)];
  assert.deepEqual(a.models.personalised, b.models.personalised);
  assert.deepEqual(a.pending!.update, b.pending!.update);
});

Deno.test("a device sends one update a round, and the next one when a newer model and enough examples are there", () => {
  const test = jobOf(global);
  test.take(records.slice(0, 300));
  workAll(test.job);
  const device = deviceOf(test), first = device.pending!.update;
  assert.equal(first.round, 0);
  assert.equal(first.version, global.version);
  assert.equal(first.metrics["examples.scored"], device.scores.count);
  assert.ok(first.metrics["loss"]! > 0 && "mse.personalised" in first.metrics);
  device.settle(first, { accepted: true });
  test.take(records.slice(300, 500));
  workAll(test.job);
  assert.equal(device.pending, null, "the round is the same");
  test.jobs.global = laterGlobal(global, 1);
  test.job.adopt();
  workAll(test.job);
  const second = device.pending!.update;
  assert.equal(second.round, 1);
  assert.equal(second.version, "version-1");
  device.settle(second, { accepted: false });
  test.jobs.global = laterGlobal(global, 2);
  test.job.adopt();
  workAll(test.job);
  assert.equal(device.pending, null, "nothing came since the last update");
  assert.equal(device.updates, 1);
});

Deno.test("the local model never takes a global one, and learning makes both better than the last value", () => {
  const [one, other] = [jobOf(global), jobOf(global)];
  one.take(records);
  other.take(records);
  one.jobs.global = laterGlobal(global, 1);
  one.job.adopt();
  assert.deepEqual(deviceOf(one).models.local, deviceOf(other).models.local);
  assert.notDeepEqual(deviceOf(one).models.personalised, deviceOf(other).models.personalised);
  const { local, lastValue } = deviceOf(other).scores.contest()!;
  assert.ok(local < lastValue, `${local} ${lastValue}`);
});

Deno.test("a snapshot keeps weights, examples, scores and what was to be sent, bit for bit", () => {
  const test = jobOf(global);
  test.take(records.slice(0, 500));
  workAll(test.job);
  const before = deviceOf(test);
  assert.equal(before.pending!.isSaved, false);
  const state = JSON.parse(JSON.stringify(test.job.snapshot()));
  assert.equal(before.pending!.isSaved, true);
  const again = jobOf(global, state), after = deviceOf(again);
  assert.equal(after.pending!.isSaved, true);
  assert.deepEqual(after.pending!.update, before.pending!.update);
  assert.deepEqual(after.models, before.models);
  assert.deepEqual(JSON.parse(JSON.stringify(again.job.snapshot())), state);
  // No step of learning lies in these: the forecasts are made of the same windows by the same weights.
  const next = records.slice(500, 510);
  test.take(next);
  again.take(next);
  assert.deepEqual(after.scores.contest(), before.scores.contest());
});

Deno.test("a device of a snapshot takes the model that is newer now, and its update of before is sent again", () => {
  const test = jobOf(global);
  test.take(records.slice(0, 500));
  workAll(test.job);
  const state = JSON.parse(JSON.stringify(test.job.snapshot()));
  const later = laterGlobal(global, 3);
  const after = deviceOf(jobOf(later, state));
  assert.equal(after.round, 3);
  assert.deepEqual(after.models.personalised, later.weights);
  assert.equal(after.pending!.update.round, 0);
});

Deno.test("a device of a snapshot of another federation's round sends in this one's round of that number", () => {
  const test = jobOf(global);
  test.take(records.slice(0, 500));
  workAll(test.job);
  const sent = deviceOf(test);
  sent.settle(sent.pending!.update, { accepted: true });
  const state = JSON.parse(JSON.stringify(test.job.snapshot()));
  const same = jobOf(global, state), other = jobOf(laterGlobal(global, 0), state);
  for (const again of [same, other]) {
    again.take(records.slice(500, 700));
    workAll(again.job);
  }
  assert.equal(deviceOf(same).pending, null);
  assert.equal(deviceOf(other).pending!.update.version, "version-0");
});

Deno.test("a state that is none of these devices is refused", () => {
  assert.throws(() => jobOf(global, { devices: 3 }), RangeError);
  const test = jobOf(global);
  test.take(records.slice(0, 300));
  const [device] = JSON.parse(JSON.stringify(test.job.snapshot())).devices;
  for (const change of [{ local: "AAAA" }, { local: "?" }, { round: "0" }, { random: [0, 0, 0, 0] }]) {
    assert.throws(() => jobOf(global, { devices: [{ ...device, ...change }] }), RangeError);
  }
});

Deno.test("bad, late and repeated readings are dead letters or counted, and nobody learns from them", () => {
  const clean = jobOf(global), test = jobOf(global);
  clean.take(records.slice(0, 200));
  const text = (value: unknown) => recordOf(new TextEncoder().encode(JSON.stringify(value)), 999);
  const reading = JSON.parse(new TextDecoder().decode(records[40]!.value!));
  const bad = [
    recordOf(null, 990),
    text("no reading"),
    text({ ...reading, features: {} }),
    text({ ...reading, id: "x", timestamp: "2001-01-01T00:00:00.000Z" }),
    text({ ...reading, source: "x".repeat(300) }),
    records[40]!,
  ];
  test.take([...records.slice(0, 60), ...bad, ...records.slice(60, 200)]);
  assert.deepEqual(test.tally.deadLetters, {
    "tombstone": 1,
    "not-a-reading": 2,
    "missing-feature": 1,
    "late": 1,
  });
  assert.equal(test.tally.duplicates, 1);
  assert.equal(test.emitted.filter(({ topic }) => topic === "dead-letters").length, 5);
  assert.deepEqual(deviceOf(test).models, deviceOf(clean).models);
});

Deno.test("a forecast far off is an anomaly with its evidence, once for an event", () => {
  const values = deviceWave(1, 400).map((value, n) => n >= 300 && n < 303 ? value + 500 : value);
  const own = setOf({ "device-1": values });
  const model = globalOf(federate(waveSet(2, 400), RECIPE));
  const test = jobOf(model);
  const all = recordsOf(own);
  for (let at = 0; at < all.length; at += 50) test.take(all.slice(at, at + 50));
  const found = test.emitted.map(({ record }) => readAnomaly(record.value as Uint8Array)!)
    .filter(({ offsets }) => offsets.first >= 300);
  const [first] = found;
  assert.equal(first!.offsets.first, 300);
  assert.equal(first!.kind, "forecast-error");
  assert.deepEqual(first!.subject, { dimension: "device", name: "device-1" });
  assert.equal(first!.link, "device-1");
  assert.deepEqual(first!.offsets, { ...PLACE, first: 300, last: 300, count: 1 });
  assert.equal(first!.values["actual"], values[300]);
  assert.ok(first!.score > 0.5 && first!.values["usualError"]! < 100);
  assert.match(first!.evidence, /x was .* was forecast/);
  assert.ok(!found.some(({ offsets }) => offsets.first === 301 || offsets.first === 302));
});
