/** What a metric is, and a value of it at one moment. Names and units as Prometheus wants them. Pure. */

/** A metric, before anything is measured. */
export interface Metric {
  /** `streamflow_…`, with the base unit (`_seconds`, `_bytes`, `_ratio`), and `_total` where it only grows. */
  readonly name: string;
  readonly help: string;
  /** Of a `summary` there are the quantiles alone, by its label `quantile`. */
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly labels: readonly string[];
}

/** Counts of a histogram: how many values were at most each bound, their sum, and how many in all. */
export interface HistogramValue {
  /** In ascending order, each counting all below it; the last bound is `Infinity`. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

/** What a metric was at one moment. */
export interface Sample {
  readonly metric: Metric;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | HistogramValue;
}

/** Reads what somebody counts anyway; cheap, called at each scrape. */
export type Collect = () => readonly Sample[];

/** What a metric's value is: a number, or a histogram's counts. */
export type ValueOf<M extends Metric> = M["type"] extends "histogram" ? HistogramValue : number;

/** The labels that a sample of a metric has: all of them and no other; none at all where it has none. */
export type LabelsOf<M extends Metric> = [M["labels"][number]] extends [never] ? []
  : [labels: Readonly<Record<M["labels"][number], string>>];

/** A sample; one whose labels or value are not the metric's does not compile. */
export function sample<const M extends Metric>(metric: M, value: ValueOf<M>, ...labels: LabelsOf<M>): Sample {
  return { metric, labels: labels[0] ?? {}, value };
}

/** Samples of a metric by its one label: of each of the counts that there are. */
export function samplesBy<const M extends Metric & { readonly type: "counter" | "gauge" }>(
  metric: M,
  label: M["labels"][number],
  counts: Readonly<Partial<Record<string, number>>>,
): Sample[] {
  return Object.entries(counts).map(([name, value]) => ({
    metric,
    labels: { [label]: name },
    value: value!,
  }));
}
