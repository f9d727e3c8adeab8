import assert from "node:assert/strict";
import type { CommandContext } from "../../src/cli/command.ts";
import { inspectCommand } from "../../src/cli/inspect.ts";
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
        /format version 1/,
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

Deno.test("inspect refuses what is missing, truncated, or of another version", async () => {
  await assert.rejects(inspect([]), { name: "UserError", exitCode: 2 });
  await assert.rejects(inspect(["no such file"]), { name: "UserError", message: /there is no such file/ });
  await withModelFile(bytes.subarray(0, 500), async (path) => {
    await assert.rejects(inspect([path]), { name: "UserError", message: /cut off/ });
  });
  const other = bytes.slice();
  const place = new TextDecoder("latin1").decode(bytes).indexOf('"formatVersion":"1"');
  other[place + 17] = "9".charCodeAt(0);
  await withModelFile(other, async (path) => {
    await assert.rejects(inspect([path]), { message: /format version "9", this program reads version 1/ });
  });
});
