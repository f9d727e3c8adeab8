import assert from "node:assert/strict";
import {
  CLASSIFIER_KEYS,
  classifierRecipeOf,
  forecastRecipeOf,
  forecastTaskOf,
  RECIPE_KEYS,
} from "../../../src/cli/train/recipe.ts";
import {
  DEFAULT_CLASSIFIER_RECIPE,
  METERS_RECIPE,
  METERS_TASK,
  PLAIN_RECIPE,
} from "../../../src/train/mod.ts";

type Flags = Parameters<typeof classifierRecipeOf>[0];

const NO_FLAGS = {
  ...Object.fromEntries([...RECIPE_KEYS, ...CLASSIFIER_KEYS].map((key) => [key, undefined])),
  ...{ seed: 1, threads: 1 },
} as unknown as Flags;

Deno.test("classifierRecipeOf() is the recipe that is named where no flag says otherwise", () => {
  assert.deepEqual(classifierRecipeOf(NO_FLAGS), DEFAULT_CLASSIFIER_RECIPE);
  assert.deepEqual(classifierRecipeOf({ ...NO_FLAGS, recipe: "plain" }), PLAIN_RECIPE);
  const changed = classifierRecipeOf({ ...NO_FLAGS, dropout: 0.5, offsets: "off" });
  assert.deepEqual(changed, { ...DEFAULT_CLASSIFIER_RECIPE, dropout: 0.5, offsets: false });
});

Deno.test("classifierRecipeOf() lets a recipe that keeps the last epoch go through all of them", () => {
  const plain = { ...NO_FLAGS, recipe: "plain", epochs: 100 } as const;
  assert.equal(classifierRecipeOf(plain).patience, 100);
  assert.equal(classifierRecipeOf({ ...plain, patience: 7 }).patience, 7);
  assert.equal(
    classifierRecipeOf({ ...NO_FLAGS, epochs: 100 }).patience,
    DEFAULT_CLASSIFIER_RECIPE.patience,
  );
});

const READINGS = {
  ...{ ...NO_FLAGS, csv: undefined, fromTopic: undefined, target: undefined, seasonal: undefined },
  ...{ horizon: 12, lookback: 12, calendar: false, perSource: false },
};

Deno.test("the meters set has a task and a recipe of its own, which whoever says something changes", () => {
  const meters = { ...READINGS, dataset: "meters" } as const;
  assert.deepEqual(forecastTaskOf(meters, {}), { target: undefined, ...METERS_TASK });
  const { hidden, epochs, seed } = forecastRecipeOf({ ...meters, epochs: 3 });
  assert.deepEqual([hidden, epochs, seed], [METERS_RECIPE.hidden, 3, 1]);
  const said = { horizon: "flag --horizon", calendar: "config.toml", seasonal: "flag --seasonal" };
  assert.deepEqual(forecastTaskOf({ ...meters, seasonal: [] }, said), {
    ...{ ...METERS_TASK, target: undefined, horizon: 12, calendar: false, seasons: [] },
  });
  for (const other of [{ dataset: "sensors" }, { csv: "plant.csv" }, { fromTopic: "plant" }] as const) {
    const settings = { ...meters, ...other };
    assert.deepEqual(forecastTaskOf(settings, {}), {
      ...{
        target: undefined,
        horizon: 12,
        lookback: 12,
        calendar: false,
        seasons: undefined,
        perSource: false,
      },
    });
    assert.deepEqual(forecastRecipeOf(settings), { seed: 1, threads: 1 });
  }
});
