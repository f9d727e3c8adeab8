import assert from "node:assert/strict";
import { type InputSpec, restoreTargets } from "../../../src/traffic/model/inputs.ts";

const SPEC: InputSpec = {
  ...{
    windowUs: 5e6,
    lookback: 1,
    features: ["packets", "interarrival"],
    targets: ["packets", "interarrival"],
  },
  ...{
    calendar: false,
    seasonWindows: 0,
    logarithms: ["interarrival"],
    answer: "change",
    normalization: "none",
  },
  ...{ inputs: { center: [0, 0], scale: [1, 1] }, outputs: { center: [0, 0], scale: [1, 1] } },
};

Deno.test("restoreTargets() keeps forecasts within what a window can be", () => {
  for (
    const [answers, wanted] of [
      [[2, 0], [12, 1_000]],
      [[-20, 0], [0, 1_000]], // packets are not negative
      [[0, 30], [10, 5e6]], // nor are they further apart than the window is long
    ] as const
  ) {
    const out = Float64Array.from(answers);
    restoreTargets(SPEC, out, Float64Array.of(10, 1_000));
    wanted.forEach((value, k) => assert.ok(Math.abs(out[k]! - value) < 1e-6 * (1 + value), `${out}`));
  }
});
