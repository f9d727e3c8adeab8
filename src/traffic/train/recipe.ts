/** How a traffic model is trained: what its file repeats. */
import type { Activation, OptimizerName } from "../../../nn/mod.ts";
import type { HiddenLayer } from "../../train/layers.ts";
import type { Plan } from "../../train/loop/plan.ts";
import type { InputSpec } from "../model/inputs.ts";
import type { TrafficFeature } from "../observed.ts";

/** Everything that, with the same windows and targets, gives the same network bit for bit. */
export interface TrafficRecipe extends Omit<Plan, "keep" | "restarts" | "optimizer"> {
  /** Numbers are units of LSTM layers. */
  readonly hidden: readonly HiddenLayer[];
  readonly activation: Activation;
  readonly optimizer: OptimizerName;
  /** Behind each hidden layer. */
  readonly dropout: number;
  /** That share every mini-batch: another number gives other last bits, and drops other outputs. @default 1 */
  readonly threads?: number;
  readonly answer: InputSpec["answer"];
  readonly logarithms: InputSpec["logarithms"];
}

/** Found by trials on the simulator's windows of packets, judged on their validation part. */
export const DEFAULT_TRAFFIC_RECIPE: TrafficRecipe = {
  hidden: [64, 64],
  activation: "tanh",
  dropout: 0,
  answer: "change",
  logarithms: ["interarrival"],
  epochs: 100,
  patience: 30,
  batchSize: 32,
  optimizer: "adam",
  learningRate: 0.003,
  weightDecay: 0,
  schedule: "constant",
  clipNorm: null,
  seed: 1,
};

/** The recipe for windows of which these features are known: volumes alone, as hourly ones are, are answered as values. */
export function recipeFor(known: readonly TrafficFeature[]): TrafficRecipe {
  return known.length > 1 ? DEFAULT_TRAFFIC_RECIPE : { ...DEFAULT_TRAFFIC_RECIPE, answer: "value" };
}

/** The recipe's layers as the other trainings write them: a plain number is an LSTM here. */
export function hiddenLayersOf({ hidden }: Pick<TrafficRecipe, "hidden">): HiddenLayer[] {
  return hidden.map((layer): HiddenLayer => typeof layer === "number" ? `lstm:${layer}` : layer);
}
