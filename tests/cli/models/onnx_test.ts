/** `streamflow export` and `streamflow import` as a person uses them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createNetwork, denseSpec, Random } from "../../../nn/mod.ts";
import { readModel, writeModel } from "../../../src/models/model_file.ts";
import { runStreamflow as run } from "../../support/run.ts";
import { withFolder } from "../../support/folder.ts";

const golden = fileURLToPath(new URL("../../golden/onnx/", import.meta.url));

const spec = denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" });
const MODEL = writeModel(createNetwork(spec, new Random(1)), {
  name: "levels",
  architecture: spec,
  preparation: {
    kind: "values",
    lookback: 2,
    features: [{ name: "level", unit: "m" }],
    targetIndex: 0,
    center: [1, 1],
    scale: [2, 2],
    clip: 3,
    targetScale: 1,
    targetClip: 3,
  },
  task: { kind: "forecast", target: "level", unit: "m", horizon: 1 },
  recipe: { seed: 1 },
  training: { name: "levels", sha256: null, readings: 9, sources: 1 },
  metrics: {},
});

Deno.test("export and import bring a model there and back, and say what goes in and out", async () => {
  await withFolder(async (folder) => {
    const [model, onnx, back] = ["m.safetensors", "m.onnx", "back.safetensors"].map((name) =>
      `${folder}/${name}`
    );
    await Deno.writeFile(model!, MODEL);
    const exported = await run(["export", "--model", model!, "--onnx", onnx!]);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(
      exported.stdout,
      /m\.onnx: [\d,]+ bytes.*\n {2}in {3}window: double \[N, 2, 1\]\n {2}out {2}forecast: double \[N, 1\]\n$/,
    );
    const imported = await run(["import", "--onnx", onnx!, "--model", back!, "--json"]);
    assert.equal(imported.code, 0, imported.stderr);
    assert.deepEqual(JSON.parse(imported.stdout), { model: back, onnx, own: true, assumptions: [] });
    assert.deepEqual(readModel(await Deno.readFile(back!)).metadata, readModel(MODEL).metadata);
  });
});

Deno.test("import names a network of another tool with its flags, and says what it assumed", async () => {
  await withFolder(async (folder) => {
    const model = `${folder}/net.safetensors`;
    const flags = ["--features", "a,b,c,d", "--classes", "low,middle,high"];
    const { code, stderr } = await run([
      "import",
      "--onnx",
      `${golden}torch_mlp.onnx`,
      "--model",
      model,
      ...flags,
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^assumed: the class to beat is low, as the most frequent one is not known\nnext: /);
    const { metadata } = readModel(await Deno.readFile(model));
    assert.ok(metadata.task.kind === "classification");
    assert.deepEqual(metadata.task.classes, ["low", "middle", "high"]);
    assert.equal(metadata.name, "torch_mlp");
  });
});

Deno.test("import and export refuse what is no such file, in a sentence each", async () => {
  await withFolder(async (folder) => {
    const text = `${folder}/text`;
    await Deno.writeTextFile(text, "not a model");
    const cases: readonly (readonly [string[], RegExp])[] = [
      [
        ["import", "--onnx", text],
        /^error: .*text is a text file, and no model\n {2}hint: name an ONNX file with --onnx\n$/,
      ],
      [
        ["import", "--onnx", `${folder}/none`],
        /there is no such file\n {2}hint: name an ONNX file with --onnx\n$/,
      ],
      [
        ["import", "--onnx", `${golden}torch_mlp.onnx`, "--features", "a"],
        /Cannot name 4 features with 1 words/,
      ],
      [["export", "--model", text], /^error: .*text is a text file, and no model\n/],
      [["export", "--model", `${folder}/none`], /there is no such file/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run(args, { cwd: folder });
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
      assert.ok(!stderr.includes("    at "), stderr);
    }
    await Deno.writeFile(`${folder}/m.safetensors`, MODEL);
    const { stderr } = await run([
      "export",
      "--model",
      `${folder}/m.safetensors`,
      "--onnx",
      `${folder}/no/m.onnx`,
    ]);
    assert.match(
      stderr,
      /Cannot write the ONNX file .*m\.onnx: .*\n {2}hint: name a file in a folder .* with --onnx\n$/,
    );
  });
});

Deno.test("no command writes over the file that it reads", async () => {
  const cases = [
    [["export", "--model", "x", "--onnx", "./x"], "--model and --onnx name the same file: ./x"],
    [["import", "--onnx", "x", "--model", "x"], "--onnx and --model name the same file: x"],
    [["train", "--csv", "x", "--model", "x"], "--csv and --model name the same file: x"],
    [
      ["tune", "--dataset", "nsl-kdd", "--train", "y", "--test", "x", "--model", "x"],
      "--test and --model name",
    ],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stderr } = await run([...args]);
    assert.equal(code, 2);
    assert.ok(stderr.startsWith(`error: ${message}`), stderr);
    assert.match(stderr, /\n {2}hint: name another file with --(onnx|model): it is written\n$/);
  }
});

Deno.test("import refuses names for a file that says them itself", async () => {
  await withFolder(async (folder) => {
    const model = `${folder}/m.safetensors`, onnx = `${folder}/m.onnx`, back = `${folder}/back.safetensors`;
    await Deno.writeFile(model, MODEL);
    assert.equal((await run(["export", "--model", model, "--onnx", onnx])).code, 0);
    const { code, stderr } = await run(["import", "--onnx", onnx, "--model", back, "--features", "depth"]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: --features is for files of other tools/);
    await assert.rejects(Deno.stat(back), Deno.errors.NotFound);
  });
});

Deno.test("import refuses flags that contradict what a graph of another tool is", async () => {
  await withFolder(async (folder) => {
    const cases: readonly (readonly [string, string[], number, RegExp])[] = [
      ["sklearn_columns", ["--classes", "a,b"], 1, /Cannot name 3 classes with 2 words \(a, b\)/],
      [
        "sklearn_columns",
        ["--classes", "red,green,blue"],
        1,
        /the graph itself has them in the order blue, green, red/,
      ],
      ["sklearn_columns", ["--features", "a,b,c"], 1, /Cannot name 4 features with 3 words/],
      ["sklearn_columns_binary", ["--target", "a"], 2, /--target contradicts .*a probability for each class/],
      ["sklearn_columns_binary", ["--horizon", "2"], 2, /--horizon contradicts/],
      ["sklearn_binary", ["--lookback", "2"], 2, /--lookback contradicts/],
      ["sklearn_regressor", ["--classes", "a,b"], 2, /--classes contradicts .*it is a forecaster/],
      [
        "sklearn_regressor",
        ["--lookback", "3"],
        1,
        /Cannot take windows of 3 readings: the graph takes 4 numbers/,
      ],
      [
        "keras_lstm_two",
        ["--lookback", "3"],
        1,
        /Cannot take windows of 3 readings: the graph takes \d steps/,
      ],
    ];
    for (const [name, flags, wanted, message] of cases) {
      const model = `${folder}/m.safetensors`;
      const { code, stderr } = await run([
        "import",
        "--onnx",
        `${golden}${name}.onnx`,
        "--model",
        model,
        ...flags,
      ]);
      assert.equal(code, wanted, `${name} ${flags}: ${stderr}`);
      assert.match(stderr, message);
      await assert.rejects(Deno.stat(model), Deno.errors.NotFound);
    }
  });
});
