/** Ridge regression on the same windows as the network: what a straight line reaches. */
import { predictLinear, RidgeRegression } from "../../../nn/mod.ts";
import { countColumns, type InputSpec, inputWriter, lastValues } from "../inputs.ts";
import { outcomeOf, seenBy, targetPlaces } from "./batch.ts";
import type { Examples, Split } from "./examples.ts";
import { fitScalings } from "./fit_scaling.ts";

/** Penalties that are tried, per training example; validation decides. */
const PENALTIES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/** By target (K): intercept, then a weight for each input as it is, unscaled; they tell the change. */
export type RidgeWeights = readonly (readonly number[])[];

/** Fits the training part, each target with the penalty that errs least on the validation part. */
export function fitRidge(spec: InputSpec, split: Split): number[][] {
  const { series } = split.training;
  const scaled: InputSpec = {
    ...spec,
    ...fitScalings(series, { ...spec, answer: "change", normalization: "standard" }),
  };
  const raw = unscaled(spec);
  const width = spec.lookback * countColumns(spec);
  const write = inputWriter(scaled);
  const places = targetPlaces(spec);
  const row = new Float64Array(width), last = new Float64Array(places.length);
  const regressions = places.map(() => new RidgeRegression(width));
  for (let example = 0; example < split.training.rows.length; example++) {
    const seen = seenBy(split.training, example, spec.windowUs);
    write(seen, row, 0);
    lastValues(spec, seen, last);
    const outcomes = outcomeOf(split.training, example, places);
    regressions.forEach((regression, k) =>
      regression.add(row, (outcomes[k]! - last[k]!) / scaled.outputs.scale[k]!)
    );
  }
  const toRaw = scalingOfInputs(scaled);
  return regressions.map((regression, k) => {
    let best: number[] | undefined, leastError = Infinity;
    for (const penalty of PENALTIES) {
      const { weights, intercept } = regression.solve(penalty * split.training.rows.length);
      const unit = scaled.outputs.scale[k]!;
      const own = [...weights].map((weight, i) => weight * unit / toRaw.scale[i]!);
      const shift = own.reduce((sum, weight, i) => sum + weight * toRaw.center[i]!, 0);
      const candidate = [intercept * unit - shift, ...own];
      const error = squaredError(raw, split.validation, { k, weights: candidate });
      if (best !== undefined && !(error < leastError)) continue;
      [best, leastError] = [candidate, error];
    }
    return best!;
  });
}

/** Forecasts of examples (n, K), in the targets' units. */
export function forecastByRidge(spec: InputSpec, weights: RidgeWeights, examples: Examples): Float64Array {
  const raw = unscaled(spec), write = inputWriter(raw), outputs = weights.length;
  const row = new Float64Array(spec.lookback * countColumns(spec)), last = new Float64Array(outputs);
  const forecasts = new Float64Array(examples.rows.length * outputs);
  for (let example = 0; example < examples.rows.length; example++) {
    const seen = seenBy(examples, example, spec.windowUs);
    write(seen, row, 0);
    lastValues(spec, seen, last);
    weights.forEach((own, k) => {
      const [intercept, ...rest] = own;
      const change = predictLinear({ intercept: intercept!, weights: Float64Array.from(rest) }, row, 0);
      forecasts[example * outputs + k] = Math.max(0, last[k]! + change);
    });
  }
  return forecasts;
}

function squaredError(
  raw: InputSpec,
  examples: Examples,
  { k, weights }: { readonly k: number; readonly weights: readonly number[] },
): number {
  const target = { ...raw, targets: [raw.targets[k]!] };
  const [place] = targetPlaces(target);
  const write = inputWriter(raw);
  const row = new Float64Array(weights.length - 1), last = new Float64Array(1);
  const model = { intercept: weights[0]!, weights: Float64Array.from(weights.slice(1)) };
  let sum = 0;
  for (let example = 0; example < examples.rows.length; example++) {
    const seen = seenBy(examples, example, raw.windowUs);
    write(seen, row, 0);
    lastValues(target, seen, last);
    sum += (last[0]! + predictLinear(model, row, 0) - outcomeOf(examples, example, [place!])[0]!) ** 2;
  }
  return sum;
}

function unscaled(spec: InputSpec): InputSpec {
  const plain = (columns: number) => ({
    center: new Array<number>(columns).fill(0),
    scale: new Array<number>(columns).fill(1),
  });
  return { ...spec, inputs: plain(spec.features.length), outputs: plain(spec.targets.length) };
}

/** Centre and scale of each number that {@linkcode inputWriter} writes. */
function scalingOfInputs(spec: InputSpec): { readonly center: number[]; readonly scale: number[] } {
  const { features, targets, calendar, seasonWindows, inputs, lookback } = spec;
  const places = [
    ...features.keys(),
    ...(seasonWindows > 0 ? targets.map((target) => features.indexOf(target)) : []),
  ];
  const plain = calendar ? countColumns(spec) - places.length : 0;
  const repeat = (one: readonly number[], fill: number) =>
    Array.from({ length: lookback }, () => [...places.map((f) => one[f]!), ...new Array(plain).fill(fill)])
      .flat();
  return { center: repeat(inputs.center, 0), scale: repeat(inputs.scale, 1) };
}
