import assert from "node:assert/strict";
import { storedEvaluation } from "../../src/traffic/train/stored.ts";
import type { TrainingState } from "../../src/train/mod.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { TRAFFIC_FEATURES } from "../../src/traffic/observed.ts";
import { compareCurves, describeConvergence } from "../../src/traffic/train/convergence.ts";
import { bordersOf, examplesOf, splitTraffic, windowsWanted } from "../../src/traffic/train/examples.ts";
import { type TrafficTrainingOptions, trainTraffic } from "../../src/traffic/train/trainer.ts";
import type { TrafficSet } from "../../src/traffic/train/traffic_set.ts";
import { SMALL_RECIPE, waveSeries, waveSet } from "./sets.ts";

const SHAPE = {
  lookback: 6,
  targets: ["packets", "interarrival"],
  calendar: false,
  seasonWindows: 0,
} as const;

function train(set: TrafficSet = waveSet(), change: Partial<TrafficTrainingOptions> = {}) {
  return trainTraffic(set, {
    ...{ shape: SHAPE, recipe: SMALL_RECIPE, normalization: "standard", coverage: 0.9 },
    ...change,
  });
}

async function fails(set: TrafficSet, change: Partial<TrafficTrainingOptions> = {}): Promise<UserError> {
  try {
    await train(set, change);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error;
  }
  return assert.fail("training did not fail");
}

Deno.test("trainTraffic() learns several targets better than the last value, and the same bytes again", async () => {
  const [first, second] = [await train(), await train()];
  assert.deepEqual(first.bytes, second.bytes);
  assert.deepEqual(first.evaluation!.targets.map(({ target }) => target), ["packets", "interarrival"]);
  for (const { network, lastValue, seasonal } of first.evaluation!.targets) {
    assert.ok(network.mse < lastValue.mse / 2, `${network.mse} against ${lastValue.mse}`);
    assert.equal(seasonal, null, "a day of minutes is longer than the series");
  }
  const { model } = first;
  assert.equal(model.training.untilUs, model.training.fromUs + bordersOf(300).test * 60e6);
  assert.equal(model.test.startUs, model.training.untilUs);
  assert.equal(model.test.actual[0]!.length, 45);
  assert.equal(model.curves[0]!.epochs.length, 12);
});

Deno.test("trainTraffic() learns with calendar and season, min-max, changes, and from several links", async () => {
  const set = waveSet(
    waveSeries(300),
    waveSeries(280, { seed: 2, link: "b" }),
    waveSeries(12, { link: "short" }),
  );
  const shape = { ...SHAPE, calendar: true, seasonWindows: 24 };
  const recipe = { ...SMALL_RECIPE, answer: "change", logarithms: ["packets", "interarrival"] } as const;
  const { model, evaluation } = await train(set, { shape, recipe, normalization: "min-max" });
  assert.equal(model.training.links, 3);
  assert.equal(evaluation!.seasonWindows, 24);
  assert.deepEqual(evaluation!.series.map(({ link }) => link), ["a", "b"]);
  for (const { network, lastValue, seasonal } of evaluation!.targets) {
    assert.ok(network.mse < lastValue.mse, `${network.mse} against ${lastValue.mse}`);
    assert.notEqual(seasonal, null);
  }
});

Deno.test("trainTraffic() lets nothing of the test part into the network", async () => {
  const [one, other] = [waveSeries(300), waveSeries(300)];
  const width = TRAFFIC_FEATURES.length;
  for (let i = bordersOf(300).test * width; i < other.values.length; i++) other.values[i]! *= 3;
  const [a, b] = [await train(waveSet(one)), await train(waveSet(other))];
  assert.deepEqual(a.model.network.parameters, b.model.network.parameters);
  for (const key of ["inputs", "outputs", "residuals", "quantiles", "ridge"] as const) {
    assert.deepEqual(a.model[key], b.model[key], key);
  }
  assert.notDeepEqual(a.model.test, b.model.test);
});

Deno.test("trainTraffic() says how much there is and how much is needed, and that much is enough", async () => {
  const error = await fails(waveSet(waveSeries(40)));
  assert.match(
    error.message,
    /the longest of its 1 link has 40 whole windows of 1 min \(40 min\), and 64 in a row/,
  );
  assert.match((await fails(waveSet(waveSeries(63)))).message, /64 in a row \(1 h 4 min\)/);
  const { examples } = await train(waveSet(waveSeries(64)));
  assert.deepEqual(examples, { training: 38, validation: 10, test: 10 });
  const none = await fails({ ...waveSet(), series: [] });
  assert.match(none.message, /it holds no whole window of 1 min/);
});

Deno.test("trainTraffic() refuses targets that are not known or never change", async () => {
  const set = waveSet();
  const unknown = await fails({ ...set, known: ["bytes"] });
  assert.match(unknown.message, /Cannot learn to forecast packets: of waves only bytes is known/);
  const constant = await fails(set, { shape: { ...SHAPE, targets: ["meanSize"] } });
  assert.match(constant.message, /meanSize: it never changes/);
});

Deno.test("trainTraffic() goes on from a model, and refuses one of another shape", async () => {
  const first = (await train()).model;
  const newer = waveSet(waveSeries(320, { seed: 5 }));
  const recipe = { ...SMALL_RECIPE, epochs: 1 };
  const warm = await train(newer, { recipe, warmStart: first });
  const cold = await train(newer, { recipe });
  const errorOf = ({ model }: typeof warm) => model.curves[0]!.epochs[0]!.validation;
  assert.ok(errorOf(warm) < errorOf(cold) / 3, `${errorOf(warm)} against ${errorOf(cold)}`);
  assert.deepEqual(warm.model.inputs, first.inputs);
  assert.equal(warm.model.training.warmStart, `${first.name} ${first.version}`);
  const other = await fails(newer, { warmStart: first, shape: { ...SHAPE, lookback: 7 } });
  assert.match(other.message, /the model has a look-back of 6, and 7 is asked for/);
  assert.match(
    (await fails({ ...newer, windowUs: 5e6 }, { warmStart: first })).message,
    /a window of 1 min, and 5 s/,
  );
});

Deno.test("trainTraffic() shows how training converges with and without normalisation", async () => {
  const { model } = await train(waveSet(), { compareWith: "none" });
  assert.deepEqual(model.curves.map(({ normalization }) => normalization), ["standard", "none"]);
  const convergence = compareCurves(model.curves[0]!, model.curves[1]!);
  assert.ok(convergence.ratio > 5, String(convergence.ratio));
  assert.ok(convergence.epochsWith! < convergence.epochsWithout);
  assert.match(
    describeConvergence(convergence),
    /with standard normalisation, .* without normalisation: .* times/,
  );
});

Deno.test("trainTraffic() keeps what is there when it is stopped", async () => {
  const stop = new AbortController();
  const { model, interrupted } = await train(waveSet(), {
    signal: stop.signal,
    compareWith: "none",
    onEpoch: ({ trainingEpoch }) => trainingEpoch === 3 && stop.abort(),
  });
  assert.ok(interrupted);
  assert.deepEqual(model.curves.map(({ epochs }) => epochs.length), [3]);
});

Deno.test("splitTraffic() cuts 1,231 hours into 861, 185 and 185, none of them twice", () => {
  const series = [waveSeries(1_231)];
  const shape = { windowUs: 60e6, features: ["bytes"], ...SHAPE, lookback: 10 } as const;
  const { training, validation, test } = splitTraffic(series, shape);
  assert.deepEqual([training, validation, test].map(({ rows }) => rows.length), [851, 185, 185]);
  const all = [training, validation, test].flatMap(({ rows }) => [...rows]);
  assert.deepEqual(all, [...examplesOf(series, shape).rows]);
  assert.equal(all[0], 10);
  assert.equal(windowsWanted({ ...shape, seasonWindows: 24 }, { training: 32, heldOut: 10 }), 93);
});

Deno.test("trainTraffic() with two threads gives the same bytes again, and the file says so", async () => {
  const recipe = { ...SMALL_RECIPE, epochs: 3, dropout: 0.1, threads: 2 };
  const [first, second] = [await train(waveSet(), { recipe }), await train(waveSet(), { recipe })];
  assert.deepEqual(first.bytes, second.bytes);
  assert.equal(first.model.recipe["threads"], 2);
  const alone = await train(waveSet(), { recipe: { ...recipe, threads: 1 } });
  const { threads: _, ...plain } = recipe;
  assert.deepEqual(alone.bytes, (await train(waveSet(), { recipe: plain })).bytes);
  const loss = ({ model: { curves } }: typeof alone) => curves[0]!.epochs.at(-1)!.validation;
  assert.ok(Math.abs(loss(first) / loss(alone) - 1) < 0.5, `${loss(first)} against ${loss(alone)}`);
});

Deno.test("trainTraffic() goes on from each epoch's state to the same bytes, by normalisation", async () => {
  const recipe = { ...SMALL_RECIPE, epochs: 4, dropout: 0.1, patience: 2 };
  const states = new Map<string, TrainingState[]>();
  const change = { recipe, compareWith: "none" } as const;
  const whole = await train(waveSet(), {
    ...change,
    onCheckpoint: (_, state, normalization) => {
      states.set(normalization, [...states.get(normalization) ?? [], structuredClone(state)]);
      return Promise.resolve();
    },
  });
  const [standard, none] = [states.get("standard")!, states.get("none")!];
  assert.ok(standard.length > 1 && none.length > 1);
  for (const from of [{ standard: standard[0]! }, { standard: standard.at(-1)!, none: none[0]! }]) {
    const known: Partial<Record<string, TrainingState>> = from;
    const resumed = await train(waveSet(), {
      ...change,
      onBegin: (_, normalization) => Promise.resolve(known[normalization]),
    });
    assert.deepEqual(resumed.bytes, whole.bytes);
  }
});

Deno.test("trainTraffic() that has no time left to measure keeps the model, and says what measures it", async () => {
  const stop = new AbortController();
  const { model, evaluation, interrupted } = await train(waveSet(), {
    signal: stop.signal,
    measureWithinMs: 0,
    onEpoch: ({ trainingEpoch }) => trainingEpoch === 3 && stop.abort(),
  });
  const three = await train(waveSet(), { recipe: { ...SMALL_RECIPE, epochs: 3 } });
  assert.deepEqual([interrupted, evaluation, model.metrics], [true, null, {}]);
  assert.deepEqual(model.network.parameters, three.model.network.parameters);
  assert.deepEqual(model.residuals, three.model.residuals);
  assert.match(storedEvaluation(model).doubts.join(), /NOT MEASURED: .*`streamflow traffic evaluate`/);
});
