/** Scalings of features and targets, from the training part alone. */
import { moments } from "../../../nn/mod.ts";
import type { InputSpec, Normalization, Scaling } from "../model/inputs.ts";
import { TRAFFIC_FEATURES, type TrafficFeature } from "../observed.ts";
import { bordersOf } from "./examples.ts";
import type { LinkSeries } from "./traffic_set.ts";

const WIDTH = TRAFFIC_FEATURES.length;

/** A feature's values in the training part of all series, one link behind the other. */
export function trainingValues(series: readonly LinkSeries[], feature: TrafficFeature): Float64Array {
  const place = TRAFFIC_FEATURES.indexOf(feature);
  return Float64Array.from(
    series.flatMap(({ length, values }) =>
      Array.from({ length: bordersOf(length).validation }, (_, row) => values[row * WIDTH + place]!)
    ),
  );
}

/** How a feature changes from one window to the next in the training part. */
function trainingChanges(
  series: readonly LinkSeries[],
  feature: TrafficFeature,
  learned: (value: number) => number,
): Float64Array {
  const place = TRAFFIC_FEATURES.indexOf(feature);
  return Float64Array.from(series.flatMap(({ length, values }) =>
    Array.from(
      { length: Math.max(0, bordersOf(length).validation - 1) },
      (_, row) => learned(values[(row + 1) * WIDTH + place]!) - learned(values[row * WIDTH + place]!),
    )
  ));
}

/** Scalings of a network's inputs and outputs. */
export function fitScalings(
  series: readonly LinkSeries[],
  spec: Pick<InputSpec, "features" | "targets" | "answer" | "normalization" | "logarithms">,
): Pick<InputSpec, "inputs" | "outputs"> {
  const { features, targets, answer, normalization, logarithms } = spec;
  const fit = (columns: readonly Float64Array[]): Scaling => {
    const fitted = columns.map((column) => fitColumn(column, normalization));
    return { center: fitted.map(({ center }) => center), scale: fitted.map(({ scale }) => scale) };
  };
  const learned = (feature: TrafficFeature) =>
    logarithms.includes(feature) ? Math.log1p : (value: number) => value;
  const values = (feature: TrafficFeature) => trainingValues(series, feature).map(learned(feature));
  return {
    inputs: fit(features.map(values)),
    outputs: fit(
      targets.map((target) =>
        answer === "value" ? values(target) : trainingChanges(series, target, learned(target))
      ),
    ),
  };
}

/** A column without spread has the scale 1. */
function fitColumn(values: Float64Array, normalization: Normalization): { center: number; scale: number } {
  if (normalization === "none" || values.length === 0) return { center: 0, scale: 1 };
  if (normalization === "standard") {
    const { mean, sd } = moments(values);
    return { center: mean, scale: sd > 0 ? sd : 1 };
  }
  const least = values.reduce((a, b) => Math.min(a, b)), most = values.reduce((a, b) => Math.max(a, b));
  return { center: least, scale: most > least ? most - least : 1 };
}
