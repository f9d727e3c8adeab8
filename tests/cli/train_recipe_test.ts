import assert from "node:assert/strict";
import { CLASSIFIER_KEYS, classifierRecipeOf, RECIPE_KEYS } from "../../src/cli/train_recipe.ts";
import { DEFAULT_CLASSIFIER_RECIPE, PLAIN_RECIPE } from "../../src/train/mod.ts";

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
