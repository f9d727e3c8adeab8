/** Ridge regression on the same windows as the network: what a straight line reaches. */
import { type LinearModel, predictLinear, RidgeRegression } from "../../../nn/mod.ts";
import {
  answerOf,
  countColumns,
  type InputSpec,
  inputWriter,
  lastValues,
  restoreTargets,
} from "../model/inputs.ts";
import { PENALTIES } from "../../train/forecaster/ridge.ts";
import type { Work } from "../../train/loop/work.ts";
import { outcomeOf, seenBy, targetPlaces } from "./batch.ts";
import type { TrafficExamples, TrafficSplit } from "./examples.ts";
import { fitScalings } from "./fit_scaling.ts";

/** By target (K): intercept, then a weight for each input as it is, unscaled; they give the change. */
export type TrafficRidge = readonly (readonly number[])[];

/** Fits the training part, each target with the penalty that errs least on the validation part. */
export function* fitTrafficRidge(spec: InputSpec, split: TrafficSplit): Work<number[][]> {
  const { training, validation } = split;
  const changes: InputSpec = { ...spec, answer: "change", normalization: "standard" };
  const scaled: InputSpec = { ...changes, ...fitScalings(training.series, changes) };
  const width = spec.lookback * countColumns(spec), places = targetPlaces(spec);
  const write = inputWriter(scaled);
  const row = new Float64Array(width), last = new Float64Array(places.length);
  const regressions = places.map(() => new RidgeRegression(width));
  for (let example = 0; example < training.rows.length; example++) {
    const seen = seenBy(training, example, spec.windowUs);
    write(seen, row, 0);
    lastValues(spec, seen, last);
    outcomeOf(training, example, places).forEach((value, k) =>
      regressions[k]!.add(row, answerOf(scaled, k, { value, last: last[k]! }))
    );
    yield null;
  }
  const candidates = PENALTIES.map((penalty) =>
    regressions.map((regression, k) =>
      unscale(regression.solve(penalty * training.rows.length), { scaled, k })
    )
  );
  const errors: number[][] = [];
  for (const weights of candidates) errors.push(yield* squaredErrors(spec, weights, validation));
  return places.map((_, k) => {
    const least = errors.reduce((best, error, i) => error[k]! < errors[best]![k]! ? i : best, 0);
    return candidates[least]![k]!;
  });
}

/** Forecasts of examples (n, K), in the targets' units. */
export function* forecastByRidge(
  spec: InputSpec,
  weights: TrafficRidge,
  examples: TrafficExamples,
): Work<Float64Array> {
  const raw = unscaled(spec), write = inputWriter(raw), outputs = weights.length;
  const models = weights.map(([intercept, ...rest]) => ({
    intercept: intercept!,
    weights: Float64Array.from(rest),
  }));
  const row = new Float64Array(spec.lookback * countColumns(spec)), last = new Float64Array(outputs);
  const forecasts = new Float64Array(examples.rows.length * outputs);
  for (let example = 0; example < examples.rows.length; example++) {
    const seen = seenBy(examples, example, spec.windowUs);
    write(seen, row, 0);
    lastValues(spec, seen, last);
    const own = forecasts.subarray(example * outputs, (example + 1) * outputs);
    models.forEach((model, k) => own[k] = predictLinear(model, row, 0));
    restoreTargets(raw, own, last);
    yield null;
  }
  return forecasts;
}

/** By target (K). */
function* squaredErrors(spec: InputSpec, weights: TrafficRidge, examples: TrafficExamples): Work<number[]> {
  const places = targetPlaces(spec), sums = places.map(() => 0);
  const forecasts = yield* forecastByRidge(spec, weights, examples);
  for (let example = 0; example < examples.rows.length; example++) {
    outcomeOf(examples, example, places).forEach((value, k) => {
      sums[k]! += (forecasts[example * places.length + k]! - value) ** 2;
    });
  }
  return sums;
}

/** Inputs as they are, and the change as it is: nothing centred, nothing scaled. */
function unscaled(spec: InputSpec): InputSpec {
  const plain = (columns: number) => ({
    center: new Array<number>(columns).fill(0),
    scale: new Array<number>(columns).fill(1),
  });
  return {
    ...spec,
    answer: "change",
    inputs: plain(spec.features.length),
    outputs: plain(spec.targets.length),
  };
}

/** From scaled inputs and a scaled change to those of {@linkcode unscaled}: intercept, then weights. */
function unscale(
  { weights, intercept }: LinearModel,
  { scaled, k }: { readonly scaled: InputSpec; readonly k: number },
): number[] {
  const { features, targets, calendar, seasonWindows, inputs, outputs, lookback } = scaled;
  const places = [
    ...features.keys(),
    ...(seasonWindows > 0 ? targets.map((target) => features.indexOf(target)) : []),
  ];
  const plain = new Array<number>(calendar ? countColumns(scaled) - places.length : 0);
  const step = [
    ...places.map((f) => ({ center: inputs.center[f]!, scale: inputs.scale[f]! })),
    ...plain.fill(0).map(() => ({ center: 0, scale: 1 })),
  ];
  const unit = outputs.scale[k]!;
  const columns = Array.from({ length: lookback }, () => step).flat();
  const own = columns.map(({ scale }, i) => weights[i]! * unit / scale);
  const shift = columns.reduce((sum, { center }, i) => sum + own[i]! * center, 0);
  return [intercept * unit + outputs.center[k]! - shift, ...own];
}
