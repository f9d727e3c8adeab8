/** What a trained network is worth, beside the last value and ridge regression: the winner is said first. */
import { formatCount } from "../../runtime/progress.ts";
import { doubtsOf, unmeasured } from "../evaluation/doubts.ts";
import type { EpochResult } from "../loop/training_run.ts";
import { type Comparison, type EventComparison, LARGEST_SHARE, type PartComparison } from "./score.ts";
import { formatSourceMeans, type SourceMeans } from "./source_means.ts";
import { DEFAULT_SHARES } from "./examples.ts";
import { SOURCES_SHOWN } from "../limits.ts";
import type { Skipped } from "./series.ts";
import { tableLines } from "../../runtime/text_table.ts";

/** The report; printed as JSON with `--json`. */
export interface TrainingReport {
  readonly name: string;
  readonly task: {
    readonly target: string;
    readonly unit: string;
    readonly horizon: number;
    readonly lookback: number;
    /** What the network sees beside the look-back, a phrase each. */
    readonly beside: readonly string[];
  };
  readonly training: {
    readonly name: string;
    readonly sha256: string | null;
    readonly readings: number;
    readonly sources: number;
  };
  readonly skipped: Skipped;
  readonly examples: { readonly training: number; readonly validation: number; readonly test: number };
  /** Readings labelled as part of an event. */
  readonly labelledReadings: number;
  /** Penalty of ridge regression, per example, chosen by the validation part; `null` = not measured. */
  readonly ridgePenalty: number | null;
  readonly interrupted: boolean;
  readonly bestEpoch: number;
  readonly epochs: readonly EpochResult[];
  /** The season that is one of the contestants, in words; `null` where the network sees none. */
  readonly season: string | null;
  /** On the test part, every source alike; `null` where nothing can be judged. */
  readonly bySource: SourceMeans | null;
  /** On the held-out last part of each source; `all` is `null` where training was stopped before it was measured. */
  readonly test: PartComparison;
  /** On every reading, in stream order: what `consume` scores on `predictions` and `monitor` adds up. */
  readonly stream: PartComparison;
}

/** Who wins on unseen readings. */
export type Verdict = "network" | "mixed" | "baseline";

/** The network, once it is measured, wins with a lower MAE on everything and a lower MSE outside the events, on the test part. */
export function judge({ test }: TrainingReport): Verdict {
  const wins = [test.all!.ratio.mae < 1, (test.withoutEvents ?? test.all!).ratio.mse < 1];
  return wins.every((win) => win) ? "network" : wins.some((win) => win) ? "mixed" : "baseline";
}

/** The report's main figures, for the model file. */
export function metricsOf(report: TrainingReport): Record<string, number> {
  const metrics: Record<string, number> = { bestEpoch: report.bestEpoch };
  for (const part of ["test", "stream"] as const) {
    for (const scope of ["all", "withoutEvents", "withoutLargest"] as const) {
      const comparison = report[part][scope];
      if (comparison === null) continue;
      const prefix = `${part}.${scope}`;
      metrics[`${prefix}.count`] = comparison.count;
      for (const who of ["network", "lastValue", "ridge"] as const) {
        metrics[`${prefix}.${who}.mse`] = comparison[who].mse;
        metrics[`${prefix}.${who}.mae`] = comparison[who].mae;
      }
    }
  }
  for (const [who, mean] of Object.entries(report.bySource?.contestants ?? {})) {
    metrics[`test.bySource.${who}.mse`] = mean.mse;
    metrics[`test.bySource.${who}.ratio`] = mean.ratio;
  }
  return metrics;
}

/** The report for people, a line each. */
export function formatReport(report: TrainingReport): string[] {
  const { task, training, examples, test } = report;
  const unit = task.unit === "" ? "" : ` (${task.unit})`;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const { training: first, validation: second } = DEFAULT_SHARES;
  return [
    ...formatVerdict(report),
    "",
    `Task      ${task.target}${unit}, ${task.horizon} readings ahead, from the last ${task.lookback}`,
    ...task.beside.map((phrase) => `          ${phrase}`),
    `Data      ${training.name}: ${formatCount(training.readings)} readings of ${training.sources} ` +
    `${training.sources === 1 ? "source" : "sources"}, each split by time: ${percent(first)} training, ` +
    `${percent(second)} validation, ${percent(1 - first - second)} test`,
    ...formatSkipped(report),
    `Examples  ${formatCount(examples.training)} training, ${formatCount(examples.validation)} validation, ` +
    `${formatCount(examples.test)} test`,
    `Epochs    ${report.epochs.length}, the best was ${report.bestEpoch}` +
    (report.interrupted ? " (stopped early on request)" : ""),
    formatEvents(report.labelledReadings),
    ...(test.all === null ? [] : formatComparisons(report)),
  ];
}

function formatComparisons(report: TrainingReport): string[] {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return [
    "",
    "On the test part, which neither training nor early stopping has seen:",
    ...formatPart(report.test, report.labelledReadings > 0),
    ...(report.bySource === null || (report.bySource.sources < 2 && report.season === null)
      ? []
      : ["", ...formatSourceMeans(report.bySource, report.season)]),
    ...(report.stream.all === null ? [] : [
      "",
      "As consume scores it (every reading, in stream order, training part included):",
      ...formatPart(report.stream, report.labelledReadings > 0),
    ]),
    "",
    "ratio: network ÷ last value, below 1 is better than the last value; ridge: ridge regression on the same " +
    `inputs; all but jumps: without the ${
      percent(LARGEST_SHARE)
    } of the forecasts on which the last value errs most`,
  ];
}

/** Why the figures say little, a sentence each. */
export function reportDoubts({ test }: TrainingReport): string[] {
  return test.all === null
    ? [unmeasured("streamflow evaluate")]
    : doubtsOf({ count: test.all.count, unit: "test forecasts" });
}

function formatVerdict(report: TrainingReport): string[] {
  const { test } = report;
  if (test.all === null) return reportDoubts(report);
  const calm = test.withoutEvents ?? test.all;
  const mae = difference(test.all!.ratio.mae);
  const mse = difference(calm.ratio.mse);
  const figures = `MAE ${mae}, MSE outside labelled events ${mse}, against the last value on unseen readings`;
  const lines = {
    network: `The network beats the baseline: ${figures}.`,
    mixed: `The network beats the baseline by one measure and loses by the other: ${figures}.`,
    baseline: `THE BASELINE WINS: ${figures}. Use the last value rather than this network.`,
  };
  const losing = test.sources.filter(({ all }) => all !== null && all.ratio.mae >= 1);
  const ridgeAhead = test.all!.ridge.mae < test.all!.network.mae &&
    calm.ridge.mse < calm.network.mse;
  return [
    ...reportDoubts(report),
    lines[judge(report)],
    ...(losing.length > 0 && losing.length < test.sources.length
      ? [`The last value is as good or better on ${losing.map(({ source }) => source).join(", ")} (MAE).`]
      : []),
    ...(ridgeAhead
      ? ["Ridge regression on the same inputs is better than the network by both measures."]
      : []),
  ];
}

function difference(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
}

function formatSkipped({ skipped }: TrainingReport): string[] {
  const { duplicate, late, unusable } = skipped;
  if (duplicate + late + unusable === 0) return [];
  return [
    `Left out  ${formatCount(duplicate)} duplicates, ${formatCount(late)} that came late, ${
      formatCount(unusable)
    } that are no readings`,
  ];
}

function formatEvents(labelled: number): string {
  if (labelled === 0) return "Events    none are labelled in this data";
  return `Events    ${
    formatCount(labelled)
  } readings are labelled; they stay in training (robust scales, clipping), ` +
    `and "no events" leaves out every forecast whose window or target holds one`;
}

function formatPart(part: PartComparison, labelled: boolean): string[] {
  const header = [
    ["", "", "", "MSE", "last", "", "", "MAE", "last", "", ""],
    ["", "n", "", "network", "value", "ridge", "ratio", "network", "value", "ridge", "ratio"],
  ];
  const rows: string[][] = [...header];
  const add = (label: string, { all, withoutEvents }: EventComparison) => {
    if (all === null) return;
    rows.push(formatRow(label, all));
    if (labelled && withoutEvents !== null && withoutEvents.count !== all.count) {
      rows.push(formatRow(`${label}, no events`, withoutEvents));
    }
  };
  add("all", part);
  if (part.withoutLargest !== null) rows.push(formatRow("all but jumps", part.withoutLargest));
  if (part.sources.length > 1) {
    for (const source of part.sources.slice(0, SOURCES_SHOWN)) add(source.source, source);
  }
  const lines = tableLines(rows).map((line) => `  ${line}`);
  const hidden = part.sources.length - SOURCES_SHOWN;
  return hidden > 0
    ? [...lines, `  … and ${formatCount(hidden)} more sources; all of them with --json`]
    : lines;
}

function formatRow(label: string, { count: n, network, lastValue, ridge, ratio }: Comparison): string[] {
  const squared = [network.mse, lastValue.mse, ridge.mse].map(figure);
  const absolute = [network.mae, lastValue.mae, ridge.mae].map(figure);
  return [label, formatCount(n), "", ...squared, ratio.mse.toFixed(3), ...absolute, ratio.mae.toFixed(3)];
}

function figure(value: number): string {
  return value === 0 || (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e7)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(3);
}
