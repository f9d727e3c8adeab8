// @ts-check
/** What the page of models shows, from what is known of a model and of its probabilities. Pure. */
import { formatNumber, formatPercent, ratioInWords } from "./format.js";

/** @typedef {import("../../monitor/boards/class_scores.ts").ClassScoring} ClassScoring */
/** @typedef {import("./history.js").Curves} Curves */
/**
 * As `GET /api/v1/model` gives it; what differs from kind to kind is optional.
 * @typedef {object} ModelFacts
 * @property {string} name
 * @property {string} version
 * @property {string} sha256
 * @property {string} file
 * @property {string} formatVersion
 * @property {"forecaster" | "classifier"} kind
 * @property {{ target: string, unit?: string, horizon?: number, lookback?: number, reach?: number, classes?: string[], baseline?: string }} task
 * @property {{ context?: { stepMs: number } }} [preparation]
 * @property {number} parameters
 * @property {{ name: string, readings: number, sources: number, sha256: string | null }} training
 * @property {Record<string, unknown>} recipe
 * @property {Record<string, number>} metrics
 * @property {{ kept: number, epochs: number[], trainingLoss: number[], validationLoss: number[], baselineLoss: number[] }} [history]
 * @property {{ kind: string, shapeIn: [number, number], shapeOut: [number, number], activation: string | null, parameters: number }[]} layers
 * @property {{ name: string, unit: string, kind: "number" | "category", scaling: string, values?: string[] }[]} inputs
 * @property {{ version: string, sha256: string, sinceMs: number }[]} versions
 * @property {string | null} card
 */
/** @typedef {{ part: string, measure: string, network: number, baseline: number | null, words: string }} MetricRow */

/** Parts of the data, as a model's metrics name them. @type {readonly (readonly [key: string, part: string])[]} */
const PARTS = [
  ["test.all", "test part"],
  ["test.withoutEvents", "test part, no events"],
  ["test.withoutLargest", "test part, all but jumps"],
  ["stream.all", "every reading"],
  ["stream.withoutEvents", "every reading, no events"],
  ["stream.withoutLargest", "every reading, all but jumps"],
  ["test", "test part"],
  ["validation", "validation part"],
];
/** Measures: name in the file, name for people, whether less is better. @type {readonly (readonly [string, string, boolean])[]} */
const MEASURES = [
  ["mse", "MSE", true],
  ["mae", "MAE", true],
  ["accuracy", "Accuracy", false],
  ["macroF1", "Macro F1", false],
  ["weightedF1", "Weighted F1", false],
  ["logLoss", "Log-loss", true],
];

/**
 * The metrics of a file, the network beside the baseline.
 *
 * @param {Record<string, number>} metrics
 * @returns {MetricRow[]}
 */
export function metricRows(metrics) {
  return PARTS.flatMap(([key, part]) =>
    MEASURES.flatMap(([name, measure, lessIsBetter]) => {
      const network = metrics[`${key}.network.${name}`] ?? metrics[`${key}.${name}`];
      if (network === undefined) return [];
      const baseline = metrics[`${key}.lastValue.${name}`] ?? metrics[`${key}.baseline.${name}`] ?? null;
      return [{ part, measure, network, baseline, words: wordsOf(network, baseline, lessIsBetter) }];
    })
  );
}

/** @param {number} network @param {number | null} baseline @param {boolean} lessIsBetter */
function wordsOf(network, baseline, lessIsBetter) {
  if (baseline === null) return "";
  if (lessIsBetter) return ratioInWords(network, baseline, "it");
  const points = (Math.abs(network - baseline) * 100).toFixed(1);
  if (network === baseline) return "the same";
  return `${points} points ${network > baseline ? "above" : "below"} it`;
}

/**
 * What a model does, in one sentence.
 *
 * @param {ModelFacts} facts
 */
export function taskInWords({ task: { target, unit, horizon, lookback, reach, classes, baseline } }) {
  if (classes !== undefined) {
    return `Tells ${classes.length} classes apart (${
      classes.join(", ")
    }); the most frequent in training was ${baseline}.`;
  }
  const named = unit ? `${target} (${unit})` : target;
  const beyond = (reach ?? 0) > (lookback ?? 0) ? `, and at a season up to ${reach} readings ago` : "";
  return `Forecasts ${named} ${horizon} readings ahead; looks at the last ${lookback} readings of a source${beyond}.`;
}

/** Points of a ROC curve on the shared axis. */
const STEPS = 100;

/**
 * ROC curves on one axis: by share of the others from 0 to 1, a column for each class with an area, and chance.
 *
 * @param {ClassScoring["roc"]} roc
 * @returns {Curves}
 */
export function rocCurves(roc) {
  const shown = roc.filter(({ curve }) => curve.length > 0);
  if (shown.length === 0) return { times: [], columns: [] };
  const times = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  return { times, columns: [...shown.map(({ curve }) => times.map((x) => heightAt(curve, x))), [...times]] };
}

/** The highest point of a curve at a place. @param {readonly (readonly [number, number])[]} curve @param {number} x */
function heightAt(curve, x) {
  let before = curve[0] ?? [0, 0];
  for (const point of curve) {
    if (point[0] > x) {
      const share = (x - before[0]) / (point[0] - before[0]);
      return before[1] + share * (point[1] - before[1]);
    }
    before = point;
  }
  return before[1];
}

/**
 * How often answers were right, by the probability that they were given with; and what would be right.
 *
 * @param {ClassScoring["reliability"]} bins
 * @returns {Curves}
 */
export function reliabilityCurves(bins) {
  const shown = bins.flatMap(({ confidence, accuracy }) =>
    confidence === null ? [] : [{ confidence, accuracy }]
  );
  if (shown.length === 0) return { times: [], columns: [] };
  const inner = shown.filter(({ confidence }) => confidence > 0 && confidence < 1);
  const edge = (/** @type {number} */ at) =>
    shown.find(({ confidence }) => confidence === at)?.accuracy ?? null;
  return {
    times: [0, ...inner.map(({ confidence }) => confidence), 1],
    columns: [
      [edge(0), ...inner.map(({ accuracy }) => accuracy), edge(1)],
      [0, ...inner.map(({ confidence }) => confidence), 1],
    ],
  };
}

/** What the calibration error means. @param {number | null} error */
export function calibrationInWords(error) {
  if (error === null) return "no reading has a known class yet";
  return `an answer's probability is off by ${formatPercent(error)} on average`;
}

/** Readings of an example at most. */
const EXAMPLE_MAX = 1_000;
/** Between two readings of an example, ms, where the model does not say. */
const STEP_MS = 60_000;

/**
 * A body to begin with, a reading a line: as many as a forecaster looks back at, numbers and texts made up.
 *
 * @param {ModelFacts} facts
 * @param {number} nowMs
 */
export function exampleBody({ inputs, task: { reach = 1 }, kind, preparation }, nowMs) {
  const count = kind === "forecaster" ? Math.min(reach, EXAMPLE_MAX) : 1;
  const stepMs = preparation?.context?.stepMs ?? STEP_MS;
  const readings = Array.from({ length: count }, (_, place) =>
    JSON.stringify({
      id: `example-${place + 1}`,
      timestamp: new Date(nowMs - (count - 1 - place) * stepMs).toISOString(),
      source: "example",
      features: Object.fromEntries(inputs.map((input, column) => [
        input.name,
        input.values?.[0] ?? (kind === "classifier" ? 0 : Number((20 + column + Math.sin(place)).toFixed(2))),
      ])),
    }));
  return kind === "forecaster" ? `{"readings": [\n${readings.join(",\n")}\n]}` : readings[0] ?? "";
}

/**
 * An answer in words.
 *
 * @param {any} answer one of the `predictions` of `POST /api/v1/predict`
 * @param {{ unit?: string }} model
 */
export function answerInWords(answer, { unit }) {
  if (answer.error) return `No answer (${answer.error.reason}): ${answer.error.detail}`;
  const { prediction, why } = answer;
  const by = why === undefined ? "the network" : `the baseline, because ${why}`;
  if (prediction.probabilities !== undefined) {
    const share = prediction.probabilities[prediction.class];
    return `${prediction.target}: ${prediction.class}, with a probability of ${
      formatPercent(share)
    } (by ${by})`;
  }
  const value = `${formatNumber(prediction.value)}${unit ? ` ${unit}` : ""}`;
  return `${prediction.target} in ${prediction.horizon} readings: ${value} (by ${by})`;
}
