/**
 * How fast the network trains and answers: medians of interleaved rounds.
 *
 *     deno run tests/bench/nn_bench.ts
 */
import {
  Adam,
  backward,
  createLoss,
  createMlp,
  forward,
  type MlpSpec,
  predictOne,
  Random,
} from "../../nn/mod.ts";

const BATCH_ROWS = 64;
const BATCHES_PER_ROUND = 200;
const PREDICTIONS_PER_ROUND = 50_000;
const ROUNDS = 15;

const SPECS: readonly MlpSpec[] = [
  { inputs: 22, hidden: [16], outputs: 1, activation: "tanh" },
  { inputs: 22, hidden: [16], outputs: 1, activation: "relu" },
  { inputs: 24, hidden: [32, 16], outputs: 1, activation: "tanh" },
  { inputs: 24, hidden: [32, 16], outputs: 1, activation: "relu" },
];

interface Rounds {
  readonly name: string;
  /** Each trains some batches, or asks for some predictions, and returns how many examples it saw. */
  readonly train: () => number;
  readonly predict: () => number;
  readonly trainMs: number[];
  readonly predictMs: number[];
}

function prepare(spec: MlpSpec): Rounds {
  const random = new Random(1), mlp = createMlp(spec, random);
  const adam = new Adam(mlp.parameters.length), loss = createLoss("mse");
  const x = Float64Array.from({ length: BATCH_ROWS * spec.inputs }, () => random.normal());
  const y = Float64Array.from({ length: BATCH_ROWS * spec.outputs }, () => random.normal());
  const dOutputs = new Float64Array(y.length);
  return {
    name: `${[spec.inputs, ...spec.hidden, spec.outputs].join("-")} ${spec.activation}`,
    train() {
      for (let batch = 0; batch < BATCHES_PER_ROUND; batch++) {
        loss.gradient(forward(mlp, x, BATCH_ROWS), y, dOutputs);
        backward(mlp, dOutputs, BATCH_ROWS);
        adam.step(mlp.parameters, mlp.gradients);
      }
      return BATCHES_PER_ROUND * BATCH_ROWS;
    },
    predict() {
      let sum = 0;
      for (let i = 0; i < PREDICTIONS_PER_ROUND; i++) {
        sum += predictOne(mlp, x, (i % BATCH_ROWS) * spec.inputs)[0]!;
      }
      if (!Number.isFinite(sum)) throw new Error(`The network answered ${sum}`);
      return PREDICTIONS_PER_ROUND;
    },
    trainMs: [],
    predictMs: [],
  };
}

/** Milliseconds per example. */
function time(run: () => number): number {
  const startMs = performance.now();
  const examples = run();
  return (performance.now() - startMs) / examples;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

const all = SPECS.map(prepare);
for (let round = -2; round < ROUNDS; round++) {
  for (const { train, predict, trainMs, predictMs } of all) {
    const trained = time(train), predicted = time(predict);
    if (round < 0) continue; // warms up
    trainMs.push(trained);
    predictMs.push(predicted);
  }
}
console.log(`deno ${Deno.version.deno}, batches of ${BATCH_ROWS}, Adam, medians of ${ROUNDS} rounds`);
for (const { name, trainMs, predictMs } of all) {
  const perSecond = Math.round(1_000 / median(trainMs)).toLocaleString("en");
  console.log(
    `${name.padEnd(18)} training ${perSecond.padStart(9)} examples/s   one prediction ${
      (1_000 * median(predictMs)).toFixed(3)
    } µs`,
  );
}
