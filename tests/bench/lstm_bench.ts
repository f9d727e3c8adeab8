/**
 * How good and how fast LSTM layers are: 2×64 on a real series over several seeds, and what a window, a step and a
 * training row take. `deno task bench lstm [SEEDS [EPOCHS]]`; beside other libraries: `deno task bench nn`.
 */
import {
  backward,
  createLoss,
  createNetwork,
  createOptimizer,
  createStream,
  forward,
  predictOne,
  Random,
} from "../../nn/mod.ts";
import { explainedByLast, learnTraffic, readTraffic } from "../support/traffic.ts";
import { LSTM } from "./nn/tasks.ts";
import { median, medianAndRounds, perSecond, printTable, quantile } from "./report.ts";

const SEEDS = 5;
const EPOCHS = 100;
const LEARNING_RATES = [1e-3, 3e-3];
const BATCH = 32;
const ROUNDS = 40;
const ROUND_MS = 10;

function benchAccuracy(seeds: number, epochs: number): void {
  const traffic = readTraffic();
  if (traffic === null) return;
  console.log(
    "Internet traffic, the next hour from 10: R² on the last 185 of 1,231 hours, at the epoch that was best on",
  );
  console.log(`the 185 before. The last value has ${explainedByLast(traffic.test).toFixed(4)}.\n`);
  const rows = LEARNING_RATES.map((learningRate) => {
    const startMs = performance.now();
    const lessons = Array.from(
      { length: seeds },
      (_, i) => learnTraffic(traffic, { seed: i + 1, epochs, learningRate }),
    );
    const epochSeconds = (performance.now() - startMs) / 1_000 / epochs / seeds;
    return [
      `Adam, ${learningRate}`,
      medianAndRounds(lessons.map(({ r2 }) => r2), (r2) => r2.toFixed(4)),
      lessons.map(({ bestEpoch }) => bestEpoch).join(", "),
      epochSeconds.toFixed(3),
    ];
  });
  printTable(["", `R² (${seeds} seeds)`, `best of ${epochs} epochs`, "seconds an epoch"], rows);
}

/** Microseconds of one call: all rounds, each of several calls. */
function measure(call: () => void): number[] {
  let calls = 1;
  const round = () => {
    const startMs = performance.now();
    for (let i = 0; i < calls; i++) call();
    return performance.now() - startMs;
  };
  while (round() < ROUND_MS) calls *= 2;
  return Array.from({ length: ROUNDS }, () => round() / calls * 1_000);
}

function benchSpeed(): void {
  const { inputs, steps, units } = LSTM;
  const layers = [
    ...units.map((count) => ({ kind: "lstm", units: count } as const)),
    { kind: "dense", units: 1, activation: "identity" } as const,
  ];
  const random = new Random(1), network = createNetwork({ inputs, steps, layers }, random);
  const { parameters, gradients, kernels } = network;
  const adam = createOptimizer("adam", { length: parameters.length, kernels }), loss = createLoss("mse");
  const normals = (count: number) => Float64Array.from({ length: count }, () => random.normal());
  const x = normals(BATCH * steps * inputs), y = normals(BATCH), dOutputs = new Float64Array(BATCH);
  const stream = createStream(network), state = stream.createState();
  const window = measure(() => predictOne(network, x, 0));
  const step = measure(() => stream.step(state, x, 0));
  const train = measure(() => {
    loss.gradient(forward(network, x, BATCH), y, dOutputs);
    backward(network, dOutputs, BATCH);
    adam.step(parameters, gradients);
  });
  const cells = (all: number[], format: (value: number) => string) =>
    [median(all), quantile(all, 0)].map(format);
  const micro = (value: number) => `${value.toPrecision(3)} µs`;
  const rate = (value: number) => `${perSecond(BATCH / value * 1e6)} rows/s`;
  console.log(
    `LSTM ${units.join("-")}, ${steps} steps of ${inputs}, ${kernels.name} kernels, ${ROUNDS} rounds.\n`,
  );
  printTable(["", "median", "best round"], [
    ["one window", ...cells(window, micro)],
    ["one step, state carried on", ...cells(step, micro)],
    [`training, batch ${BATCH}`, ...cells(train, rate)],
  ]);
}

benchSpeed();
const seeds = Number(Deno.args[0] ?? SEEDS);
if (seeds > 0) benchAccuracy(seeds, Number(Deno.args[1] ?? EPOCHS));
