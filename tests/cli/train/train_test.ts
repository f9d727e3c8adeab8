import assert from "node:assert/strict";
import type { CommandContext } from "../../../src/cli/command.ts";
import { trainCommand } from "../../../src/cli/train/train.ts";
import { SETTINGS, type Settings } from "../../../src/config/settings.ts";
import { loadModel } from "../../../src/models/disk.ts";
import { wave } from "../../train/sets.ts";

const defaults = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, setting]) => [key, "default" in setting ? setting.default : undefined]),
) as unknown as Settings;

interface Run {
  readonly change: Partial<Settings>;
  readonly signal?: AbortSignal;
  readonly onMessage?: (message: string) => void;
  readonly flags?: readonly string[];
}

async function run({ change, signal, onMessage = () => {}, flags = [] }: Run) {
  const [lines, messages]: [string[], string[]] = [[], []];
  const info = (message: string) => {
    messages.push(message);
    onMessage(message);
  };
  const context: CommandContext = {
    signal: signal ?? new AbortController().signal,
    out: (line) => lines.push(line),
    log: { info, warn: info, debug: () => {} },
    args: [],
    origin: Object.fromEntries(flags.map((key) => [key, `flag --${key}`])),
  };
  const code = await trainCommand.run({ ...defaults, quiet: true, epochs: 4, ...change }, context);
  return { code, lines, messages };
}

/** A folder with a CSV file of two sources in it. */
async function withCsv(use: (folder: string, csv: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const rows = [wave(200), wave(200, 3)].flatMap((values, source) =>
      values.map((value, n) => `${new Date(n * 1000).toISOString()},s${source},${value}`)
    );
    const csv = `${folder}/waves.csv`;
    await Deno.writeTextFile(csv, `time,station,level\n${rows.join("\n")}\n`);
    await use(folder, csv);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("train writes a model file and the report, with the losses of each epoch as messages", async () => {
  await withCsv(async (folder, csv) => {
    const model = `${folder}/waves.safetensors`;
    const { code, lines, messages } = await run({ change: { csv, key: "station", model, horizon: 3 } });
    assert.equal(code, 0);
    assert.match(lines[0]!, /^TOO LITTLE TO JUDGE BY: 74 test forecasts/);
    assert.match(lines[1]!, /baseline/i);
    assert.match(lines.join("\n"), /400 readings of 2 sources/);
    assert.match(lines.at(-1)!, /waves\.safetensors, version [0-9a-f]{12}/);
    const epochs = messages.filter((message) => message.startsWith("epoch"));
    assert.equal(epochs.length, 4);
    assert.match(
      epochs[0]!,
      /^epoch 1\/4 +training loss [\d.]+ +validation loss [\d.]+ \(last value [\d.]+\)/,
    );
    const read = await loadModel(model);
    assert.ok(read.kind === "forecaster");
    assert.deepEqual([read.name, read.target, read.horizon], ["waves-level-3", "level", 3]);
    assert.match(read.metadata.training.sha256!, /^[0-9a-f]{64}$/);
  });
});

Deno.test("train --json prints one object with every figure", async () => {
  await withCsv(async (folder, csv) => {
    const model = `${folder}/m.safetensors`;
    const { lines } = await run({ change: { csv, key: "station", model, json: true } });
    assert.equal(lines.length, 1);
    const shown = JSON.parse(lines[0]!);
    assert.deepEqual(Object.keys(shown.test.all), [
      "count",
      "network",
      "lastValue",
      "ridge",
      "ratio",
      "ridgeRatio",
    ]);
    assert.equal(shown.model.version, (await loadModel(model)).version);
    assert.equal(shown.epochs.length, 4);
  });
});

Deno.test("train keeps the best epoch so far when it is interrupted, and says so by its exit code", async () => {
  await withCsv(async (folder, csv) => {
    const model = `${folder}/m.safetensors`;
    const controller = new AbortController();
    const onMessage = (message: string) => message.startsWith("epoch 2") && controller.abort();
    const change = { csv, key: "station", model, epochs: 9 };
    const { code, lines } = await run({ change, signal: controller.signal, onMessage });
    assert.equal(code, 130);
    assert.match(lines.join("\n"), /stopped early on request/);
    assert.equal((await loadModel(model)).metadata.architecture.inputs, 11);
  });
});

Deno.test("train refuses settings that contradict each other, and writes no model when it cannot train", async () => {
  await withCsv(async (folder, csv) => {
    const model = `${folder}/m.safetensors`;
    const both = { change: { csv, fromTopic: "input-data", model }, flags: ["csv", "fromTopic"] };
    await assert.rejects(run(both), { name: "UserError", exitCode: 2, message: /contradict/ });
    const alone = { change: { csv, maxMessages: 5, model }, flags: ["maxMessages"] };
    await assert.rejects(run(alone), { exitCode: 2, message: /there is none/ });
    await assert.rejects(run({ change: { csv, model, limit: 20 } }), { message: /too few for look-back 12/ });
    await assert.rejects(run({ change: { csv, model, target: "flow" } }), {
      message: /Cannot forecast flow/,
    });
    await assert.rejects(Deno.stat(model), Deno.errors.NotFound);
  });
});
