/** Whether a forecaster can be learned from readings: if not, what there is and what is needed. */
import { UserError } from "../../runtime/errors.ts";
import type { ExampleShape, Split } from "./examples.ts";
import type { Recipe } from "./recipe.ts";
import type { TrainingSet } from "./series.ts";

/** @throws {UserError} where the parts are too small, or the target never changes */
export function checkSplit(
  set: TrainingSet,
  { shape, split, recipe }: {
    readonly shape: ExampleShape;
    readonly split: Split;
    readonly recipe: Recipe;
  },
): void {
  const { horizon, targetIndex, reach = shape.lookback } = shape;
  const { lookback } = shape;
  if (recipe.preparation === "differences" && lookback < 2) {
    throw new UserError("Cannot learn from differences with a look-back of 1: there is no earlier reading", {
      hint: "use --lookback 2 or more",
      exitCode: 2,
    });
  }
  const longest = set.series.reduce((most, { length }) => Math.max(most, length), 0);
  if (split.training.count === 0 || split.validation.count === 0 || split.test.count === 0) {
    const wanted = Math.max(Math.ceil((reach + horizon) / 0.6), Math.ceil((horizon + 1) / 0.2)) + 1;
    throw new UserError(
      `Cannot train on ${set.name}: the longest of its ${set.series.length} series has ${longest} readings, ` +
        `too few for look-back ${reach} and horizon ${horizon} in a training, a validation and a test part`,
      {
        hint:
          `some ${wanted} readings of one source are needed; or use a smaller --lookback, --seasonal or --horizon`,
      },
    );
  }
  const { training } = split;
  for (let example = 0; example < training.count; example++) if (training.changeOf(example) !== 0) return;
  throw new UserError(
    `Cannot learn to forecast ${set.features[targetIndex]!.name}: it never changes in the training part of ` +
      set.name,
    { hint: "choose another feature with --target, or a larger --horizon" },
  );
}
