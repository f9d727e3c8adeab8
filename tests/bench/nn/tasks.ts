/** What the network suite measures, the same for all contenders. */

/** A piece of work; `repeats` of it make a round. */
export interface Task {
  readonly name: string;
  /** For the table. */
  readonly title: string;
  /** Mini-batches or records in a round. */
  readonly repeats: number;
  /** Rows in a mini-batch: figures are rows per second; 1 for tasks whose figure is µs each. */
  readonly rows: number;
}

/** NSL-KDD's shape: 122-64-64-32-5, ReLU, softmax, cross-entropy, Adam. */
export const MLP = { inputs: 122, hidden: [64, 64, 32], outputs: 5, nonZeros: 18 } as const;
/** A sensor's: 8-32-16-1, ReLU, squared error. */
export const SENSOR = { inputs: 8, hidden: [32, 16], outputs: 1 } as const;
/** Two layers of 64 units, 10 steps of 5 numbers, one output, squared error. */
export const LSTM = { inputs: 5, steps: 10, units: [64, 64], outputs: 1 } as const;

/** In the order of the table. */
export const TASKS: readonly Task[] = [
  { name: "mlp-train", title: "122-64-64-32-5, training, batch 64", repeats: 200, rows: 64 },
  { name: "mlp-train-sparse", title: "the same, 18 of 122 inputs not 0", repeats: 200, rows: 64 },
  { name: "mlp-one", title: "122-64-64-32-5, one record", repeats: 2_000, rows: 1 },
  { name: "mlp-one-sparse", title: "the same, 18 of 122 inputs not 0", repeats: 2_000, rows: 1 },
  { name: "sensor-one", title: "8-32-16-1, one record", repeats: 5_000, rows: 1 },
  { name: "lstm-train", title: "LSTM 2×64, 10 steps of 5, training, batch 32", repeats: 20, rows: 32 },
  { name: "lstm-one", title: "LSTM 2×64, one window of 10 steps", repeats: 500, rows: 1 },
  { name: "lstm-step", title: "LSTM 2×64, one step, state carried on", repeats: 5_000, rows: 1 },
];
