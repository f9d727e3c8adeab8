import assert from "node:assert/strict";
import { allocateNetwork, Random } from "../../nn/mod.ts";
import { UserError } from "../../src/runtime/errors.ts";
import {
  type ClassifierOptions,
  type ClassifierRecipe,
  prepareClassifier,
  trainClassifier,
  trainForecaster,
  type TrainingState,
  writeClassifier,
} from "../../src/train/mod.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/train/loop/checkpoint.ts";
import type { BatchGradients } from "../../src/train/loop/batch_gradients.ts";
import { awaitTurn, giveTurn, seedOf, shareOf } from "../../src/train/threads/memory.ts";
import { shareClassification } from "../../src/train/threads/task.ts";
import { startTeam } from "../../src/train/threads/team.ts";
import { createThread } from "../../src/train/threads/worker.ts";
import { setOf, wave } from "./sets.ts";
import { tableOf } from "./tables.ts";

// Batches of 33: shares of 17 and 16 rows, and a last one of 12.
const recipe: Partial<ClassifierRecipe> = {
  ...{ hidden: [12, 8], restarts: 1, epochs: 3, patience: 3, batchSize: 33, learningRate: 0.01 },
  ...{ dropout: 0.2, threads: 2 },
};
const tables = { training: tableOf(606, 1), held: tableOf(400, 2, "held-out") };

async function train(change: Partial<ClassifierRecipe> = {}, options: ClassifierOptions = {}) {
  const result = await trainClassifier(tables, { ...options, recipe: { ...recipe, ...change } });
  return { result, bytes: writeClassifier(tables, result, {}) };
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

Deno.test("trainClassifier() with two threads gives the same bytes for the same seed, and says so in the recipe", async () => {
  const first = await train(), second = await train();
  assert.deepEqual(first.bytes, second.bytes);
  assert.equal(first.result.recipe.threads, 2);
});

Deno.test("trainClassifier() with two and three threads learns what one does, but for the last bits", async () => {
  const change = { dropout: 0, epochs: 1, classWeights: 1, labelSmoothing: 0.1 };
  const one = (await train({ ...change, threads: 1 })).result;
  for (const threads of [2, 3]) {
    const { network, epochs } = (await train({ ...change, threads })).result;
    assert.ok(largestDifference(one.network.parameters, network.parameters) < 1e-9);
    assert.ok(Math.abs(one.epochs[0]!.trainingLoss - epochs[0]!.trainingLoss) < 1e-9);
    assert.deepEqual(epochs[0]!.classification, one.epochs[0]!.classification);
  }
});

Deno.test("trainClassifier() with more threads than examples in a batch leaves some of them idle", async () => {
  const change = { dropout: 0, epochs: 1, batchSize: 2 };
  const one = (await train({ ...change, threads: 1 })).result;
  const three = (await train({ ...change, threads: 3 })).result;
  assert.ok(largestDifference(one.network.parameters, three.network.parameters) < 1e-9);
});

Deno.test("a training of two threads that goes on from any epoch's checkpoint gives the same bytes", async () => {
  const states: Uint8Array[] = [];
  const { identity } = prepareClassifier(tables, { ...recipe, restarts: 2 });
  const whole = await train({ restarts: 2 }, {
    onCheckpoint: (state: TrainingState) => {
      states.push(encodeCheckpoint({ identity, state }));
      return Promise.resolve();
    },
  });
  assert.equal(states.length, 6);
  for (const bytes of [states[0]!, states[3]!]) {
    const { state: resumed, identity: found } = decodeCheckpoint(bytes);
    assert.deepEqual(found["recipe"], { ...prepareClassifier(tables, recipe).recipe, restarts: 2 });
    assert.deepEqual((await train({ restarts: 2 }, { resumed })).bytes, whole.bytes);
  }
});

Deno.test("trainForecaster() with two threads: the same bytes twice, and what one thread learns", async () => {
  const set = setOf({ a: wave(300), b: wave(200, 7) });
  const forecast = async (threads: number, hidden: readonly ("lstm:6" | number)[], dropout = 0) =>
    await trainForecaster(set, {
      ...{ horizon: 2, lookback: 4 },
      recipe: { epochs: 2, hidden, dropout, threads },
    });
  for (const hidden of [[8], ["lstm:6"]] as const) {
    assert.deepEqual((await forecast(2, hidden, 0.1)).bytes, (await forecast(2, hidden, 0.1)).bytes);
    const [one, two] = [(await forecast(1, hidden)).report, (await forecast(2, hidden)).report];
    two.epochs.forEach(({ trainingLoss, validationLoss }, e) => {
      assert.ok(Math.abs(trainingLoss - one.epochs[e]!.trainingLoss) < 1e-9);
      assert.ok(Math.abs(validationLoss - one.epochs[e]!.validationLoss) < 1e-9);
    });
  }
});

Deno.test("trainClassifier() with two threads says that a training diverges, and stops when it is asked to", async () => {
  await assert.rejects(
    train({ optimizer: "sgd", learningRate: 1e200 }),
    (error) => error instanceof UserError && error.exitCode === 1 && /not finite/.test(error.message),
  );
  const stop = new AbortController();
  const { result } = await train({ epochs: 1000, patience: 1000 }, {
    signal: stop.signal,
    onEpoch: ({ trainingEpoch }) => {
      if (trainingEpoch === 2) stop.abort();
    },
  });
  assert.equal(result.interrupted, true);
  assert.equal(result.epochs.length, 2);
});

/** Nothing to learn from, but a network. */
function emptyGradients(): BatchGradients {
  const network = allocateNetwork({
    ...{ inputs: 2, steps: 1 },
    layers: [{ kind: "dense", units: 2, activation: "softmax" }],
  });
  return { network, right: 0, gradient: () => 0 };
}

const tinyTask = (label: number) =>
  shareClassification({
    training: {
      x: {
        ...{ rows: 2, columns: 2, rowStart: Int32Array.of(0, 1, 2), column: Int32Array.of(0, 1) },
        value: Float64Array.of(1, 1),
      },
      labels: Int32Array.of(0, label),
    },
    ...{ classWeights: [1, 1], labelSmoothing: 0, rowsMax: 2 },
  });

Deno.test("startTeam() says why a thread does not start", async () => {
  const parts = { threads: 2, batchSize: 2, task: () => tinyTask(1) };
  const failing = [
    () => new Worker("data:application/javascript,throw new Error('out of threads')", { type: "module" }),
    () =>
      new Worker(
        `data:application/javascript,${
          encodeURIComponent(
            `onmessage = () => postMessage({ failure: "out of threads" }); postMessage("listening");`,
          )
        }`,
        { type: "module" },
      ),
  ];
  for (const create of failing) {
    await assert.rejects(
      startTeam(emptyGradients(), { ...parts, create }),
      (error) =>
        error instanceof UserError && error.exitCode === 1 &&
        /^Cannot train with --threads 2: .*out of threads/.test(error.message),
    );
  }
});

Deno.test("a team says why one of its threads failed, and still ends", async () => {
  const parts = { threads: 2, batchSize: 2, create: createThread };
  using team = await startTeam(emptyGradients(), { ...parts, task: () => tinyTask(7) });
  assert.throws(
    () => team.gradient(Int32Array.of(0, 1), { random: new Random(1), weight: 1 }),
    (error) =>
      error instanceof UserError && /^Cannot go on training: thread 2 failed: .*class/.test(error.message),
  );
});

Deno.test("shareOf() gives every place of a batch to one thread, and the leading one no less than the others", () => {
  for (const threads of [1, 2, 3, 7]) {
    for (const count of [1, 2, 3, 64, 65]) {
      let next = 0;
      const [, most] = shareOf(count, { thread: 0, threads });
      for (let thread = 0; thread < threads; thread++) {
        const [from, to] = shareOf(count, { thread, threads });
        assert.equal(from, next);
        assert.ok(to >= from && to - from <= most);
        next = to;
      }
      assert.equal(next, count);
    }
  }
});

Deno.test("seedOf() gives each thread another seed in each round", () => {
  const seeds = [0, 1, 2 ** 32 - 1].flatMap((round) =>
    [0, 1, 2].map((thread) => seedOf(round, { thread, threads: 3 }))
  );
  assert.equal(new Set(seeds).size, 9);
  assert.ok(seeds.every(Number.isSafeInteger));
});

Deno.test("awaitTurn() returns what was given, and what was there when nothing is given in time", () => {
  const turns = new Int32Array(new SharedArrayBuffer(8));
  giveTurn(turns, 1, 5);
  assert.equal(awaitTurn(turns, { place: 1, before: 0 }), 5);
  assert.equal(awaitTurn(turns, { place: 0, before: 0, withinMs: 1 }), 0);
});
