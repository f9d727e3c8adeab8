import assert from "node:assert/strict";
import { choose, formatTried, parseGrid, spreadOf, type Tried } from "../../src/train/loop/tune.ts";

Deno.test("parseGrid() gives all combinations, the last key fastest", () => {
  assert.deepEqual(parseGrid("hidden=32|64-64-32, learningRate=1e-3|3e-4"), [
    { hidden: "32", learningRate: "1e-3" },
    { hidden: "32", learningRate: "3e-4" },
    { hidden: "64-64-32", learningRate: "1e-3" },
    { hidden: "64-64-32", learningRate: "3e-4" },
  ]);
  assert.deepEqual(parseGrid(undefined), [{}]);
});

Deno.test("parseGrid() refuses what is no grid, and says how to write one", () => {
  for (const grid of ["hidden", "hidden=", "=3", "a=1||2", "a=1=2", ""]) {
    assert.throws(() => parseGrid(grid), { name: "UserError", exitCode: 2, hint: /hidden=32\|64-64-32/ });
  }
  assert.throws(() => parseGrid("a=1,a=2"), { message: /a stands twice/ });
});

Deno.test("spreadOf() is the sample standard deviation", () => {
  assert.deepEqual(spreadOf([1, 2, 3]), { mean: 2, sd: 1 });
  assert.deepEqual(spreadOf([4]), { mean: 4, sd: 0 });
});

const tried = (name: string, scores: number[], test: number): Tried => ({
  combination: { hidden: name },
  trials: scores.map((score, s) => ({
    seed: s + 1,
    score,
    validation: { "macro-F1": score },
    test: { "macro-F1": test },
  })),
});

Deno.test("choose() goes by the mean validation score alone, then by the best seed", () => {
  const all = [tried("8", [0.5, 0.9], 0.99), tried("16", [0.8, 0.75], 0.1)];
  const { tried: chosen, trial } = choose(all);
  assert.deepEqual([chosen.combination, trial.seed], [{ hidden: "16" }, 1]);
  const lines = formatTried(all, "macro-F1");
  assert.match(lines[0]!, /mean ± sd over the seeds 1, 2/);
  assert.match(lines[3]!, /→ +hidden=16 +0\.7750 ± 0\.0354/);
  assert.doesNotMatch(lines.join("\n"), /0\.99/, "the test figures of what was not chosen are not shown");
});
