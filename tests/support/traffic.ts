/** Hourly traffic of an internet provider's link, a real series to learn: 1,231 hours of 2005. */
import {
  backward,
  createLoss,
  createNetwork,
  createOptimizer,
  forward,
  type Network,
  Random,
  RegressionMetrics,
} from "../../nn/mod.ts";

const FILE = new URL("../../../shared/data/traffic/isp-traffic-hourly.csv", import.meta.url);

/** Hours that a forecast sees. */
const LOOKBACK = 10;
const TRAINING_HOURS = 861;
const VALIDATION_HOURS = 185;

/** Examples: so many hours, and the hour after them; scaled by the training hours' mean and standard deviation. */
export interface TrafficPart {
  /** (rows, LOOKBACK). */
  readonly x: Float64Array;
  /** (rows). */
  readonly y: Float64Array;
  readonly rows: number;
}

/** The series in order of time: each part's hours to forecast come after those of the one before. */
export interface Traffic {
  readonly training: TrafficPart;
  readonly validation: TrafficPart;
  readonly test: TrafficPart;
}

/** The series; null, with the reason printed, where the file is not there. */
export function readTraffic(): Traffic | null {
  let text: string;
  try {
    text = Deno.readTextFileSync(FILE);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`Left out: there is no ${FILE.pathname}`);
    return null;
  }
  const hours = Float64Array.from(text.trim().split(/\r?\n/).slice(1), (line) => Number(line.split(",")[1]));
  const learned = hours.subarray(0, TRAINING_HOURS);
  const mean = learned.reduce((sum, value) => sum + value, 0) / learned.length;
  const variance = learned.reduce((sum, value) => sum + (value - mean) ** 2, 0) / learned.length;
  const scaled = hours.map((value) => (value - mean) / Math.sqrt(variance));
  const part = (first: number, end: number): TrafficPart => ({
    rows: end - first,
    x: Float64Array.from(
      { length: (end - first) * LOOKBACK },
      (_, i) => scaled[first - LOOKBACK + Math.floor(i / LOOKBACK) + i % LOOKBACK]!,
    ),
    y: scaled.slice(first, end),
  });
  const validationEnd = TRAINING_HOURS + VALIDATION_HOURS;
  return {
    training: part(LOOKBACK, TRAINING_HOURS),
    validation: part(TRAINING_HOURS, validationEnd),
    test: part(validationEnd, scaled.length),
  };
}

/** Share of a part's variance that forecasts explain. */
export function explained({ y, rows }: TrafficPart, forecastOf: (row: number) => number): number {
  const metrics = new RegressionMetrics();
  for (let row = 0; row < rows; row++) metrics.add(forecastOf(row), y[row]!);
  return metrics.r2;
}

/** The same of "as in the last hour". */
export function explainedByLast(part: TrafficPart): number {
  return explained(part, (row) => part.x[row * LOOKBACK + LOOKBACK - 1]!);
}

function explainedByNetwork(part: TrafficPart, network: Network): number {
  const answers = forward(network, part.x, part.rows);
  return explained(part, (row) => answers[row]!);
}

/** What a training has come to. */
export interface TrafficLesson {
  /** Share of the test hours' variance that the epoch explains which was best on the validation hours. */
  readonly r2: number;
  /** The same of the validation hours. */
  readonly validationR2: number;
  /** That epoch, from 1. */
  readonly bestEpoch: number;
}

/** Two LSTM layers of 64 units, Adam, mini-batches of 32. */
export function learnTraffic(
  { training, validation, test }: Traffic,
  { seed, epochs, learningRate }: {
    readonly seed: number;
    readonly epochs: number;
    readonly learningRate: number;
  },
): TrafficLesson {
  const random = new Random(seed), batch = 32;
  const layers = [
    { kind: "lstm", units: 64 },
    { kind: "lstm", units: 64 },
    { kind: "dense", units: 1, activation: "identity" },
  ] as const;
  const network = createNetwork({ inputs: 1, steps: LOOKBACK, layers }, random);
  const { parameters, gradients, kernels } = network;
  const adam = createOptimizer("adam", { length: parameters.length, kernels, learningRate });
  const loss = createLoss("mse");
  const order = Int32Array.from({ length: training.rows }, (_, row) => row);
  const x = new Float64Array(batch * LOOKBACK),
    y = new Float64Array(batch),
    dOutputs = new Float64Array(batch);
  let best: TrafficLesson = { r2: NaN, validationR2: -Infinity, bestEpoch: 0 };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    random.shuffle(order);
    for (let start = 0; start < order.length; start += batch) {
      const rows = Math.min(batch, order.length - start);
      for (let row = 0; row < rows; row++) {
        const from = order[start + row]!;
        for (let t = 0; t < LOOKBACK; t++) x[row * LOOKBACK + t] = training.x[from * LOOKBACK + t]!;
        y[row] = training.y[from]!;
      }
      loss.gradient(forward(network, x, rows), y.subarray(0, rows), dOutputs.subarray(0, rows));
      backward(network, dOutputs, rows);
      adam.step(parameters, gradients);
    }
    const validationR2 = explainedByNetwork(validation, network);
    if (validationR2 > best.validationR2) {
      best = { r2: explainedByNetwork(test, network), validationR2, bestEpoch: epoch };
    }
  }
  return best;
}
