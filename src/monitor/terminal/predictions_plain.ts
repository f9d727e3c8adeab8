/** Snapshots without a screen: a line of text, a summary, a JSON object. Pure. */
import { CONTESTANT_NAMES, CONTESTANTS, type ContestView } from "../boards/contest.ts";
import { type ClassFigures, type ModelShare, type Snapshot, totalLag } from "../boards/snapshot.ts";
import { change, duration, percent, rate, short, timeOfDay } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";

/** One line: `14:03:22 UTC  processed 18,914 (812/s)  MSE 0.0123 (baseline 0.0140) …`. */
export function plainLine(snapshot: Snapshot, trouble: string | null = null): string {
  const { processed, perSecond, errors, classes, latencyMs, deadLetters, lagTrend, timeMs } = snapshot;
  const { modelId, otherModels } = snapshot;
  const lag = totalLag(snapshot);
  const trend = lagTrend === "steady" ? "" : ` ${lagTrend}`;
  const parts = [
    `${timeOfDay(timeMs)} UTC`,
    `processed ${formatCount(processed)} (${rate(perSecond)}/s)`,
    ...(classes === null
      ? [
        `MSE ${short(errors.mse)} (baseline ${short(errors.baselineMse)})`,
        `MAE ${short(errors.mae)} (baseline ${short(errors.baselineMae)})`,
      ]
      : [
        `accuracy ${percent(classes.accuracy)} (baseline ${percent(classes.baselineAccuracy)})`,
        `macro-F1 ${short(classes.macroF1, 4)}`,
      ]),
    `latency p50 ${duration(latencyMs.p50)}, p95 ${duration(latencyMs.p95)}, p99 ${duration(latencyMs.p99)}`,
    `lag ${lag === null ? "not known" : formatCount(lag)}${trend}`,
    `dead letters ${formatCount(deadLetters)}`,
  ];
  if (otherModels.length > 0) {
    parts.splice(1, 0, `model ${modelId}`);
    parts.push(`not shown: ${sharesOf(otherModels)}`);
  }
  if (trouble !== null) parts.push(`[${trouble}]`);
  return parts.join("  ");
}

/** `ids/class 500, plant/pressure/12 1,234` */
function sharesOf(models: readonly ModelShare[]): string {
  return models.map(({ id, processed }) => `${id} ${formatCount(processed)}`).join(", ");
}

/** Scores of all classes together, and of each. */
function classLines(classes: ClassFigures, row: (name: string, text: string) => string): string[] {
  const { accuracy, baselineAccuracy, macroF1, weightedF1 } = classes;
  const width = Math.max(12, ...classes.classes.map(({ name }) => name.length)) + 2;
  const cells = (...texts: readonly string[]) => texts.map((text) => text.padStart(11)).join("");
  return [
    row("accuracy", `network ${percent(accuracy, 2)}, baseline ${percent(baselineAccuracy, 2)}`),
    row("F1", `macro ${short(macroF1, 4)}, weighted ${short(weightedF1, 4)}`),
    "",
    "".padEnd(width) + cells("predicted", "true", "precision", "recall", "F1"),
    ...classes.classes.map(({ name, predicted, support, precision, recall, f1 }) => {
      const scores = [precision, recall, f1].map((score) => score.toFixed(4));
      return name.padEnd(width) + cells(formatCount(predicted), formatCount(support), ...scores);
    }),
    "",
  ];
}

/** `, version 3` or `, versions 2, 3`; nothing where none is known. */
function versionsText(versions: readonly string[]): string {
  if (versions.length === 0) return "";
  return `, version${versions.length === 1 ? "" : "s"} ${versions.join(", ")}`;
}

/** How the network stands where every source counts alike; nothing where no source can be judged. */
function contestLines(
  { sources, means }: ContestView,
  row: (name: string, text: string) => string,
): string[] {
  if (sources === 0) return [];
  const figures = CONTESTANTS.filter((who) => means[who].ratio !== null).map((who) =>
    `${CONTESTANT_NAMES[who]} ${short(means[who].ratio, 4)}`
  );
  return [row("to last value", `${figures.join(", ")}: MSE, mean over ${formatCount(sources)} sources`)];
}

/** A few lines: what `--once` prints. */
export function summaryLines(snapshot: Snapshot): string[] {
  const { processed, predicted, errors, classes, latencyMs, perSecondOverall, deadLettered, deadLetters } =
    snapshot;
  const lag = totalLag(snapshot);
  const row = (name: string, text: string) => `${name.padEnd(14)}${text}`;
  const reasons = Object.entries(deadLettered).map(([reason, n]) => `${formatCount(n)} ${reason}`).join(", ");
  const pair = (mine: number | null, theirs: number | null) =>
    `network ${short(mine, 4)}, baseline ${short(theirs, 4)}, change ${change(mine, theirs)}`;
  const { p50, p95, p99 } = latencyMs;
  const { modelId, versions, otherModels, otherDeadLetters } = snapshot;
  return [
    ...(modelId === null ? [] : [row("model", [modelId, versionsText(versions)].join(""))]),
    row(
      "processed",
      `${formatCount(processed)}: ${formatCount(predicted.network)} by the network, ` +
        `${formatCount(predicted.baseline)} by the baseline` +
        (perSecondOverall === null ? "" : `; ${rate(perSecondOverall)} per second`),
    ),
    row("scored", formatCount(errors.scored)),
    ...(classes === null
      ? [
        row("MSE", pair(errors.mse, errors.baselineMse)),
        row("MAE", pair(errors.mae, errors.baselineMae)),
        ...contestLines(snapshot.contest, row),
      ]
      : classLines(classes, row)),
    row("latency", `p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}`),
    row(
      "lag",
      lag === null ? "not known" : `${formatCount(lag)} (partitions: ${formatCount(snapshot.lag.length)})`,
    ),
    row(
      "dead letters",
      `${formatCount(deadLetters)}${reasons && `: ${reasons}`}` +
        (otherDeadLetters === 0 ? "" : `; ${formatCount(otherDeadLetters)} of other topics are not counted`),
    ),
    ...(snapshot.repeated > 0
      ? [row("repeated", `${formatCount(snapshot.repeated)} delivered again, counted once`)]
      : []),
    ...(snapshot.unreadable > 0
      ? [row("unreadable", `${formatCount(snapshot.unreadable)} are not predictions`)]
      : []),
    ...(snapshot.accountedIds === null ? [] : [
      row(
        "ids",
        `${snapshot.exact ? "" : "at most "}${formatCount(processed)} different ones predicted, ` +
          `${formatCount(snapshot.accountedIds)} with the dead letters`,
      ),
    ]),
    ...(otherModels.length === 0
      ? []
      : [row("not shown", `${sharesOf(otherModels)}: --model NAME shows another one`)]),
  ];
}

/**
 * The object of `--json`. `null` where there is no figure; times in ISO 8601 UTC, latency in ms (within 2 %),
 * `perSecond` over the last 5 s (over everything with accounting), `lag` empty as long as it is not known;
 * all figures are of `model`, what `otherModels` predicted is not in them;
 * `distinctIds` is an upper bound where `distinctIdsExact` is false. Where classes are predicted their scores stand
 * in the place of mean errors; rows of `confusionMatrix` are what was true.
 */
export function toJson(snapshot: Snapshot, trouble: string | null = null): Record<string, unknown> {
  const { errors, classes, latencyMs, accountedIds } = snapshot;
  return {
    time: new Date(snapshot.timeMs).toISOString(),
    ...(snapshot.modelId === null ? {} : { model: snapshot.modelId, versions: snapshot.versions }),
    processed: snapshot.processed,
    perSecond: rounded(accountedIds === null ? snapshot.perSecond : snapshot.perSecondOverall),
    predicted: snapshot.predicted,
    scored: errors.scored,
    ...(classes === null
      ? {
        mse: errors.mse,
        baselineMse: errors.baselineMse,
        mae: errors.mae,
        baselineMae: errors.baselineMae,
        ...contestToJson(snapshot.contest),
      }
      : classesToJson(classes)),
    latencyMs: { p50: rounded(latencyMs.p50), p95: rounded(latencyMs.p95), p99: rounded(latencyMs.p99) },
    lag: snapshot.lag.map(({ partition, lag }) => ({ partition, lag })),
    deadLettered: snapshot.deadLettered,
    ...(snapshot.otherDeadLetters === 0 ? {} : { deadLettersOfOtherTopics: snapshot.otherDeadLetters }),
    ...(snapshot.otherModels.length === 0 ? {} : { otherModels: snapshot.otherModels }),
    repeated: snapshot.repeated,
    unreadable: snapshot.unreadable,
    distinctIds: snapshot.processed,
    distinctIdsExact: snapshot.exact,
    ...(accountedIds === null ? {} : { distinctIdsWithDeadLetters: accountedIds }),
    ...(trouble === null ? {} : { trouble }),
  };
}

/** What else the network has to beat, every source alike; nothing where no source can be judged. */
function contestToJson({ sources, means }: ContestView): Record<string, unknown> {
  if (sources === 0) return {};
  const figures = CONTESTANTS.filter((who) => means[who].mse !== null).map((who) => {
    const { mse, ratio } = means[who];
    return [who, { mseByVariance: mse, mseToLastValue: ratio }];
  });
  return { bySource: { sources, ...Object.fromEntries(figures) } };
}

function classesToJson(figures: ClassFigures): Record<string, unknown> {
  const { accuracy, baselineAccuracy, macroF1, weightedF1, classes, matrix } = figures;
  return {
    accuracy,
    baselineAccuracy,
    macroF1,
    weightedF1,
    classes: classes.map(({ name: className, ...scores }) => ({ class: className, ...scores })),
    confusionMatrix: matrix,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
