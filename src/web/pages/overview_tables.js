// @ts-check
/// <reference lib="dom" />
/** The tables of the overview: the sources, the models with the one in use. */
import { formatCount, formatNumber } from "./format.js";
import { createTable } from "./table.js";

/** @typedef {import("../../monitor/boards/snapshot.ts").Snapshot} Snapshot */
/** @typedef {import("./chart.js").Page} Page */

/**
 * @param {Element} grid
 * @param {Page["live"]} live
 */
export function mountTables(grid, live) {
  const sources = createTable(grid, {
    title: "Sources",
    note: "Error: mean squared error; where there are classes, the share of wrong answers.",
    columns: [
      { name: "Source", value: (/** @type {Snapshot["sources"][number]} */ row) => row.source },
      { name: "Predictions", value: (row) => row.processed, format: formatCount },
      { name: "Error", value: (row) => row.mse, format: formatNumber },
      { name: "Baseline's error", value: (row) => row.baselineMse, format: formatNumber },
      {
        name: "Ratio",
        value: (row) => row.mse !== null && row.baselineMse ? row.mse / row.baselineMse : null,
        format: formatNumber,
      },
    ],
    key: (row) => row.source,
    empty: "No source yet: 'streamflow produce' sends readings, 'streamflow consume' predicts them.",
  });
  const models = createTable(grid, {
    title: "Models",
    columns: [
      { name: "Model", value: (/** @type {ModelRow} */ row) => row.id },
      { name: "Versions", value: (row) => row.versions },
      { name: "Predictions", value: (row) => row.processed, format: formatCount },
      { name: "In use", value: (row) => row.isShown ? "shown here" : "" },
    ],
    key: (row) => row.id,
    empty: "No model has predicted yet: 'streamflow train' makes one, 'streamflow consume' uses it.",
  });
  live.onDraw(() => {
    /** @type {Snapshot | null} */
    const board = live.board;
    if (board === null) return;
    sources.update(board.sources);
    models.update(modelRows(board));
  });
}

/** @typedef {{ id: string, versions: string, processed: number, isShown: boolean }} ModelRow */

/** @param {Snapshot} board @returns {ModelRow[]} */
function modelRows({ modelId, versions, processed, otherModels }) {
  const others = otherModels.map(({ id, processed }) => ({ id, versions: "", processed, isShown: false }));
  if (modelId === null) return others;
  return [{ id: modelId, versions: versions.toReversed().join(", "), processed, isShown: true }, ...others];
}
