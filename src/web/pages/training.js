// @ts-check
/// <reference lib="dom" />
/** A training that the predictions wait for: how far it is, and how its losses fall beside the baseline's. */
import { createChart } from "./chart.js";
import { el, setText } from "./dom.js";
import { formatCount } from "./format.js";

/** @typedef {import("../boards/training.ts").Training} Training */

/**
 * How far it is, for people.
 *
 * @param {Training} training
 */
export function trainingInWords({ done, total, leftMs }) {
  if (total === null) return "Reading the data …";
  if (done >= total) return "Trained: the first predictions come in a moment.";
  const epoch = `Epoch ${formatCount(Math.floor(done) + 1)} of ${formatCount(total)}`;
  return leftMs === null ? `${epoch} …` : `${epoch}, about ${formatCount(Math.ceil(leftMs / 1_000))} s left`;
}

/**
 * Adds it to an element, hidden as long as nothing is trained.
 *
 * @param {Element} parent
 * @param {import("./chart.js").Page} page
 */
export function mountTraining(parent, page) {
  const { live } = page;
  /** @returns {Training | null} */
  const now = () => live.board?.training ?? null;
  const about = el("p");
  const bar = el("progress", { max: 1, "aria-label": "Training" });
  const words = el("p", { class: "training-words" });
  const section = el(
    "section",
    { class: "card steps training", hidden: true, "aria-label": "Training" },
    el("h2", {}, "First the network is trained"),
    about,
    bar,
    words,
    el(
      "p",
      { class: "note" },
      "Then readings that it has never seen are streamed through Kafka and predicted, and this page shows how it fares.",
    ),
  );
  const grid = el("div", { class: "grid", hidden: true });
  parent.append(section, grid);
  createChart(grid, page, {
    title: "Loss by epoch",
    unit: "",
    note:
      "How wrong the network is on readings set aside, less is better. Dashed: answering with the last value.",
    series: [
      { name: "validation", label: "network", color: 0, points: true },
      { name: "baseline", label: "last value", color: 1 },
    ],
    read: () => {
      const { validationLoss = [], baselineLoss = [], total = 0 } = now() ?? {};
      if (validationLoss.length === 0) return { times: [], columns: [[], []] };
      // As wide as all epochs from the first one on.
      const times = Array.from({ length: total ?? 0 }, (_, epoch) => epoch + 1);
      const known = (/** @type {readonly number[]} */ losses) =>
        times.map((epoch) => losses[epoch - 1] ?? null);
      return { times, columns: [known(validationLoss), known(baselineLoss)] };
    },
    x: { name: "epoch", format: (epoch) => Number.isInteger(epoch) ? String(epoch) : "" },
    empty: "The first epoch is on its way.",
    wide: true,
  });
  live.onDraw(() => {
    const training = now();
    section.hidden = grid.hidden = training === null;
    if (training === null) return;
    setText(about, training.about);
    setText(words, trainingInWords(training));
    if (training.total !== null) bar.value = training.done / training.total;
  });
}
