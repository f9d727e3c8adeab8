/** The trainer of classifiers as a contender: `deno run ours_recipe.ts TRAIN TEST`; repeats are epochs. */
import { readNslKddTable } from "../../../src/datasets/mod.ts";
import { PLAIN_RECIPE, prepareClassifier, trainPrepared } from "../../../src/train/mod.ts";
import { serve } from "./serve.ts";

const read = (path: string) => readNslKddTable(path, { unknownLabel: "error" });
const prepared = prepareClassifier(
  { training: await read(Deno.args[0]!), held: await read(Deno.args[1]!) },
  PLAIN_RECIPE,
);

await serve({
  recipe: async (epochs) => {
    await trainPrepared({ ...prepared, recipe: { ...prepared.recipe, epochs, patience: epochs } });
  },
});
