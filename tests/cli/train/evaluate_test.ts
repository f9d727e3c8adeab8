/** `evaluate`: one command for both kinds of models. */
import assert from "node:assert/strict";
import type { CommandContext } from "../../../src/cli/command.ts";
import { evaluateCommand } from "../../../src/cli/train/evaluate.ts";
import { trainCommand } from "../../../src/cli/train/train.ts";
import { SETTINGS, type Settings } from "../../../src/config/settings.ts";
import { loadModel } from "../../../src/models/disk.ts";
import { UserError } from "../../../src/runtime/errors.ts";
import { withNslKdd } from "../../train/nsl_kdd.ts";
import { wave } from "../../train/sets.ts";
import { withFolder } from "../../support/folder.ts";

const defaults = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, setting]) => [key, "default" in setting ? setting.default : undefined]),
) as unknown as Settings;

interface Run {
  readonly command?: { run(settings: Settings, context: CommandContext): Promise<number> };
  readonly change: Partial<Settings>;
  readonly given?: readonly string[];
}

async function run({ command = evaluateCommand, change, given = [] }: Run) {
  const [lines, messages]: [string[], string[]] = [[], []];
  const info = (message: string) => void messages.push(message);
  const context: CommandContext = {
    signal: new AbortController().signal,
    out: (line) => lines.push(line),
    log: { info, warn: info, debug: () => {} },
    args: [],
    origin: Object.fromEntries(given.map((key) => [key, `flag --${key}`])),
  };
  const code = await command.run({ ...defaults, quiet: true, ...change }, context);
  return { code, lines, messages };
}

async function fails(change: Partial<Settings>, given: readonly string[] = []): Promise<UserError> {
  try {
    await run({ change, given });
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error;
  }
  return assert.fail("evaluate did not fail");
}

/** A CSV file of two sources with a column that the model does not know, and a forecaster trained on it. */
async function withForecaster(use: (csv: string, model: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const rows = [wave(200), wave(200, 3)].flatMap((values, source) =>
      values.map((value, n) => `${new Date(n * 1000).toISOString()},s${source},${value},${n}`)
    );
    const [csv, model] = [`${folder}/waves.csv`, `${folder}/waves.safetensors`];
    await Deno.writeTextFile(csv, `time,station,level,extra\n${rows.join("\n")}\n`);
    const change = { csv, key: "station", features: ["level"], model, horizon: 3, epochs: 4 };
    await run({ command: trainCommand, change });
    await use(csv, model);
  });
}

Deno.test("evaluate has the figures that train reported, part by part", async () => {
  await withForecaster(async (csv, model) => {
    const change = { csv, model, key: "station", json: true };
    const trained = await run({
      command: trainCommand,
      change: { ...change, features: ["level"], model: `${model}2`, horizon: 3, epochs: 4 },
    });
    const report = JSON.parse(trained.lines[0]!);
    for (const [split, part] of [["all", report.stream], ["test", report.test]] as const) {
      const { code, lines } = await run({ change: { ...change, split } });
      assert.equal(code, 0);
      const { all, sources, readings, model: evaluated } = JSON.parse(lines[0]!);
      const { count, network, lastValue, ratio } = part.all;
      assert.deepEqual(all, { count, network, lastValue, ratio });
      assert.deepEqual(sources.map((own: { source: string }) => own.source), ["s0", "s1"]);
      assert.equal(readings.trainedOn, true);
      assert.equal(evaluated.version, report.model.version);
    }
  });
});

Deno.test("evaluate prints the errors beside the last value, and warns of readings that were trained on", async () => {
  await withForecaster(async (csv, model) => {
    const { lines } = await run({ change: { csv, model, key: "station" } });
    const text = lines.join("\n");
    assert.match(lines[0]!, /last value|BASELINE/);
    assert.match(text, /waves-level-3, version [0-9a-f]{12}/);
    assert.match(
      text,
      /400 readings of 2 sources; every forecast, in stream order\n +The model was trained on most/,
    );
    assert.match(text, /all +372 /);
    assert.match(text, /Each of 2 sources alike[^]*\n {2}network [^]*\n {2}last value [^]*\n {2}ridge /);
    assert.doesNotMatch(text, /NaN|undefined|before/);
    const test = await run({ change: { csv, model, key: "station", split: "test" } });
    assert.match(test.lines.join("\n"), /the last 20 % of each source\n\n/);
  });
});

Deno.test("evaluate names what is wrong with model or data", async () => {
  await withForecaster(async (csv, model) => {
    assert.match((await fails({ model: `${model}.none` })).message, /no such file/);
    const other = await fails({ model, dataset: "sensors" });
    assert.match(other.message, /features are .*temperature.*, the model's level$/);
    assert.equal(other.exitCode, 2);
    const short = csv.replace("waves", "short");
    await Deno.writeTextFile(short, "time,level\n2026-01-01T00:00:00Z,1\n");
    const few = await fails({ model, csv: short });
    assert.match(few.message, /its 1 readings of 1 sources hold no forecast$/);
    assert.match(few.hint!, /15 readings of one source/);
  });
});

/** A classifier trained on made-up rows in NSL-KDD's form. */
async function withClassifier(
  use: (files: { readonly train: string; readonly test: string; readonly model: string }) => Promise<void>,
): Promise<void> {
  await withNslKdd(600, async ({ folder, train, test }) => {
    const model = `${folder}/ids.safetensors`;
    await run({
      command: trainCommand,
      change: { ...NSL_KDD, train, test, model, epochs: 2, hidden: [8], seed: 3 },
    });
    await use({ train, test, model });
  });
}

const NSL_KDD = { dataset: "nsl-kdd" } as const;

async function evaluateJson(change: Partial<Settings>, given: readonly string[] = []) {
  const { code, lines } = await run({ change: { ...NSL_KDD, ...change, json: true }, given });
  assert.equal(code, 0);
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0]!);
}

Deno.test("evaluate judges a classifier on all rows, or on the halves of its own training", async () => {
  await withClassifier(async ({ test, model }) => {
    const all = await evaluateJson({ model, test });
    assert.deepEqual(all.rows.split, { part: "all" });
    assert.equal(all.rows.evaluated, 200);
    assert.equal(all.rows.trainedOn, false);
    assert.deepEqual(all.confusionMatrix.classes, ["normal", "dos", "probe", "r2l", "u2r"]);
    const sum = all.confusionMatrix.counts.flat().reduce((a: number, b: number) => a + b, 0);
    assert.equal(sum, 200);
    const { metadata } = await loadModel(model);
    const [validation, held] = [
      await evaluateJson({ model, test, split: "validation" }),
      await evaluateJson({ model, test, split: "test" }),
    ];
    assert.equal(held.rows.split.seed, metadata.recipe["splitSeed"]);
    for (const [half, part] of [["validation", validation], ["test", held]] as const) {
      assert.equal(part.rows.evaluated, 100);
      assert.equal(part.report.accuracy, metadata.metrics[`${half}.accuracy`]);
      assert.equal(part.report["macro avg"]["f1-score"], metadata.metrics[`${half}.macroF1`]);
    }
    const other = await evaluateJson({ model, test, split: "test", seed: 99 }, ["seed"]);
    assert.equal(other.rows.split.seed, 99);
    assert.notDeepEqual(other.confusionMatrix, held.confusionMatrix);
  });
});

Deno.test("evaluate prints report, confusion matrix, log-loss and baseline, and writes the page", async () => {
  await withClassifier(async ({ train, test, model }) => {
    const html = `${test}.html`;
    const { lines, messages } = await run({ change: { ...NSL_KDD, model, test, html } });
    const text = lines.join("\n");
    assert.match(lines[0]!, /majority class|BASELINE/);
    assert.match(text, /precision +recall +f1-score +support/);
    assert.match(
      text,
      /Confusion \(rows: true class, columns: chosen class\)\n +normal +dos +probe +r2l +u2r\n/,
    );
    assert.match(text, /Log-loss +\d/);
    assert.match(text, /Baseline +always normal: accuracy 0\./);
    assert.match(await Deno.readTextFile(html), /^<!doctype html>[^]*<\/html>\n$/);
    assert.deepEqual(messages, [`page: ${html}`]);
    assert.match(text, /Training chose the model by half of these rows; --split test/);
    const trained = await run({ change: { ...NSL_KDD, model, test: train } });
    assert.match(trained.lines.join("\n"), /The model was trained on these very rows/);
  });
});

Deno.test("evaluate says what a classifier is judged by, and what is for classifiers alone", async () => {
  await withClassifier(async ({ test, model }) => {
    const cases: [Partial<Settings>, RegExp][] = [
      [{ model, test }, /^Cannot evaluate a classifier on meters/],
      [{ ...NSL_KDD, model }, /--test is missing$/],
      [{ ...NSL_KDD, model, test: `${test}.none` }, /none/],
      [{ ...NSL_KDD, model, test, html: "/nonexistent/page.html" }, /^Cannot write the page/],
    ];
    for (const [change, message] of cases) assert.match((await fails(change)).message, message);
  });
  await withForecaster(async (csv, model) => {
    assert.match((await fails({ ...NSL_KDD, model })).message, /^Cannot evaluate a forecaster on nsl-kdd/);
    const page = await fails({ csv, model, html: "page.html" }, ["csv", "html"]);
    assert.match(page.message, /^--html is for classifiers: .*waves.safetensors forecasts level$/);
  });
});

Deno.test("evaluate refuses flags of the other kind of model, not settings from elsewhere", async () => {
  await withClassifier(async ({ test, model }) => {
    const change = { ...NSL_KDD, model, test, key: "station", limit: 3 };
    const refused = await fails(change, ["key", "limit"]);
    assert.match(refused.message, /^--key, --limit are for forecasters: .*ids.safetensors predicts classes$/);
    assert.equal(refused.exitCode, 2);
    assert.equal((await run({ change })).code, 0);
  });
});

Deno.test("evaluate leaves out and counts rows of an unknown class where it is asked to", async () => {
  await withClassifier(async ({ test, model }) => {
    const odd = `${test}.odd`;
    const lines = (await Deno.readTextFile(test)).split("\n");
    await Deno.writeTextFile(
      odd,
      lines.map((line, n) => n < 3 ? line.replace(/,\w+,20$/, ",odd,20") : line).join("\n"),
    );
    assert.match((await fails({ ...NSL_KDD, model, test: odd })).message, /odd/);
    const { rows } = await evaluateJson({ model, test: odd, unknownLabel: "skip" });
    assert.deepEqual([rows.skipped, rows.evaluated], [3, 197]);
  });
});
