/** Ctrl-C while a slow network trains: what is complete stays, nothing half made does. */
import assert from "node:assert/strict";
import { startStreamflow, untilSaid } from "../../support/run.ts";
import { loadModel } from "../../../src/models/disk.ts";

/** Starts the command in an empty folder, interrupts it once it has said this, and gives what it left. */
async function interrupt(args: readonly string[], said: string) {
  const folder = await Deno.makeTempDir();
  try {
    await using running = await startStreamflow(args, { watchOutput: true, cwd: folder });
    await untilSaid(running, said);
    running.child.kill("SIGINT");
    const result = await running.result;
    const files = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    const model = files.includes("m.safetensors") ? await loadModel(`${folder}/m.safetensors`) : undefined;
    return { ...result, files, model };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SLOW = [
  ...["--dataset", "sensors", "--limit", "1200", "--lookback", "40", "--hidden", "lstm:96,lstm:96"],
  ...["--epochs", "50", "--model", "m.safetensors"],
];

Deno.test("train with a slow LSTM ends with 130 on Ctrl-C: model, card and checkpoint are there, and no more", async () => {
  const { code, signal, stdout, stderr, files, model } = await interrupt(["train", ...SLOW], "epoch  1/50");
  assert.deepEqual([code, signal], [130, null], stderr);
  assert.deepEqual(files, ["m.checkpoint.safetensors", "m.md", "m.safetensors"]);
  assert.match(stdout, /Epochs {4}\d+, the best was \d+ \(stopped early on request\)/);
  assert.match(
    stderr,
    /stopped: run the same command with --resume to continue from m\.checkpoint\.safetensors/,
  );
  assert.doesNotMatch(stderr, /within 5 s|error:/);
  assert.equal(model!.kind, "forecaster");
});

Deno.test("tune with a slow LSTM ends with 130 on Ctrl-C, and keeps what was tried with all seeds", async () => {
  const args = [
    ...["tune", ...SLOW, "--seeds", "1", "--epochs", "1", "--grid", "learningRate=0.001|0.002|0.003"],
  ];
  const { code, signal, stdout, stderr, files } = await interrupt(args, "learningRate=0.001, seed 1");
  assert.deepEqual([code, signal], [130, null], stderr);
  assert.deepEqual(files, ["m.safetensors"]);
  assert.match(stdout, /Chosen {4}by loss: learningRate=0\.001/);
});
