/** Scalings of features and targets, from the training part alone. */
import { moments } from "../../../nn/mod.ts";
import type { InputSpec, Normalization, Scaling } from "../inputs.ts";
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
function trainingChanges(series: readonly LinkSeries[], feature: TrafficFeature): Float64Array {
  const place = TRAFFIC_FEATURES.indexOf(feature);
  return Float64Array.from(series.flatMap(({ length, values }) =>
    Array.from(
      { length: Math.max(0, bordersOf(length).validation - 1) },
      (_, row) => values[(row + 1) * WIDTH + place]! - values[row * WIDTH + place]!,
    )
  ));
}

/** Scalings of a network's inputs and outputs. */
export function fitScalings(
  series: readonly LinkSeries[],
  { features, targets, answer, normalization }: Pick<
    InputSpec,
    "features" | "targets" | "answer" | "normalization"
  >,
): Pick<InputSpec, "inputs" | "outputs"> {
  const fit = (columns: readonly Float64Array[]): Scaling => {
    const fitted = columns.map((column) => fitColumn(column, normalization));
    return { center: fitted.map(({ center }) => center), scale: fitted.map(({ scale }) => scale) };
  };
  const outputs = answer === "value" ? trainingValues : trainingChanges;
  return {
    inputs: fit(features.map((feature) => trainingValues(series, feature))),
    outputs: fit(targets.map((target) => outputs(series, target))),
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
