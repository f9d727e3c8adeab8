/** The network of this project as a contender, in a process of its own: `deno run ours.ts wasm|typescript|fma`. */
import {
  backward,
  createLoss,
  createNetwork,
  createOptimizer,
  createStream,
  forward,
  type Loss,
  type Network,
  type NetworkSpec,
  predictOne,
  predictOneSparse,
  Random,
  type SparseRows,
  sparseRows,
} from "../../../nn/mod.ts";
import { SPECS } from "./models.ts";
import { serve, type Work } from "./serve.ts";
import { MLP } from "./tasks.ts";

const wanted = Deno.args[0] ?? "wasm";
const kernels = wanted === "typescript" ? "typescript" : "wasm";
const options = wanted === "fma" ? { kernels, fma: true } as const : { kernels } as const;
const random = new Random(1);

const { "mlp-one": mlpSpec, "sensor-one": sensorSpec, "lstm-one": lstmSpec } = SPECS;

function draw(network: Network, count: number): Float64Array {
  const numbers = network.kernels.allocate(count);
  for (let i = 0; i < count; i++) numbers[i] = random.normal();
  return numbers;
}

/** Mini-batches of so many rows, the same ones again and again. */
function train(
  spec: NetworkSpec,
  { rows, loss, targets, sparse = false }: {
    readonly rows: number;
    readonly loss: Loss;
    readonly targets: (row: number) => number;
    readonly sparse?: boolean;
  },
): Work {
  const network = createNetwork(spec, random, options);
  const { parameters, gradients } = network;
  const optimizer = createOptimizer("adam", { length: parameters.length, kernels: network.kernels });
  const dense = draw(network, rows * spec.steps * spec.inputs);
  const x = sparse ? thinned(dense, spec.inputs) : dense;
  const y = Float64Array.from({ length: rows }, (_, row) => targets(row));
  const logits = loss.takes === "logits";
  return (repeats) => {
    for (let i = 0; i < repeats; i++) {
      const outputs = forward(network, x, rows, { logits });
      const dOutputs = scratch(outputs.length);
      loss.gradient(outputs, y, dOutputs);
      backward(network, dOutputs, rows);
      optimizer.step(parameters, gradients);
    }
  };
}

const scratchByLength = new Map<number, Float64Array>();

function scratch(length: number): Float64Array {
  const known = scratchByLength.get(length);
  if (known !== undefined) return known;
  const made = new Float64Array(length);
  scratchByLength.set(length, made);
  return made;
}

/** Only every so many numbers of a row stay. */
function thinned(dense: Float64Array, columns: number): SparseRows {
  const every = columns / MLP.nonZeros;
  const kept = dense.map((value, i) =>
    Math.floor((i % columns) % every) === 0 && (i % columns) % every < 1 ? value : 0
  );
  return sparseRows(kept, columns);
}

function answer(spec: NetworkSpec): Work {
  const network = createNetwork(spec, random, options);
  const record = Float64Array.from({ length: spec.steps * spec.inputs }, (_, i) => Math.sin(i));
  return (repeats) => {
    for (let i = 0; i < repeats; i++) predictOne(network, record, 0);
  };
}

function answerSparse(spec: NetworkSpec): Work {
  const network = createNetwork(spec, random, options);
  const record = thinned(Float64Array.from({ length: spec.inputs }, (_, i) => 1 + Math.sin(i)), spec.inputs);
  return (repeats) => {
    for (let i = 0; i < repeats; i++) predictOneSparse(network, record);
  };
}

function step(spec: NetworkSpec): Work {
  const stream = createStream(createNetwork(spec, random, options));
  const state = stream.createState();
  const record = Float64Array.from({ length: spec.inputs }, (_, i) => Math.sin(i));
  return (repeats) => {
    for (let i = 0; i < repeats; i++) stream.step(state, record, 0);
  };
}

const classes = createLoss("crossEntropy", { classes: MLP.outputs });
const byClass = { rows: 64, loss: classes, targets: (row: number) => row % MLP.outputs };

await serve({
  "mlp-train": train(mlpSpec, byClass),
  "mlp-train-sparse": train(mlpSpec, { ...byClass, sparse: true }),
  "mlp-one": answer(mlpSpec),
  "mlp-one-sparse": answerSparse(mlpSpec),
  "sensor-one": answer(sensorSpec),
  "lstm-train": train(lstmSpec, { rows: 32, loss: createLoss("mse"), targets: () => random.normal() }),
  "lstm-one": answer(lstmSpec),
  "lstm-step": step(lstmSpec),
});
