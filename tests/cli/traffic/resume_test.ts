/** `traffic train` stopped, killed and resumed; with threads, TensorBoard's files and a model card. */
import assert from "node:assert/strict";
import { runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";

/** An hourly series, day by day. */
async function withHours(use: (folder: string, args: readonly string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const rows = Array.from({ length: 900 }, (_, hour) => {
      const time = new Date(Date.UTC(2005, 5, 7) + hour * 3_600_000).toISOString().slice(0, 19);
      return `"${time.replace("T", " ")}",${
        Math.round(5e10 + 4e10 * Math.sin(hour / 4) + (hour * 7919) % 13 * 1e8)
      }`;
    });
    await Deno.writeTextFile(`${folder}/hours.csv`, `"Time","Bits"\n${rows.join("\n")}\n`);
    await use(folder, [
      ...["traffic", "train", "--dataset", "isp", "--file", "hours.csv", "--lookback", "8"],
      ...["--hidden", "16", "--dropout", "0.1", "--epochs", "60", "--patience", "60"],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  return names.filter((name) => name !== "hours.csv").sort();
}

Deno.test("traffic train --resume gives the same file as without a stop: after kill -9, after Ctrl-C", async () => {
  await withHours(async (folder, args) => {
    const whole = await runStreamflow([...args, "--model", "whole.safetensors"], { cwd: folder });
    assert.equal(whole.code, 0, whole.stderr);
    assert.deepEqual(await filesIn(folder), ["whole.md", "whole.safetensors"]);
    const cut = [...args, "--model", "cut.safetensors"];
    for (const [stop, epoch] of [["SIGKILL", " 2/60"], ["SIGINT", "20/60"]] as const) {
      const more = stop === "SIGINT" ? ["--resume"] : [];
      await using running = await startStreamflow([...cut, ...more], { watchOutput: true, cwd: folder });
      await untilSaid(running, `epoch ${epoch}`);
      running.child.kill(stop);
      const { code, signal, stderr } = await running.result;
      if (stop === "SIGKILL") continue;
      assert.deepEqual([code, signal], [130, null], stderr);
      assert.match(stderr, /resuming after epoch \d+ of cut\.checkpoint\.safetensors/);
      assert.match(stderr, /stopped: run the same command with --resume to continue/);
    }
    const kept = ["cut.checkpoint.safetensors", "cut.md", "cut.safetensors"];
    assert.deepEqual(await filesIn(folder), [...kept, "whole.md", "whole.safetensors"]);
    const other = await runStreamflow([...cut, "--resume", "--batch-size", "64"], { cwd: folder });
    assert.match(other.stderr, /of another training \(batchSize 32, now 64\)/);
    const resumed = await runStreamflow([...cut, "--resume"], { cwd: folder });
    assert.equal(resumed.code, 0, resumed.stderr);
    const read = (name: string) => Deno.readFile(`${folder}/${name}.safetensors`);
    assert.deepEqual(await read("cut"), await read("whole"));
    assert.deepEqual(await filesIn(folder), ["cut.md", "cut.safetensors", "whole.md", "whole.safetensors"]);
  });
});

Deno.test("traffic train writes a card with the command, and TensorBoard's files; --threads 2 is repeatable", async () => {
  await withHours(async (folder, args) => {
    const quick = [...args, "--epochs", "3", "--threads", "2"];
    const first = await runStreamflow([...quick, "--model", "a.safetensors", "--tensorboard", "logs"], {
      cwd: folder,
    });
    assert.equal(first.code, 0, first.stderr);
    const second = await runStreamflow([...quick, "--model", "b.safetensors"], { cwd: folder });
    assert.equal(second.code, 0, second.stderr);
    const read = (name: string) => Deno.readFile(`${folder}/${name}.safetensors`);
    assert.deepEqual(await read("a"), await read("b"));
    const [run] = await Array.fromAsync(Deno.readDir(`${folder}/logs`));
    const parts = (await Array.fromAsync(Deno.readDir(`${folder}/logs/${run!.name}`)))
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
    assert.deepEqual(parts, ["train", "validation"]);
    const card = await Deno.readTextFile(`${folder}/a.md`);
    assert.match(card, /Forecasts bytes of the next 1 h from the last 8 windows of the same link/);
    assert.match(card, /\| R² of bytes \| test part \| 0\.\d+ \| /);
    assert.match(card, /streamflow traffic train --dataset isp --file hours\.csv .*--threads 2/);
  });
});
