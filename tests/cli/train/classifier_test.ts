/** `train --dataset nsl-kdd` and `tune` by the real program: report, resume after kill -9 and Ctrl-C, refusals. */
import assert from "node:assert/strict";
import { type RunOptions, runStreamflow, startStreamflow } from "../../support/run.ts";
import { withNslKdd } from "../../train/nsl_kdd.ts";

const ROWS = 20_000;
const recipe = [
  "--hidden",
  "32,16",
  "--epochs",
  "8",
  "--patience",
  "8",
  "--restarts",
  "1",
  "--dropout",
  "0.1",
  "--schedule",
  "cosine",
];

function trainArgs(
  { train, test }: { train: string; test: string },
  model: string,
  more: readonly string[] = [],
): string[] {
  return [
    "train",
    "--dataset",
    "nsl-kdd",
    "--train",
    train,
    "--test",
    test,
    "--model",
    model,
    ...recipe,
    ...more,
  ];
}

/** Runs the program and sends the signal as soon as it says that an epoch is over. */
async function runUntil(args: string[], { epoch, signal }: { epoch: number; signal: Deno.Signal }) {
  const options: RunOptions = { watchOutput: true };
  await using running = await startStreamflow(args, options);
  const decoder = new TextDecoder();
  let seen = "", sent = false;
  for await (const chunk of running.watched!) {
    seen += decoder.decode(chunk, { stream: true });
    if (sent || !seen.includes(`epoch ${epoch}/8`)) continue;
    sent = true;
    running.child.kill(signal);
  }
  assert.ok(sent, seen);
  const ended = await running.result;
  assert.equal(ended.signal, signal === "SIGKILL" ? signal : null, ended.stderr);
  return ended;
}

Deno.test("train --dataset nsl-kdd writes the model and prints report, confusion matrix, log-loss and baseline", async () => {
  await withNslKdd(2000, async ({ folder, ...files }) => {
    const model = `${folder}/ids.safetensors`;
    const { code, stdout, stderr } = await runStreamflow(
      trainArgs(files, model, ["--tensorboard", `${folder}/logs`]),
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The network beats the majority class: accuracy 0\.\d+ \(always normal: 0\.\d+\)/);
    for (
      const expected of [
        /precision +recall +f1-score +support/,
        /macro avg/,
        /Confusion/,
        /Log-loss/,
        /Epochs +8/,
      ]
    ) {
      assert.match(stdout, expected);
    }
    assert.equal(stderr.match(/epoch \d\/8 /g)!.length, 8);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => /checkpoint/.test(name)),
      [],
    );
    const [run] = [...Deno.readDirSync(`${folder}/logs`)];
    assert.match(run!.name, /^\d{8}-\d{6}$/);
    assert.ok((await Deno.stat(model)).size > 1000);
  });
});

Deno.test("train --resume goes on after kill -9 and after Ctrl-C, and gives the bytes of a training that was left alone", async () => {
  await withNslKdd(ROWS, async ({ folder, ...files }) => {
    const whole = `${folder}/whole.safetensors`, cut = `${folder}/cut.safetensors`;
    assert.equal((await runStreamflow(trainArgs(files, whole))).code, 0);
    const killed = await runUntil(trainArgs(files, cut), { epoch: 2, signal: "SIGKILL" });
    assert.equal(killed.code, 137);
    await assert.rejects(Deno.stat(cut), Deno.errors.NotFound);
    const interrupted = await runUntil(trainArgs(files, cut, ["--resume"]), { epoch: 5, signal: "SIGINT" });
    assert.equal(interrupted.code, 130);
    assert.match(interrupted.stderr, /resuming after epoch [2-4]/);
    assert.match(
      interrupted.stderr,
      /stopped: run the same command with --resume to continue from .*cut\.checkpoint/,
    );
    const finished = await runStreamflow(trainArgs(files, cut, ["--resume"]));
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(await Deno.readFile(cut), await Deno.readFile(whole));
  });
});

Deno.test("train --resume refuses a checkpoint of another recipe or of other rows, and says what differs", async () => {
  await withNslKdd(500, async ({ folder, ...files }) => {
    const model = `${folder}/m.safetensors`, checkpoint = `${folder}/state.safetensors`;
    const keep = ["--checkpoint", checkpoint];
    assert.equal((await runStreamflow(trainArgs(files, model, keep))).code, 0);
    const other = await runStreamflow(trainArgs(files, model, [...keep, "--resume", "--batch-size", "32"]));
    assert.equal(other.code, 1);
    assert.match(other.stderr, /another training \(batchSize 64, now 32\)/);
    await Deno.writeTextFile(files.train, (await Deno.readTextFile(files.train)).replace("SF", "S0"));
    const rows = await runStreamflow(trainArgs(files, model, [...keep, "--resume"]));
    assert.match(rows.stderr, /another training \(.*sha256/);
    const none = await runStreamflow(trainArgs(files, model, ["--checkpoint", `${folder}/no`, "--resume"]));
    assert.match(none.stderr, /there is no such file/);
    const noCheckpoint = await runStreamflow(
      trainArgs(files, `${folder}/other.safetensors`, ["--checkpoint", model, "--resume"]),
    );
    assert.match(noCheckpoint.stderr, /it is a finished model/);
    const same = await runStreamflow(trainArgs(files, model, ["--checkpoint", model]));
    assert.equal(same.code, 2);
    assert.match(same.stderr, /--checkpoint and --model name the same file/);
  });
});

Deno.test("train says which restart an epoch is of", async () => {
  await withNslKdd(200, async ({ folder, ...files }) => {
    const more = ["--restarts", "2", "--epochs", "2"];
    const { code, stderr } = await runStreamflow(trainArgs(files, `${folder}/m.safetensors`, more));
    assert.equal(code, 0, stderr);
    const places = [...stderr.matchAll(/^epoch (.*?) {2}loss/gm)].map(([, place]) => place);
    assert.deepEqual(places, [1, 2, 3, 4].map((epoch) => `${epoch} (restart ${epoch > 2 ? 2 : 1} of 2)`));
  });
});

Deno.test("train keeps the model that was there when the learning rate diverges", async () => {
  await withNslKdd(500, async ({ folder, ...files }) => {
    const model = `${folder}/m.safetensors`;
    assert.equal((await runStreamflow(trainArgs(files, model))).code, 0);
    const before = await Deno.readFile(model);
    const { code, stderr } = await runStreamflow(
      trainArgs(files, model, ["--optimizer", "sgd", "--learning-rate", "1e300"]),
    );
    assert.equal(code, 1);
    assert.match(stderr, /epoch 1.*not finite/);
    assert.match(stderr, /hint: .*smaller --learning-rate/);
    assert.deepEqual(await Deno.readFile(model), before);
  });
});

Deno.test("train and tune say before they read anything that a folder is missing", async () => {
  const missing = "no-such-folder/ids.safetensors";
  const all = [["train", "--model"], ["train", "--checkpoint"], ["tune", "--model"]] as const;
  for (const [command, flag] of all) {
    const { code, stderr } = await runStreamflow([command, flag, missing]);
    assert.equal(code, 2);
    assert.equal(
      stderr,
      `error: Cannot write ${missing}: there is no folder no-such-folder\n` +
        `  hint: make it, or name another file with ${flag}\n`,
    );
  }
});

Deno.test("train --dataset nsl-kdd says which file is missing", async () => {
  const { code, stderr } = await runStreamflow(["train", "--dataset", "nsl-kdd", "--train", "x"]);
  assert.equal(code, 2);
  assert.match(stderr, /--test is missing/);
});

Deno.test("train refuses flags of forecasters for classes, and of classifiers for readings", async () => {
  const forecast = await runStreamflow([
    "train",
    "--dataset",
    "nsl-kdd",
    "--train",
    "x",
    "--test",
    "y",
    "--horizon",
    "3",
  ]);
  assert.equal(forecast.code, 2);
  assert.match(
    forecast.stderr,
    /--horizon is about forecasts, and nsl-kdd trains a model to predict classes/,
  );
  const decay = await runStreamflow(["train", "--optimizer", "sgd", "--weight-decay", "0.1"]);
  assert.equal(decay.code, 2);
  assert.match(decay.stderr, /--weight-decay is adamw's/);
  const classes = await runStreamflow(["train", "--class-weights", "1"]);
  assert.equal(classes.code, 2);
  assert.match(
    classes.stderr,
    /--class-weights is about classes, and meters trains a model to forecast readings/,
  );
});

Deno.test("tune chooses a forecaster by validation loss", async () => {
  const args = [
    "tune",
    "--dataset",
    "sensors",
    "--limit",
    "3000",
    "--epochs",
    "2",
    "--seeds",
    "2",
    "--grid",
    "learningRate=1e-3|1e-6",
  ];
  const { code, stdout, stderr } = await runStreamflow(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /→ +learningRate=1e-3 +0\.\d{4} ± /);
  assert.match(stdout, /MSE ratio +\d\.\d{4} ± /);
});

Deno.test("tune leaves out what diverges, and goes on", async () => {
  await withNslKdd(200, async ({ train, test }) => {
    const args = ["tune", "--dataset", "nsl-kdd", "--train", train, "--test", test, "--epochs", "1"];
    const settings = ["--optimizer", "sgd", "--restarts", "1", "--seeds", "2"];
    const some = await runStreamflow([...args, ...settings, "--grid", "learningRate=1e300|1e-3"]);
    assert.equal(some.code, 0, some.stderr);
    assert.match(some.stderr, /warning: learningRate=1e300, seed 1: left out\. .* not finite/);
    assert.match(some.stderr, /learningRate=1e-3, seed 2: .*, epoch 1\n/);
    assert.match(some.stdout, /→ +learningRate=1e-3 .* 1\.0 ± 0\.0\n/);
    assert.doesNotMatch(some.stdout, /1e300/);
    const none = await runStreamflow([...args, ...settings, "--grid", "learningRate=1e300"]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /every combination diverged\n {2}hint: try smaller learning rates/);
  });
});

Deno.test("tune prints the table, the test figures of the chosen alone, and writes the best model", async () => {
  await withNslKdd(500, async ({ folder, ...files }) => {
    const model = `${folder}/best.safetensors`;
    const args = [
      "tune",
      "--dataset",
      "nsl-kdd",
      "--train",
      files.train,
      "--test",
      files.test,
      "--epochs",
      "2",
    ];
    const grid = ["--grid", "hidden=8|16-8,learning-rate=1e-2|1e-5", "--seeds", "2"];
    const { code, stdout, stderr } = await runStreamflow([...args, ...grid, "--model", model]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /mean ± sd over the seeds 1, 2/);
    assert.equal(stdout.match(/hidden=\S+ learningRate=1e-2 +0\.\d{4} ± /g)!.length, 2);
    assert.match(
      stdout,
      /Chosen +by macro-F1 \+ accuracy: hidden=\S+ learningRate=1e-2; the best of its seeds on validation is [12]/,
    );
    assert.equal(stdout.match(/^ {2}macro-F1 /gm)!.length, 1);
    assert.ok((await Deno.stat(model)).size > 1000);
    const json = await runStreamflow([...args, ...grid, "--json"]);
    const shown = JSON.parse(json.stdout);
    assert.deepEqual([shown.tried.length, shown.tried[0].trials[0].test], [4, undefined]);
    const unknown = await runStreamflow([...args, "--grid", "colour=red"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /'colour' is not a setting that can be tuned/);
  });
});
