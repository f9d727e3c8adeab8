/**
 * Personalisation: the global network's body under a last layer of the device's own (the idea of FedPer, Arivazhagan et
 * al. 2019, arXiv:1912.00818). The head is the global one plus what ridge regression on the body's features makes of the
 * global model's residuals, so that a large penalty is the global model. The newest fifth of the window chooses the
 * penalty, no correction among them; then the whole window fits it.
 */
import { type LinearModel, predictLinear, RidgeRegression } from "../../../nn/mod.ts";
import type { Learner } from "./learner.ts";
import type { ExampleWindow } from "./window.ts";

/** Penalties that are tried, per example. */
const PENALTIES = [0.01, 0.1, 1, 10];
/** Fewest examples that a head is fitted to. */
const EXAMPLES_MIN = 50;

/** The weights with a head of the window's own; the weights themselves where the window cannot say better. */
export function personalHead(learner: Learner, window: ExampleWindow, weights: Float64Array): Float64Array {
  if (window.count < EXAMPLES_MIN) return weights;
  const order = window.inOrder();
  const inputs = new Float64Array(order.length * learner.width);
  order.forEach((place, i) => {
    const start = place * learner.width;
    inputs.set(window.inputs.subarray(start, start + learner.width), i * learner.width);
  });
  const answers = learner.predict(weights, inputs);
  const residuals = Float64Array.from(order, (place, i) => window.targets[place]! - answers[i]!);
  const { values, width } = learner.features(weights, inputs);
  const fit = (to: number, penalty: number): LinearModel => {
    const ridge = new RidgeRegression(width);
    for (let row = 0; row < to; row++) {
      ridge.add(values.subarray(row * width, (row + 1) * width), residuals[row]!);
    }
    return ridge.solve(penalty * to);
  };
  const kept = Math.floor(order.length * 0.8);
  const errorOf = (model: LinearModel | null) => {
    let sum = 0;
    for (let row = kept; row < order.length; row++) {
      sum += (residuals[row]! - (model === null ? 0 : predictLinear(model, values, row * width))) ** 2;
    }
    return sum;
  };
  let best: number | null = null, least = errorOf(null);
  for (const penalty of PENALTIES) {
    const error = errorOf(fit(kept, penalty));
    if (error < least) [best, least] = [penalty, error];
  }
  return best === null ? weights : addToHead(learner, weights, fit(order.length, best));
}

function addToHead(
  { network }: Learner,
  weights: Float64Array,
  { weights: own, intercept }: LinearModel,
): Float64Array {
  const head = weights.slice();
  const [weight, bias] = network.tensors.slice(-2);
  for (let i = 0; i < own.length; i++) head[weight!.offset + i]! += own[i]!;
  head[bias!.offset]! += intercept;
  return head;
}
