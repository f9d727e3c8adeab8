import assert from "node:assert/strict";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import type { CommandContext } from "../../src/cli/command.ts";
import { inspectCommand } from "../../src/cli/models/inspect.ts";
import { writeModel } from "../../src/models/model_file.ts";
import { trainForecaster } from "../../src/train/mod.ts";
import { setOf, wave } from "./sets.ts";

async function inspect(args: string[], json = false): Promise<string[]> {
  const lines: string[] = [];
  const log = { info: () => {}, warn: () => {}, debug: () => {} };
  const out = (line: string) => lines.push(line);
  const { signal } = new AbortController();
  const context: CommandContext = { signal, out, log, args, origin: {} };
  assert.equal(await inspectCommand.run({ json }, context), 0);
  return lines;
}

const { bytes, model } = await trainForecaster(setOf({ a: wave(120), b: wave(120, 3) }), {
  horizon: 2,
  lookback: 4,
  recipe: { hidden: [5, 3], epochs: 2 },
});

async function withModelFile(content: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.writeFile(path, content);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("inspect shows layers, inputs with units, scaler, task, training data, metrics and checksum", async () => {
  await withModelFile(bytes, async (path) => {
    const text = (await inspect([path])).join("\n");
    for (
      const expected of [
        /tiny-x-2, version [0-9a-f]{12}/,
        /format version 2/,
        new RegExp(model.sha256),
        /x \(m\), 2 readings ahead/,
        /Inputs +x \(m\)\n/,
        /4 readings/,
        /3 scales from .*clipped to ±3; target scale/,
        /3-5-3-1, tanh.*, 42 parameters/,
        /layers\.2\.weight \[3, 1\]/,
        /seed 1, .*epochs 2/,
        /tiny: 240 readings of 2 sources/,
        /test part +MSE [\d.]+ \(last value [\d.]+\), MAE/,
      ]
    ) assert.match(text, expected);
  });
});

Deno.test("inspect --json is one object with all of it", async () => {
  await withModelFile(bytes, async (path) => {
    const [line, ...rest] = await inspect([path], true);
    assert.deepEqual(rest, []);
    const shown = JSON.parse(line!);
    assert.deepEqual([shown.sha256, shown.parameters, shown.task.lookback], [model.sha256, 42, 4]);
    assert.deepEqual(shown.preparation, JSON.parse(JSON.stringify(model.metadata.preparation)));
    assert.equal(shown.tensors.length, 6);
  });
});

/** A classifier with the widths of the network for NSL-KDD. */
function classifierBytes(offsets: readonly number[]): Uint8Array {
  const architecture = denseSpec({
    ...{ inputs: 122, hidden: [64, 64, 32], outputs: 5, activation: "relu", dropout: 0.1 },
    outputActivation: "softmax",
  });
  const numbers = Array.from({ length: 38 }, (_, i) => (
    { name: `n${i}`, kind: "number", log: i < 10, center: 0, scale: 1 } as const
  ));
  const texts = [["protocol_type", 3], ["service", 70], ["flag", 11]] as const;
  const categories = texts.map(([name, length]) => (
    { name, kind: "category", values: Array.from({ length }, (_, i) => `v${i}`) } as const
  ));
  return writeModel(createNetwork(architecture, new Random(1)), {
    ...{ name: "ids", architecture, recipe: { seed: 1, epochs: 30 } },
    preparation: { kind: "tabular", clip: null, columns: [...numbers, ...categories] },
    task: {
      ...{ kind: "classification", target: "class", classes: ["normal", "dos", "probe", "r2l", "u2r"] },
      ...{ offsets, baseline: "normal" },
    },
    training: { name: "KDDTrain+.txt", sha256: "ab12", readings: 125_973, sources: 70 },
    metrics: { "test.accuracy": 0.8125, "test.macroF1": 0.625 },
  });
}

Deno.test("inspect shows a classifier: classes, inputs, texts, offsets, widths, scores", async () => {
  await withModelFile(classifierBytes([0, 0.5, 0, 2.25, 0]), async (path) => {
    const text = (await inspect([path])).join("\n");
    for (
      const expected of [
        /Task +class: normal, dos, probe, r2l, u2r; most frequent in training: normal/,
        /Inputs +38 numbers, 10 of them by their logarithm, not clipped/,
        /protocol_type: one of 3 texts\n +service: one of 70 texts\n +flag: one of 11 texts/,
        /Offsets +normal 0, dos 0\.5, probe 0, r2l 2\.25, u2r 0/,
        /122-64-64-32-5, relu, softmax, 14,277 parameters/,
        /KDDTrain\+\.txt: 125,973 records/,
        /test\.accuracy +0\.8125/,
      ]
    ) assert.match(text, expected);
    const shown = JSON.parse((await inspect([path], true))[0]!);
    assert.deepEqual(shown.task.offsets, [0, 0.5, 0, 2.25, 0]);
    assert.equal(shown.parameters, 14_277);
  });
  await withModelFile(classifierBytes([0, 0, 0, 0, 0]), async (path) => {
    assert.match((await inspect([path])).join("\n"), /Offsets +none/);
  });
});

Deno.test("inspect says of a file that it is one of version 1", async () => {
  const path = new URL("../golden/model/forecast_v1.safetensors", import.meta.url).pathname;
  assert.match((await inspect([path])).join("\n"), /format version 1/);
  assert.equal(JSON.parse((await inspect([path], true))[0]!).formatVersion, "1");
});

Deno.test("inspect refuses what is missing, truncated, or of another version", async () => {
  await assert.rejects(inspect([]), { name: "UserError", exitCode: 2 });
  await assert.rejects(inspect(["no such file"]), { name: "UserError", message: /there is no such file/ });
  await withModelFile(bytes.subarray(0, 500), async (path) => {
    await assert.rejects(inspect([path]), { name: "UserError", message: /cut off/ });
  });
  const other = bytes.slice();
  const place = new TextDecoder("latin1").decode(bytes).indexOf('"formatVersion":"2"');
  other[place + 17] = "9".charCodeAt(0);
  await withModelFile(other, async (path) => {
    await assert.rejects(inspect([path]), { message: /format version "9", this program reads 1, 2 and 3/ });
  });
});
