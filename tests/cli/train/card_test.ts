/** The model card that `train` writes beside the model. */
import assert from "node:assert/strict";
import type { CommandContext } from "../../../src/cli/command.ts";
import { trainCommand } from "../../../src/cli/train/train.ts";
import { cardFileOf } from "../../../src/cli/train/card.ts";
import { SETTINGS, type Settings } from "../../../src/config/settings.ts";
import { loadModel } from "../../../src/models/disk.ts";
import { UserError } from "../../../src/runtime/errors.ts";
import { withNslKdd } from "../../train/nsl_kdd.ts";
import { wave } from "../../train/sets.ts";

const defaults = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, setting]) => [key, "default" in setting ? setting.default : undefined]),
) as unknown as Settings;

async function train(change: Partial<Settings>): Promise<void> {
  const context: CommandContext = {
    signal: new AbortController().signal,
    out: () => {},
    log: { info: () => {}, warn: () => {}, debug: () => {} },
    args: [],
    origin: Object.fromEntries(Object.keys(change).map((key) => [key, "flag"])),
  };
  assert.equal(await trainCommand.run({ ...defaults, ...change }, context), 0);
}

async function withCsv(use: (csv: string, model: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const csv = `${folder}/wave.csv`;
    const rows = [...wave(200)].map((value, n) => `${new Date(n * 1000).toISOString()},${value}`);
    await Deno.writeTextFile(csv, `time,level\n${rows.join("\n")}\n`);
    await use(csv, `${folder}/wave.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("cardFileOf() stands beside the model under its name", () => {
  assert.equal(cardFileOf("models/ids.safetensors"), "models/ids.md");
  assert.equal(cardFileOf("model.md"), "model.md.md");
});

Deno.test("train writes the card of the model that it wrote, with data, metrics and the command", async () => {
  await withCsv(async (csv, model) => {
    await train({ csv, model, horizon: 3, epochs: 2, quiet: true });
    const { version, sha256, metadata } = await loadModel(model);
    const card = await Deno.readTextFile(cardFileOf(model));
    const wanted = [
      `version \`${version}\``,
      `SHA-256 \`${sha256}\``,
      `| 200 | \`${metadata.training.sha256}\` |`,
      "Forecasts `level` 3 readings ahead",
      "| MSE | test part |",
      `streamflow train --csv ${csv} --horizon 3 --epochs 2 --model ${model}\n`,
    ];
    for (const text of wanted) assert.ok(card.includes(text), `${text}\nis missing in\n${card}`);
    await train({ csv, model, horizon: 4, epochs: 1 });
    assert.match(await Deno.readTextFile(cardFileOf(model)), /4 readings ahead/);
  });
});

Deno.test("train leaves a file alone that is no model card, and says so after the model is written", async () => {
  await withCsv(async (csv, model) => {
    await Deno.writeTextFile(cardFileOf(model), "my notes");
    await assert.rejects(train({ csv, model, horizon: 3, epochs: 1 }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^The model is written, but not its card .*wave\.md: there is a file/);
      return true;
    });
    assert.equal(await Deno.readTextFile(cardFileOf(model)), "my notes");
    await loadModel(model);
  });
});

Deno.test("train writes the card of a classifier: both files, both halves, the majority class beside it", async () => {
  await withNslKdd(600, async ({ folder, train: file, test }) => {
    const model = `${folder}/ids.safetensors`;
    await train({ dataset: "nsl-kdd", train: file, test, model, epochs: 2, hidden: [8], recipe: "plain" });
    const { sha256, metadata } = await loadModel(model);
    const card = await Deno.readTextFile(cardFileOf(model));
    const wanted = [
      `SHA-256 \`${sha256}\``,
      `| training | \`${file}\` | 600 | \`${metadata.training.sha256}\` |`,
      `| validation and test | \`${test}\` | 200 |`,
      "seed 1: 100 rows for validation",
      "| accuracy | test half |",
      "| macro-F1 | validation half |",
      "The baseline: always normal",
      "rows of `u2r`: its scores for that class are rough.",
      "precision    recall  f1-score   support",
      "NSL-KDD is made from simulated traffic",
      `--dataset nsl-kdd --train ${file} --test ${test} --hidden 8 --epochs 2 --recipe plain --model ${model}\n`,
    ];
    for (const text of wanted) assert.ok(card.includes(text), `${text}\nis missing in\n${card}`);
  });
});
