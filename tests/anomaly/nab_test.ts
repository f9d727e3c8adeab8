/** The Numenta Anomaly Benchmark: the scorer gives the published score, the default detector its own. */
import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import { createDetector, DEFAULT_DETECTOR } from "../../src/anomaly/detectors.ts";
import { scoreNab } from "../../src/anomaly/nab_score.ts";
import { NAB_FOLDER, randomScores, readNab, windowedGaussian } from "../support/nab.ts";

const all = await readNab();
if (all === null) console.log(`The Numenta benchmark is left out: there is no ${NAB_FOLDER}.`);
const ignore = all === null;

Deno.test("scoreNab() gives the windowed Gaussian its published 35.02 on the 34 series", { ignore }, () => {
  assert.equal(all!.length, 34);
  const { score } = scoreNab(all!.map((series) => ({ ...series, scores: windowedGaussian(series.values) })));
  assert.equal(score.toFixed(2), "35.02");
});

Deno.test("scoreNab() gives chance little", { ignore }, () => {
  const random = new Random(1);
  const scores = Array.from(
    { length: 5 },
    () => scoreNab(all!.map((series) => ({ ...series, scores: randomScores(series.values, random) }))).score,
  );
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  assert.ok(mean > 3 && mean < 25, `mean ${mean}`);
});

Deno.test("the default detector is above HTM's 73.56 on the 34 series", { ignore }, () => {
  const scored = all!.map((series) => {
    const detector = createDetector(DEFAULT_DETECTOR);
    const scores = series.values.map((value, row) => detector.update(value, series.timesMs[row]!));
    return { ...series, scores };
  });
  const best = scoreNab(scored);
  assert.ok(best.score > 73.56, `score ${best.score}`);
  assert.ok(scoreNab(scored, 0.5).score > 65, "at the detector's own limit");
});
