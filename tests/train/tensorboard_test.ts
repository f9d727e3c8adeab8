/** TensorBoard's event files: against bytes of its own writer, and read back by its own loader. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  encodeFileStart,
  encodeSummary,
  histogramValue,
  scalarValue,
} from "../../src/train/tensorboard/event.ts";
import { histogramBuckets } from "../../src/train/tensorboard/histogram.ts";
import {
  hyperparametersOf,
  sessionEndValue,
  sessionStartValue,
} from "../../src/train/tensorboard/hyperparameters.ts";
import { openTensorBoard, runNameOf, type TensorBoardOptions } from "../../src/train/tensorboard/mod.ts";
import { frameRecord } from "../../src/train/tensorboard/record.ts";
import type { EpochResult } from "../../src/train/loop/training_run.ts";
import type { Ending, Weights } from "../../src/train/loop/training_log.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { pythonHas, runPython } from "../support/python.ts";
import golden from "../golden/tensorboard/events.json" with { type: "json" };

const { wallTimeSeconds } = golden;
const NOW_MS = wallTimeSeconds * 1000;
const hex = (event: Uint8Array): string => frameRecord(event).toHex();

Deno.test("encodeFileStart() writes TensorBoard's bytes", () => {
  assert.equal(hex(encodeFileStart(wallTimeSeconds)), golden.fileStart);
});

for (const { tag, value, step, record } of golden.scalars) {
  Deno.test(`scalarValue() writes TensorBoard's bytes: ${tag}`, () => {
    assert.equal(hex(encodeSummary({ wallTimeSeconds, step }, [scalarValue(tag, value)])), record);
  });
}

for (const { tag, values, step, record } of golden.histograms) {
  Deno.test(`histogramValue() writes TensorBoard's bytes: ${tag}`, () => {
    const event = encodeSummary({ wallTimeSeconds, step }, [histogramValue(tag, Float64Array.from(values))]);
    assert.equal(hex(event), record);
  });
}

Deno.test("sessionStartValue() writes the HParams plugin's bytes", () => {
  const { hyperparameters, startSeconds, record } = golden.sessionStart;
  const value = sessionStartValue(hyperparameters, startSeconds);
  assert.equal(hex(encodeSummary({ wallTimeSeconds, step: 0 }, [value])), record);
});

for (const { ending, record } of golden.sessionEnd) {
  Deno.test(`sessionEndValue() writes the HParams plugin's bytes: ${ending}`, () => {
    const value = sessionEndValue(ending as Ending, wallTimeSeconds);
    assert.equal(hex(encodeSummary({ wallTimeSeconds, step: 0 }, [value])), record);
  });
}

Deno.test("histogramBuckets() counts finite values alone, every one once", () => {
  const buckets = histogramBuckets(Float64Array.of(NaN, -1, Infinity, 0.5, 2, -Infinity, 2));
  let count = 0;
  for (let at = 2; at < buckets.length; at += 3) count += buckets[at]!;
  assert.equal(count, 4);
  assert.deepEqual([buckets[0], buckets[buckets.length - 2], buckets[buckets.length - 1]], [-1, 2, 2]);
});

Deno.test("hyperparametersOf() flattens a recipe", () => {
  const recipe = {
    hidden: [64, "lstm:8"],
    clip: null,
    rate: 0.1,
    best: true,
    schedule: { kind: "step" },
    none: undefined,
  };
  assert.deepEqual(hyperparametersOf(recipe), {
    hidden: "64-lstm:8",
    clip: "none",
    rate: 0.1,
    best: true,
    schedule: '{"kind":"step"}',
  });
});

const EPOCHS = 3;
const STEPS = 4;

function epoch(trainingEpoch: number): EpochResult {
  return {
    trainingEpoch,
    learningRate: 0.01 / trainingEpoch,
    trainingLoss: 1 / trainingEpoch,
    validationLoss: 1.5 / trainingEpoch,
    baselineLoss: 2,
    best: true,
    classification: {
      trainingAccuracy: 0.5 + trainingEpoch / 10,
      validationAccuracy: 0.4 + trainingEpoch / 10,
      validationMacroF1: 0.3 + trainingEpoch / 10,
    },
  };
}

const WEIGHTS: Weights = {
  parameters: Float64Array.of(9, -1, 0, 1, 2, 5, 5),
  tensors: [
    { name: "layers.0.weight", shape: [2, 2], offset: 1, length: 4 },
    { name: "layers.0.bias", shape: [2], offset: 5, length: 2 },
  ],
};

/** A run as a training would write it; without an ending the files are left as a killed process leaves them. */
function writeRun(folder: string, options: TensorBoardOptions & { readonly ending?: Ending } = {}): string {
  const log = openTensorBoard(folder, { batchEvery: 2, now: () => NOW_MS, ...options });
  let step = 0;
  for (let trainingEpoch = 1; trainingEpoch <= EPOCHS; trainingEpoch++) {
    for (let batch = 0; batch < STEPS; batch++) {
      log.onBatch({ step: ++step, loss: 1 / step, learningRate: 0.01, accuracy: 1 - 1 / step });
    }
    log.onEpoch(epoch(trainingEpoch), WEIGHTS);
  }
  log.onEnd(options.ending ?? "complete");
  return log.directory;
}

/** The one event file of a folder. */
function eventFile(folder: string): string {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.includes("tfevents")
  );
  assert.equal(names.length, 1);
  assert.match(names[0]!, /^events\.out\.tfevents\.1790000000\.[^/]+\.\d+\.\d+$/);
  return join(folder, names[0]!);
}

Deno.test("openTensorBoard() makes Keras' folders, and another for a second run of the same second", async () => {
  await withFolder((folder) => {
    const first = writeRun(folder);
    const second = writeRun(folder);
    assert.equal(first, join(folder, runNameOf(NOW_MS)));
    assert.equal(second, `${first}-2`);
    assert.match(runNameOf(NOW_MS), /^2026\d{4}-\d{6}$/);
    for (const directory of [first, join(first, "train"), join(first, "validation")]) eventFile(directory);
  });
});

Deno.test("openTensorBoard() has every epoch in the file before the next begins, and only appends", async () => {
  await withFolder((folder) => {
    const log = openTensorBoard(folder, { runName: "run", now: () => NOW_MS });
    const path = eventFile(join(log.directory, "train"));
    let before = Deno.readFileSync(path);
    for (let trainingEpoch = 1; trainingEpoch <= EPOCHS; trainingEpoch++) {
      log.onEpoch(epoch(trainingEpoch), WEIGHTS);
      const after = Deno.readFileSync(path);
      assert.ok(after.length > before.length);
      assert.deepEqual(after.subarray(0, before.length), before);
      before = after;
    }
    log.onEnd("interrupted");
    assert.deepEqual(Deno.readFileSync(path), before);
  });
});

Deno.test("openTensorBoard() names a folder that it cannot write", async () => {
  await withFolder((folder) => {
    const file = join(folder, "file");
    Deno.writeTextFileSync(file, "");
    assert.throws(() => openTensorBoard(file), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^Cannot write TensorBoard's files to .*file: /);
      return true;
    });
  });
});

/** Every value that TensorBoard's accumulator finds below a folder, by run and tag. */
const READ_BY_TENSORBOARD = `
import json, os, sys
from tensorboard.backend.event_processing import plugin_event_multiplexer, data_provider
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import backend_context, metadata
from tensorboard import context
from tensorboard.util import tensor_util
multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"scalars": 0, "histograms": 0})
multiplexer.AddRunsFromDirectory(sys.argv[1]).Reload()
runs = {}
for run in multiplexer.Runs():
    accumulator = multiplexer.GetAccumulator(run)
    runs[run] = {
        tag: [[event.step, event.wall_time, tensor_util.make_ndarray(event.tensor_proto).tolist()] for event in accumulator.Tensors(tag)]
        for tag in accumulator.Tags()["tensors"]
    }
provider = data_provider.MultiplexerDataProvider(multiplexer, sys.argv[1])
hparams = backend_context.Context(TBContext(data_provider=provider))
ctx = context.RequestContext()
content = hparams.hparams_metadata(ctx, "")
experiment = hparams.experiment_from_metadata(ctx, "", True, content, hparams.hparams_from_data_provider(ctx, "", 0))
sessions = {}
for run, tags in content.items():
    start = metadata.parse_session_start_info_plugin_data(tags[metadata.SESSION_START_INFO_TAG])
    end = metadata.parse_session_end_info_plugin_data(tags[metadata.SESSION_END_INFO_TAG]) if metadata.SESSION_END_INFO_TAG in tags else None
    sessions[run] = {
        "hyperparameters": {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()},
        "start": start.start_time_secs,
        "status": None if end is None else end.status,
    }
print(json.dumps({
    "runs": runs,
    "sessions": sessions,
    "columns": sorted(info.name for info in experiment.hparam_infos),
    "metrics": sorted(info.name.group + ":" + info.name.tag for info in experiment.metric_infos),
}))
`;
import { withFolder } from "../support/folder.ts";

const readsEvents = await pythonHas("tensorboard");

type Series = readonly (readonly [step: number, wallTime: number, value: unknown])[];

interface ReadBack {
  readonly runs: Readonly<Record<string, Readonly<Record<string, Series>>>>;
  readonly sessions: Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
  readonly metrics: readonly string[];
}

async function readBack(folder: string): Promise<ReadBack> {
  return JSON.parse(await runPython(READ_BY_TENSORBOARD, folder));
}

/** A series of 32-bit numbers at the golden wall time. */
function series(...points: readonly (readonly [number, number])[]): Series {
  return points.map(([step, value]) => [step, wallTimeSeconds, Math.fround(value)]);
}

const EPOCH_NUMBERS = Array.from({ length: EPOCHS }, (_, i) => i + 1);
/** One point per epoch, Keras' way: steps from 0. */
const byEpoch = (of: (result: EpochResult) => number): Series =>
  series(...EPOCH_NUMBERS.map((number) => [number - 1, of(epoch(number))] as const));
const bySteps = (of: (result: EpochResult) => number): Series =>
  series(...EPOCH_NUMBERS.map((number) => [number * STEPS, of(epoch(number))] as const));

Deno.test({
  name: "openTensorBoard() writes what TensorBoard's loader reads, value by value",
  ignore: !readsEvents,
  async fn() {
    await withFolder(async (folder) => {
      const hyperparameters = { hidden: "64-32", batchSize: 64, offsets: true };
      writeRun(folder, { runName: "first", hyperparameters });
      writeRun(folder, { runName: "second", hyperparameters: { recipe: "plain" }, ending: "failed" });
      const { runs, sessions, columns, metrics } = await readBack(folder);
      const batches = [2, 4, 6, 8, 10, 12];
      const weights = [...histogramBuckets(Float64Array.of(-1, 0, 1, 2))];
      const bias = [...histogramBuckets(Float64Array.of(5, 5))];
      const rows = (flat: number[]) => Array.from({ length: 30 }, (_, k) => flat.slice(k * 3, k * 3 + 3));
      const perEpoch = (flat: number[]) => EPOCH_NUMBERS.map((n) => [n - 1, wallTimeSeconds, rows(flat)]);
      assert.deepEqual(runs["first/train"], {
        "batch_loss": series(...batches.map((step) => [step, 1 / step] as const)),
        "batch_learning_rate": series(...batches.map((step) => [step, 0.01] as const)),
        "batch_accuracy": series(...batches.map((step) => [step, 1 - 1 / step] as const)),
        "epoch_loss": byEpoch((result) => result.trainingLoss),
        "epoch_accuracy": byEpoch((result) => result.classification!.trainingAccuracy),
        "epoch_learning_rate": byEpoch((result) => result.learningRate),
        "layers.0.weight/histogram": perEpoch(weights),
        "layers.0.bias/histogram": perEpoch(bias),
      });
      assert.deepEqual(runs["second/validation"], {
        "epoch_loss": byEpoch((result) => result.validationLoss),
        "epoch_accuracy": byEpoch((result) => result.classification!.validationAccuracy),
        "epoch_macro_f1": byEpoch((result) => result.classification!.validationMacroF1),
        "evaluation_loss_vs_iterations": bySteps((result) => result.validationLoss),
        "evaluation_accuracy_vs_iterations": bySteps((result) => result.classification!.validationAccuracy),
        "evaluation_macro_f1_vs_iterations": bySteps((result) => result.classification!.validationMacroF1),
      });
      assert.deepEqual(sessions, {
        first: { hyperparameters, start: wallTimeSeconds, status: 1 },
        second: { hyperparameters: { recipe: "plain" }, start: wallTimeSeconds, status: 2 },
      });
      assert.deepEqual(columns, ["batchSize", "hidden", "offsets", "recipe"]);
      assert.ok(metrics.includes("validation:epoch_macro_f1") && metrics.includes("train:epoch_loss"));
    });
  },
});

Deno.test({
  name: "openTensorBoard() leaves files that TensorBoard reads up to where they were cut off",
  ignore: !readsEvents,
  async fn() {
    await withFolder(async (folder) => {
      const lastRecordBytes = hex(encodeSummary(
        { wallTimeSeconds, step: EPOCHS * STEPS },
        ["loss", "accuracy", "macro_f1"].map((name) => scalarValue(`evaluation_${name}_vs_iterations`, 1)),
      )).length / 2;
      const cuts = [1, lastRecordBytes - 13, lastRecordBytes - 1];
      for (const cut of cuts) {
        const path = eventFile(join(writeRun(folder, { runName: `${cut}` }), "validation"));
        const bytes = Deno.readFileSync(path);
        Deno.writeFileSync(path, bytes.subarray(0, bytes.length - cut));
      }
      const { runs } = await readBack(folder);
      for (const cut of cuts) {
        const validation = runs[`${cut}/validation`]!;
        assert.equal(validation["epoch_loss"]!.length, EPOCHS, `${cut} bytes less`);
        assert.equal(validation["evaluation_loss_vs_iterations"]!.length, EPOCHS - 1, `${cut} bytes less`);
      }
    });
  },
});
