/** What a traffic model's file says beside the numbers: JSON in its `__metadata__`, every field checked. */
import {
  checkCommon,
  checkFormatVersion,
  type CommonMetadata,
  formatTexts,
  type MetadataTexts,
  parseTexts,
} from "../../models/container.ts";
import { Fields, isPositive, notRead } from "../../models/fields.ts";
import { countColumns, type InputSpec, TRAFFIC_TARGETS } from "./inputs.ts";
import { LOOKBACK_MAX, SEASON_WINDOWS_MAX } from "../limits.ts";
import { TRAFFIC_FEATURES } from "../observed.ts";

/** Version of the format that this program writes and reads. */
export const TRAFFIC_FORMAT_VERSION = "1";

/** What the container says it holds. */
export const TRAFFIC_KIND = "traffic";

/** Quantiles that are kept: p0, p1, … p100. */
export const QUANTILES_KEPT = 101;

/** One pass of a training: errors as a share of the targets' variance in the training part, mean of the targets. */
export interface CurvePoint {
  readonly training: number;
  readonly validation: number;
}

/** How a training went. */
export interface LearningCurve {
  readonly normalization: InputSpec["normalization"];
  /** Validation error of the last value. */
  readonly lastValue: number;
  /** Index of the epoch that was kept. */
  readonly best: number;
  readonly epochs: readonly CurvePoint[];
}

/** Forecasts of windows that training has not seen, one behind the other. */
export interface ForecastSeries {
  readonly link: string;
  /** Start of the first window, in µs. */
  readonly startUs: number;
  /** (K, n) */
  readonly actual: readonly (readonly number[])[];
  readonly predicted: readonly (readonly number[])[];
}

/** What the file says beside the numbers. */
export interface TrafficMetadata extends CommonMetadata, InputSpec {
  readonly training: CommonMetadata["training"] & {
    readonly windows: number;
    readonly links: number;
    /** Time of the windows that were learned from or chosen by: start of the first, end of the last, in µs. */
    readonly fromUs: number;
    readonly untilUs: number;
    /** Name of the model that it began from. */
    readonly warmStart?: string;
  };
  /** (K, 101): p0 … p100 of actual − forecast on the validation part. */
  readonly residuals: readonly (readonly number[])[];
  /** (K, 101): p0 … p100 of the targets in the training part. */
  readonly quantiles: readonly (readonly number[])[];
  /**
   * Ridge regression on the same inputs (K, 1 + L · columns), intercept first, in the scale of the outputs; all zeros,
   * that is the last value, where training was stopped before it was fitted.
   */
  readonly ridge: readonly (readonly number[])[];
  /** That of the network first; then of trainings that it was compared with. */
  readonly curves: readonly LearningCurve[];
  readonly test: ForecastSeries;
}

const KEYS = [
  ...["name", "windowUs", "lookback", "features", "targets", "calendar", "seasonWindows"] as const,
  ...["logarithms", "answer", "normalization", "inputs", "outputs", "architecture", "recipe"] as const,
  ...["training", "residuals", "quantiles", "ridge", "metrics", "curves", "test"] as const,
];

/** The texts of `__metadata__`; the same metadata gives the same texts. */
export function formatTrafficMetadata(metadata: TrafficMetadata): Record<string, string> {
  return { kind: TRAFFIC_KIND, formatVersion: TRAFFIC_FORMAT_VERSION, ...formatTexts(metadata, KEYS) };
}

/** What the texts of `__metadata__` say. @throws {ModelFileError} */
export function parseTrafficMetadata(texts: MetadataTexts): TrafficMetadata {
  if (texts["kind"] !== TRAFFIC_KIND && texts["formatVersion"] !== undefined) {
    notRead("it is a model of readings, which 'streamflow consume' uses");
  }
  checkFormatVersion(texts, [TRAFFIC_FORMAT_VERSION]);
  const values = parseTexts(texts, { keys: KEYS });
  check(new Fields("metadata", values));
  return values as unknown as TrafficMetadata;
}

function check(metadata: Fields): void {
  const network = checkCommon(metadata);
  const windowUs = metadata.integer("windowUs", 1);
  const lookback = metadata.integer("lookback", 1);
  const features = metadata.texts("features"), targets = metadata.texts("targets");
  const calendar = metadata.toggle("calendar");
  const seasonWindows = metadata.integer("seasonWindows", 0);
  for (const name of metadata.texts("logarithms")) {
    refuse(!(TRAFFIC_FEATURES as readonly string[]).includes(name), `nobody knows its feature ${name}`);
  }
  metadata.choice("answer", ["value", "change"]);
  metadata.choice("normalization", ["standard", "min-max", "none"]);
  refuse(lookback > LOOKBACK_MAX, `its look-back is ${lookback}, ${LOOKBACK_MAX} at most are possible`);
  refuse(
    seasonWindows > SEASON_WINDOWS_MAX || seasonWindows === 1,
    `its season is ${seasonWindows} windows; 2 to ${SEASON_WINDOWS_MAX} are possible, or 0`,
  );
  const foreign = features.find((name) => !(TRAFFIC_FEATURES as readonly string[]).includes(name)) ??
    targets.find((name) =>
      !features.includes(name) || !(TRAFFIC_TARGETS as readonly string[]).includes(name)
    );
  refuse(foreign !== undefined, `nobody knows its feature or target ${foreign}`);
  const outputs = targets.length;
  refuse(features.length === 0 || outputs === 0, "it has no features, or no targets");
  checkScaling(metadata.object("inputs"), features.length);
  checkScaling(metadata.object("outputs"), outputs);
  const shape = { windowUs, lookback, features, targets, calendar, seasonWindows } as InputSpec;
  const columns = countColumns(shape);
  const inputs = lookback * columns;
  refuse(
    network.inputs !== inputs,
    `its windows make ${inputs} inputs, and the network has ${network.inputs}`,
  );
  refuse(
    network.outputs !== outputs,
    `it has ${outputs} targets, and the network ${network.outputs} outputs`,
  );
  checkTraining(metadata.object("training"));
  checkTable(metadata, { key: "residuals", rows: outputs, columns: QUANTILES_KEPT });
  checkTable(metadata, { key: "quantiles", rows: outputs, columns: QUANTILES_KEPT });
  checkTable(metadata, { key: "ridge", rows: outputs, columns: 1 + lookback * columns });
  checkCurves(metadata);
  const test = metadata.object("test");
  test.text("link");
  test.integer("startUs", 0);
  const length = (test.list("actual")[0] as unknown[] | undefined)?.length ?? 0;
  for (const key of ["actual", "predicted"]) checkTable(test, { key, rows: outputs, columns: length });
}

function checkScaling(scaling: Fields, columns: number): void {
  const found = [scaling.numbers("center").length, scaling.numbers("scale", isPositive).length];
  refuse(
    found.some((count) => count !== columns),
    `a scaling has ${found[0]} centres and ${found[1]} scales for ${columns} columns`,
  );
}

function checkTraining(training: Fields): void {
  for (const key of ["windows", "links", "fromUs", "untilUs"]) training.integer(key, 0);
  if (training.has("warmStart")) training.text("warmStart");
}

function checkTable(
  fields: Fields,
  { key, rows, columns }: { readonly key: string; readonly rows: number; readonly columns: number },
): void {
  const table = fields.list(key);
  const right = table.length === rows &&
    table.every((row) => Array.isArray(row) && row.length === columns && row.every(Number.isFinite));
  refuse(!right, `its ${key} are not ${rows} rows of ${columns} numbers`);
}

function checkCurves(metadata: Fields): void {
  const curves = metadata.objects("curves");
  refuse(curves.length === 0, "it has no learning curve");
  for (const curve of curves) {
    curve.choice("normalization", ["standard", "min-max", "none"]);
    curve.finite("lastValue");
    const epochs = curve.objects("epochs");
    for (const epoch of epochs) for (const key of ["training", "validation"]) epoch.finite(key);
    refuse(curve.integer("best", 0) >= epochs.length, "a learning curve's best epoch is none of its epochs");
  }
}

function refuse(wrong: boolean, found: string): void {
  if (wrong) notRead(found);
}
