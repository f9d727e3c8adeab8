import assert from "node:assert/strict";
import { allocateNetwork } from "../../nn/mod.ts";
import { readIspTraffic } from "../../src/datasets/isp_traffic.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { countColumns, type InputSpec } from "../../src/traffic/model/inputs.ts";
import { TRAFFIC_FEATURES } from "../../src/traffic/observed.ts";
import {
  evaluateTraffic as evaluateTrafficWork,
  type JudgedModel,
} from "../../src/traffic/train/evaluate.ts";
import { examplesOf, splitTraffic } from "../../src/traffic/train/examples.ts";
import { describeTrafficVerdict, formatErrors, formatIntervals } from "../../src/traffic/train/format.ts";
import { fitTrafficRidge as fitTrafficRidgeWork } from "../../src/traffic/train/ridge.ts";
import { volumeSet } from "../../src/traffic/train/traffic_set.ts";
import { waveSeries } from "./sets.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const evaluateTraffic = (...args: Parameters<typeof evaluateTrafficWork>) =>
  finishAtOnce(evaluateTrafficWork(...args));
const fitTrafficRidge = (...args: Parameters<typeof fitTrafficRidgeWork>) =>
  finishAtOnce(fitTrafficRidgeWork(...args));

const SPEC: InputSpec = {
  ...{
    windowUs: 3_600e6,
    lookback: 2,
    features: ["bytes"],
    targets: ["bytes"],
    calendar: false,
    seasonWindows: 0,
  },
  ...{ logarithms: [], answer: "change", normalization: "none" },
  ...{ inputs: { center: [0], scale: [1] }, outputs: { center: [1], scale: [1] } },
};

/** A network of zeros: it always forecasts a change of 1. */
function constantModel(spec: InputSpec = SPEC): JudgedModel {
  const network = allocateNetwork({
    inputs: countColumns(spec),
    steps: spec.lookback,
    layers: [{ kind: "dense", units: spec.targets.length, activation: "identity" }],
  });
  const ridge = spec.targets.map(() => new Array<number>(1 + spec.lookback * countColumns(spec)).fill(0));
  return {
    spec,
    network,
    ridge,
    residuals: spec.targets.map(() => Array.from({ length: 101 }, (_, i) => i - 50)),
  };
}

function bytesOf(...bytes: readonly number[]) {
  const about = { name: "v", sha256: null, windowUs: SPEC.windowUs, remarks: [] };
  return volumeSet({ startUs: 0, bytes: Float64Array.from(bytes), link: "x" }, about).series;
}

Deno.test("evaluateTraffic() computes R², MSE, RMSE, MAE and MAPE of network and last value", () => {
  const evaluation = evaluateTraffic(constantModel(), examplesOf(bytesOf(1, 2, 4, 0, 10), SPEC), 0.9);
  const [{ network, lastValue, ridge, seasonal, interval }] = evaluation.targets as [
    typeof evaluation.targets[0],
  ];
  // Forecasts 3, 5, 1 of 4, 0, 10; mean of the outcomes 14/3.
  const squares = 1 + 25 + 81, spread = 16 + 100 - 3 * (14 / 3) ** 2;
  assert.ok(Math.abs(network.r2! - (1 - squares / spread)) < 1e-12);
  assert.deepEqual([network.mse, network.mae], [squares / 3, 5]);
  assert.equal(network.rmse, Math.sqrt(squares / 3));
  assert.ok(Math.abs(network.mape! - 100 * (1 / 4 + 9 / 10) / 2) < 1e-12, "0 has no relative error");
  assert.equal(lastValue.mse, (4 + 16 + 100) / 3);
  assert.deepEqual(ridge, lastValue, "weights of 0 forecast no change");
  assert.equal(seasonal, null);
  assert.equal(interval.measured, 1);
  assert.deepEqual(evaluation.series[0]!.predicted, [[3, 5, 1]]);
  assert.deepEqual(evaluation.series[0]!.startsUs, [2, 3, 4].map((hour) => hour * SPEC.windowUs));
});

Deno.test("evaluateTraffic() compares with the value a day ago where all forecasts have one", () => {
  const day = Array.from({ length: 24 }, (_, i) => i);
  const series = bytesOf(...day, ...day);
  const late = examplesOf(series, SPEC, (_, row) => row >= 24);
  const { targets: [score], seasonWindows } = evaluateTraffic(constantModel(), late, 0.9);
  assert.equal(seasonWindows, 24);
  assert.equal(score!.seasonal!.mse, 0);
  assert.equal(evaluateTraffic(constantModel(), examplesOf(series, SPEC), 0.9).targets[0]!.seasonal, null);
});

Deno.test("evaluateTraffic()'s intervals hold the wanted share once they know their own residuals", () => {
  const series = [waveSeries(4_000)];
  const spec: InputSpec = { ...SPEC, windowUs: 60e6, features: ["packets"], targets: ["packets"] };
  for (const coverage of [0.8, 0.95]) {
    const { targets: [score] } = evaluateTraffic(constantModel(spec), examplesOf(series, spec), coverage);
    assert.ok(Math.abs(score!.interval.measured - coverage) < 0.03, String(score!.interval.measured));
  }
});

Deno.test("fitTrafficRidge() finds a straight line, through logarithms, seasons and the calendar, too", () => {
  const series = [waveSeries(500)];
  const spec: InputSpec = {
    ...{
      ...SPEC,
      windowUs: 60e6,
      lookback: 3,
      features: [...TRAFFIC_FEATURES],
      targets: ["packets", "interarrival"],
    },
    ...{ calendar: true, seasonWindows: 24, logarithms: ["interarrival"] },
  };
  const split = splitTraffic(series, spec);
  const model = {
    ...constantModel({ ...spec, inputs: plain(6), outputs: plain(2) }),
    ridge: fitTrafficRidge(spec, split),
  };
  for (const { ridge, lastValue } of evaluateTraffic(model, split.test, 0.9).targets) {
    assert.ok(ridge.r2! > 0.97 && ridge.mse < lastValue.mse / 5, JSON.stringify(ridge));
  }
});

function plain(columns: number) {
  return { center: new Array<number>(columns).fill(0), scale: new Array<number>(columns).fill(1) };
}

Deno.test("the verdict says who wins; tables have a line for each contestant", () => {
  const evaluation = evaluateTraffic(constantModel(), examplesOf(bytesOf(1, 2, 4, 0, 10), SPEC), 0.9);
  const [few, noSkill, verdict, ...more] = describeTrafficVerdict(evaluation);
  assert.match(few!, /^TOO LITTLE TO JUDGE BY: 3 test windows, and fewer than 100 /);
  assert.match(noSkill!, /^NO SKILL: R² is below 0 for bytes: /);
  assert.match(verdict!, /^The network beats the last value: bytes \(MSE −10\.8 %\)\.$/);
  assert.deepEqual([more, evaluation.doubts], [[], [few, noSkill]]);
  const worse = evaluateTraffic(constantModel(), examplesOf(bytesOf(9, 8, 7, 6, 5), SPEC), 0.9);
  assert.match(describeTrafficVerdict(worse).at(-1)!, /^THE LAST VALUE WINS: bytes \(MSE \+300\.0 %\)\.$/);
  assert.equal(formatErrors(evaluation, SPEC.windowUs).length, 4);
  assert.match(formatIntervals(evaluation)[0]!, /100\.0 % of the outcomes inside, 90\.0 % wanted/);
});

const ISP = new URL("../../../shared/data/traffic/isp-traffic-hourly.csv", import.meta.url).pathname;
const missing = await Deno.stat(ISP).then(() => false, () => true);
if (missing) console.log(`Left out: there is no ${ISP}`);

Deno.test({
  name: "readIspTraffic() reads the series, on which the last value has R² .909 and ridge .978",
  ignore: missing,
  fn: async () => {
    const { bits, startMs, stepMs, sha256 } = await readIspTraffic(ISP);
    assert.deepEqual([bits.length, new Date(startMs).toISOString(), stepMs], [
      1_231,
      "2005-06-07T07:00:00.000Z",
      3_600_000,
    ]);
    assert.match(sha256, /^[0-9a-f]{64}$/);
    const about = { name: ISP, sha256, windowUs: SPEC.windowUs, remarks: [] };
    const { series } = volumeSet({
      startUs: startMs * 1_000,
      bytes: bits.map((value) => value / 8),
      link: "isp",
    }, about);
    const spec = { ...SPEC, lookback: 10 };
    const split = splitTraffic(series, spec);
    const model = { ...constantModel(spec), ridge: fitTrafficRidge(spec, split) };
    const { targets: [score] } = evaluateTraffic(model, split.test, 0.9);
    assert.equal(score!.lastValue.r2!.toFixed(3), "0.909");
    assert.equal(score!.ridge.r2!.toFixed(3), "0.978");
    assert.equal(score!.seasonal!.r2!.toFixed(3), "0.447");
  },
});

Deno.test("readIspTraffic() reads a file with the newest first, and times as a spreadsheet writes them", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "Zeit;Bits\n07.06.2005 09:00;3\n07.06.2005 08:00;2\n07.06.2005 07:00;1\n");
    const { startMs, stepMs, bits } = await readIspTraffic(file);
    assert.deepEqual([startMs, stepMs, [...bits]], [Date.UTC(2005, 5, 7, 7), 3_600_000, [1, 2, 3]]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("readIspTraffic() names the line that is wrong", async () => {
  const file = await Deno.makeTempFile();
  const head = "Time,Bits\n2005-06-07 07:00:00,1\n2005-06-07 08:00:00,2\n";
  try {
    for (
      const [text, found] of [
        [`${head}yesterday,3\n`, /line 4: 'yesterday' in column 'Time' is no time/],
        [`${head}2005-06-07 09:00:00,many\n`, /line 4: 'many' in column '.+' is not a number/],
        [`${head}2005-06-07 09:00:00\n`, /line 4: found 1 fields, the first line has 2/],
        [`${head}2005-06-07 09:00:00,-1\n`, /row 3 below the header: -1 is no number of bits/],
        [`${head}2005-06-07 10:00:00,3\n`, /row 3 below the header: the times are not evenly spaced/],
        ["Time,Bits\n", /no rows below/],
      ] as const
    ) {
      await Deno.writeTextFile(file, text);
      await assert.rejects(
        readIspTraffic(file),
        (error) => error instanceof UserError && found.test(error.message),
      );
    }
  } finally {
    await Deno.remove(file);
  }
});
