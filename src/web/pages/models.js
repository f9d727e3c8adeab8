// @ts-check
/// <reference lib="dom" />
/** The model: what it is, what it was worth in training, and what its probabilities are worth now. */
import { createChart } from "./chart.js";
import { withCommandsHere } from "./commands.js";
import { el, setText } from "./dom.js";
import { formatCount, formatDateTime, formatNumber, formatPercent } from "./format.js";
import { layersCard, whatCard } from "./models_cards.js";
import { calibrationInWords, metricRows, reliabilityCurves, rocCurves } from "./models_figures.js";
import { mountTry } from "./models_try.js";
import { createTable } from "./table.js";
import { createTiles } from "./tiles.js";

/** @typedef {import("../../monitor/boards/snapshot.ts").Snapshot} Snapshot */
/** @typedef {import("./chart.js").Page} Page */
/** @typedef {import("./models_figures.js").ModelFacts} ModelFacts */

/** Classes with a curve of their own. */
const CURVES_MAX = 6;
const NO_MODEL =
  "No model answers here. Start the dashboard with one: 'streamflow web --model model.safetensors'; 'streamflow train' makes it.";
const NO_CLASSES =
  "No classified reading with a known class yet. Run 'streamflow consume' on readings with a label.";

/** @param {Page["live"]} live @returns {Snapshot | null} */
function boardOf(live) {
  return live.board;
}

const IN_TRAINING = "The model is being trained: it is shown here as soon as that is done.";

/** The served model; `null` where there is none. @returns {Promise<ModelFacts | null>} */
async function fetchModel() {
  const answer = await fetch("/api/v1/model", { headers: { accept: "application/json" } });
  return answer.ok ? await answer.json() : null;
}

/** @param {HTMLElement} root @param {Page["live"]} live @param {() => ModelFacts | null} served */
function mountTiles(root, live, served) {
  const tile = createTiles(root);
  const atWork = tile("At work on the cluster");
  const predictions = tile("Predictions");
  const here = tile("Answers here over REST");
  const calibration = tile("Calibration error");
  live.onDraw(() => {
    const board = boardOf(live);
    const version = board?.versions.at(-1);
    atWork(board?.modelId ?? "–", version === undefined ? "nobody predicts yet" : `version ${version}`);
    predictions(formatCount(board?.processed), "of this model since the dashboard began to count");
    const facts = served();
    here(facts?.name ?? "–", facts === null ? "no model answers" : `version ${facts.version}`);
    const error = board?.scoring?.calibrationError ?? null;
    calibration(
      formatPercent(error),
      board !== null && board.processed > 0 && board.classes === null
        ? "of classes alone: this model forecasts"
        : calibrationInWords(error),
    );
  });
}

/** @param {Element} grid @param {Page} page */
function mountScoring(grid, page) {
  const { live } = page;
  const scoring = () => boardOf(live)?.scoring ?? null;
  const roc = () => (scoring()?.roc ?? []).slice(0, CURVES_MAX);
  createChart(grid, page, {
    title: "ROC: each class against the rest",
    unit: "",
    note: "Up: readings of the class that were found. Right: others that were taken for it. Dashed: chance.",
    series: () => [
      ...roc().filter(({ curve }) => curve.length > 0).map(({ name }, color) => ({
        name,
        label: name,
        color,
      })),
      { name: " chance", label: "chance", color: 6, dash: 1 },
    ],
    read: () => rocCurves(roc()),
    x: { name: "share of others taken for it", format: formatPercent },
    format: formatPercent,
    empty: NO_CLASSES,
  });
  createChart(grid, page, {
    title: "Calibration",
    unit: "",
    note:
      "How often answers were right, by the probability that they were given with. Dashed: as it should be.",
    series: [
      { name: "accuracy", label: "right answers", color: 0, points: true },
      { name: "perfect", label: "as it should be", color: 6, dash: 1 },
    ],
    read: () => reliabilityCurves(scoring()?.reliability ?? []),
    x: { name: "probability of the answer", format: formatPercent },
    format: formatPercent,
    empty: NO_CLASSES,
  });
  const table = createTable(grid, {
    title: "Area under the ROC curve",
    note:
      "The chance that a reading of the class gets a larger probability for it than another: 1 is perfect, 0.5 is chance.",
    columns: [
      {
        name: "Class",
        value: (/** @type {import("../../monitor/boards/class_scores.ts").RocCurve} */ row) => row.name,
      },
      { name: "AUC", value: (row) => row.auc, format: formatNumber },
      { name: "Readings of it", value: (row) => row.positives, format: formatCount },
      { name: "Others", value: (row) => row.negatives, format: formatCount },
    ],
    key: (row) => row.name,
    empty: NO_CLASSES,
  });
  const parts = /** @type {HTMLElement[]} */ ([...grid.children]);
  live.onDraw(() => {
    const board = boardOf(live);
    const forecasts = board !== null && board.processed > 0 && board.classes === null;
    for (const part of parts) part.hidden = forecasts;
    table.update(scoring()?.roc ?? []);
  });
}

/** @typedef {{ version: string, where: string, timeMs: number | null }} VersionRow */

/** @param {Element} grid @param {Page["live"]} live @param {() => ModelFacts | null} served */
function mountVersions(grid, live, served) {
  const table = createTable(grid, {
    title: "Versions seen",
    note: "A version is the beginning of the file's SHA-256: the same file has the same version.",
    columns: [
      { name: "Version", value: (/** @type {VersionRow} */ row) => row.version },
      { name: "Where", value: (row) => row.where },
      {
        name: "Since",
        value: (row) => row.timeMs,
        text: (row) => row.timeMs === null ? "before the dashboard" : formatDateTime(row.timeMs),
        format: (time) => time === null ? "–" : formatDateTime(time),
      },
    ],
    key: (row) => `${row.where} ${row.version} ${row.timeMs}`,
    empty: "No version has answered yet: run 'streamflow consume', or start the dashboard with --model.",
  });
  live.onDraw(() => {
    const { events } = live.history;
    const sinceOf = (/** @type {string} */ version) =>
      events.findLast(({ text }) => text.startsWith(`version ${version} `))?.timeMs ?? null;
    table.update([
      ...(served()?.versions ?? []).map(({ version, sinceMs }) => ({
        version,
        where: "here, over REST",
        timeMs: sinceMs,
      })),
      ...(boardOf(live)?.versions ?? []).map((version) => ({
        version,
        where: "on the cluster",
        timeMs: sinceOf(version),
      })),
    ]);
  });
}

/** What the file of the served model says; drawn anew where another one took its place. @param {Page} page @param {ModelFacts} facts */
function fileCards(page, facts) {
  const grid = el("div", { class: "grid" });
  grid.append(whatCard(facts), layersCard(facts));
  const metrics = createTable(grid, {
    title: "Metrics",
    note: "Measured after training, beside the baseline: the last value, or always the most frequent class.",
    columns: [
      {
        name: "Measure",
        value: (/** @type {import("./models_figures.js").MetricRow} */ row) => `${row.measure}, ${row.part}`,
      },
      { name: "Network", value: (row) => row.network, format: formatNumber },
      { name: "Baseline", value: (row) => row.baseline, format: formatNumber },
      { name: "Against it", value: (row) => row.words },
    ],
    key: (row) => `${row.part} ${row.measure}`,
    empty: "The model was not measured: 'streamflow evaluate' does it.",
  });
  metrics.update(metricRows(facts.metrics));
  const { history } = facts;
  createChart(grid, page, {
    title: "Training",
    unit: "",
    note: history === undefined
      ? ""
      : `Loss by epoch, less is better; the file has the weights of epoch ${history.kept}.`,
    series: [
      { name: "training", label: "training", color: 0 },
      { name: "validation", label: "validation", color: 2 },
      { name: "baseline", label: "baseline, validation", color: 1 },
    ],
    read: () =>
      history === undefined ? { times: [], columns: [[], [], []] } : {
        times: history.epochs,
        columns: [history.trainingLoss, history.validationLoss, history.baselineLoss],
      },
    marks: () => history === undefined ? [] : [{ timeMs: history.kept, text: "kept" }],
    x: { name: "epoch", format: (epoch) => Number.isInteger(epoch) ? String(epoch) : "" },
    empty: "This file does not say how its training went: it was imported, or written by an earlier version.",
    log: true,
  });
  const inputs = createTable(grid, {
    title: "Inputs",
    note: "The features that a reading must have, and what becomes of them.",
    columns: [
      { name: "Feature", value: (/** @type {ModelFacts["inputs"][number]} */ row) => row.name },
      { name: "Unit", value: (row) => row.unit || "–" },
      { name: "Scaling", value: (row) => row.scaling, isText: true },
    ],
    key: (row) => row.name,
    empty: "The model has no inputs.",
    wide: true,
    rows: 10,
  });
  inputs.update(facts.inputs);
  return grid;
}

/**
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function mount(root, page) {
  const { live } = page;
  /** @type {ModelFacts | null} */
  let facts = null;
  const served = () => facts;
  const none = el("p", { class: "card empty", role: "status" }, "Looking for the model …");
  const file = el("div", { class: "stack" });
  const live_ = el("div", { class: "grid pairs" });
  mountTiles(root, live, served);
  root.append(none, file, live_);
  mountScoring(live_, page);
  mountVersions(live_, live, served);
  const tried = mountTry(live_);
  /** Its SHA-256, as the live stream has it. @type {string | null} */
  let shown = null;
  const show = async () => {
    facts = shown === null ? null : await fetchModel().catch(() => null);
    none.hidden = facts !== null;
    tried(facts);
    file.replaceChildren(...(facts === null ? [] : [fileCards(page, facts)]));
    live.draw();
  };
  live.onDraw(() => {
    if (live.board === null) return;
    const { answering, training } = live.board;
    setText(none, training === null ? withCommandsHere(NO_MODEL) : IN_TRAINING);
    if (answering === shown) return;
    shown = answering;
    void show();
  });
}
