/** What a metric is, and a value of it at one moment. Names and units as Prometheus wants them. Pure. */

/** A metric, before anything is measured. */
export interface Metric {
  /** `streamflow_…`, with the base unit (`_seconds`, `_bytes`, `_ratio`), and `_total` where it only grows. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
}

/** Counts of a histogram: how many values were at most each bound, their sum, and how many in all. */
export interface HistogramValue {
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
