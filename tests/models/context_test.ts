/** What a forecast sees beside its look-back: seasons by time, the calendar, each source's own spread. */
import assert from "node:assert/strict";
import {
  type Context,
  contextReadings,
  describeContext,
  seasonRow,
  writeCalendar,
} from "../../src/models/context.ts";
import { countInputs, countReach, createPreparer, type Preparation } from "../../src/models/preparation.ts";

const HOUR = 3_600_000;
const context: Context = { aheadMs: 2 * HOUR, stepMs: HOUR, calendar: true, seasonsMs: [4 * HOUR, 6 * HOUR] };

function preparation(change: Partial<Preparation> = {}): Preparation {
  const plain: Preparation = {
    kind: "differences",
    lookback: 3,
    features: [{ name: "power", unit: "W" }],
    targetIndex: 0,
    center: [],
    scale: [],
    clip: 1e9,
    targetScale: 1,
    targetClip: 1e9,
    context,
    ...change,
  };
  const inputs = countInputs(plain);
  return { ...plain, center: new Array(inputs).fill(0), scale: new Array(inputs).fill(1) };
}

/** Readings at these hours; the value is the hour, squared. */
function readings(hours: readonly number[]) {
  const times = Float64Array.from(hours, (hour) => hour * HOUR);
  return { values: Float64Array.from(hours, (hour) => hour * hour), times };
}

function inputsAt(hours: readonly number[], made: Preparation, first = 0) {
  const { values, times } = readings(hours);
  const out = new Float64Array(countInputs(made));
  const unit = createPreparer(made)(values, hours.length - made.lookback, out, { times, first });
  return { unit, inputs: [...out] };
}

Deno.test("a season is found by time: missing readings before and behind it move nothing", () => {
  const whole = inputsAt([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], preparation());
  // Forecast at 10 for 12: the seasons stand at 8 and 6.
  assert.deepEqual(whole.inputs.slice(0, 4), [81 - 100, 64 - 100, 64 - 100, 36 - 100]);
  const holes = inputsAt([0, 1, 4, 6, 8, 9, 10], preparation());
  assert.deepEqual(holes.inputs, whole.inputs);
  assert.equal(whole.unit, 1);
});

Deno.test("a season's reading is the nearest, the earlier of two, a usual step away at most, or there is none", () => {
  const seen = (hours: readonly number[], first = 0) => {
    const { times } = readings(hours);
    const row = seasonRow(context, { row: hours.length - 1, seasonMs: 6 * HOUR, history: { times, first } });
    return row < 0 ? null : hours[row];
  };
  assert.equal(seen([5, 6, 7, 10]), 6);
  assert.equal(seen([5.8, 6.3, 10]), 5.8);
  assert.equal(seen([5.6, 6.3, 10]), 6.3);
  assert.equal(seen([5, 7, 10]), 5, "as near: the earlier");
  assert.equal(seen([3, 7.1, 10]), null, "further than a step");
  assert.equal(seen([5, 7, 10], 1), 7, "no further back than is allowed");
  assert.equal(seen([10]), null);
  assert.equal(seasonRow(context, { row: 0, seasonMs: 6 * HOUR, history: undefined }), -1);
});

Deno.test("the calendar is that of what is forecast, and returns after a day and a week", () => {
  const at = (hours: number) =>
    inputsAt([-2, -1, 0].map((hour) => hour + hours), {
      ...preparation({ context: { ...context, seasonsMs: [] } }),
    }).inputs.slice(2);
  const expected = new Float64Array(4);
  writeCalendar(12 * HOUR * 1e3, expected, 0);
  assert.deepEqual(at(10), [...expected]);
  const near = (a: number[], b: number[]) => a.forEach((x, i) => assert.ok(Math.abs(x - b[i]!) < 1e-9));
  near(at(10).slice(0, 2), at(34).slice(0, 2));
  near(at(10), at(10 + 168));
  assert.ok(Math.abs(at(10)[2]! - at(34)[2]!) > 0.1, "another day of the week");
});

Deno.test("a source's own spread makes ten times the values the same inputs, and ten times the unit", () => {
  const made = preparation({ spreadReadings: 4 });
  const hours = [4, 6, 7, 8, 9, 10];
  const { values, times } = readings(hours);
  const [one, ten] = [new Float64Array(countInputs(made)), new Float64Array(countInputs(made))];
  const prepare = createPreparer(made);
  const unit = prepare(values, 3, one, { times, first: 0 });
  const tenfold = prepare(values.map((x) => 10 * x + 7), 3, ten, { times, first: 0 });
  assert.ok(Math.abs(tenfold - 10 * unit) < 1e-9);
  one.forEach((x, i) => assert.ok(Math.abs(x - ten[i]!) < 1e-9, `${i}`));
  const last = [49, 64, 81, 100], mean = last.reduce((a, b) => a + b) / 4;
  assert.ok(Math.abs(unit - Math.sqrt(last.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4)) < 1e-9);
  assert.ok(Number.isNaN(prepare(values, 3, one, { times, first: 3 })), "too few readings for a spread");
  const constant = new Float64Array(6).fill(0.1);
  assert.equal(
    prepare(constant, 3, one, { times, first: 0 }),
    0,
    "nothing has changed: the last value is the forecast",
  );
  assert.ok(one.every(Number.isFinite));
});

Deno.test("the steps of a sequence have each their own season and calendar", () => {
  const made = preparation({ kind: "values", lookback: 2 });
  const { inputs } = inputsAt([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], made);
  assert.equal(inputs.length, 2 * 7);
  assert.deepEqual([inputs.slice(0, 3), inputs.slice(7, 10)], [[81, 49, 25], [100, 64, 36]]);
});

Deno.test("countReach() holds every season, and a model without any reaches no further than its look-back", () => {
  assert.equal(countReach({ kind: "differences", lookback: 12, features: [0] }), 12);
  const week = { ...context, seasonsMs: [24 * HOUR, 168 * HOUR] };
  const reach = countReach({ kind: "differences", lookback: 12, features: [0], context: week });
  assert.equal(reach, contextReadings(week));
  assert.ok(reach > 168 && reach < 200, String(reach));
  assert.equal(countReach({ kind: "values", lookback: 12, features: [0], context: week }), reach + 11);
});

Deno.test("describeContext() says what goes in, in whole units", () => {
  assert.deepEqual(describeContext({}), []);
  assert.deepEqual(describeContext({ context: { ...context, seasonsMs: [24 * HOUR, 168 * HOUR] } }), [
    "the target 1 d, 7 d before what is forecast",
    "the hour of the day and of the week (UTC)",
  ]);
});
