/** `evaluate`: one command for both kinds of models. */
import assert from "node:assert/strict";
import type { CommandContext } from "../../src/cli/command.ts";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { trainCommand } from "../../src/cli/train.ts";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { wave } from "../train/sets.ts";

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

async function fails(change: Partial<Settings>): Promise<UserError> {
  try {
    await run({ change });
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error;
  }
  return assert.fail("evaluate did not fail");
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
    assert.doesNotMatch(text, /NaN|undefined|ridge/);
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
