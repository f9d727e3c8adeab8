// @ts-check
/// <reference lib="dom" />
/** What a chart consists of on the page: heading, buttons, legend, plot, table, and what a screen reader hears. */
import { withCommandsHere } from "./commands.js";
import { el } from "./dom.js";

/**
 * @param {import("./chart.js").ChartOptions} options
 * @param {{ legend: Element, rows: Element }} parts
 * @param {object} on
 * @param {() => void} on.onReset the zoom goes
 * @param {() => void} on.onTable the table was shown or hidden
 * @param {(isLog: boolean) => void} on.onLog
 * @param {() => void} on.onCsv
 * @param {() => void} on.onPng
 */
export function createFigure(options, { legend, rows }, { onReset, onTable, onLog, onCsv, onPng }) {
  const { title, unit, wide, tall, note, log, controls } = options;
  const reset = el(
    "button",
    { type: "button", class: "reset", hidden: true, onclick: onReset },
    "Reset zoom",
  );
  const data = el("div", { class: "chart-data hidden-visually" }, rows);
  const empty = el("p", { class: "empty" }), nothing = withCommandsHere(options.empty);
  const box = el("div", {
    ...{ class: "plot", tabindex: 0, role: "group" },
    "aria-label":
      `Plot of ${title}: arrow keys move the cursor, plus and minus zoom, 0 resets, Escape leaves it`,
  }, empty);
  const spoken = el("p", { class: "hidden-visually", "aria-live": "polite" });
  const button = (
    /** @type {string} */ text,
    /** @type {string} */ label,
    /** @type {() => void} */ onclick,
  ) => el("button", { type: "button", "aria-label": `${label}: ${title}`, onclick }, text);
  /** A button that stays pressed. */
  const toggle = (
    /** @type {string} */ text,
    /** @type {string} */ label,
    /** @type {(isPressed: boolean) => void} */ onToggle,
  ) => {
    let isPressed = false;
    const made = button(text, label, () => {
      isPressed = !isPressed;
      made.setAttribute("aria-pressed", String(isPressed));
      onToggle(isPressed);
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  };
  const table = toggle("Table", "Show as a table", (isShown) => {
    data.classList.toggle("hidden-visually", !isShown);
    onTable();
  });
  const tools = el(
    "div",
    { class: "chart-tools" },
    reset,
    log ? toggle("Log", "Log axis", onLog) : null,
    table,
    button("CSV", "Save as CSV", onCsv),
    button("PNG", "Save as PNG", onPng),
  );
  const element = el(
    "figure",
    { class: `card chart${wide ? " wide" : ""}${tall ? " tall" : ""}`, "aria-label": title },
    el(
      "div",
      { class: "chart-head" },
      el("h2", {}, title, unit === "" ? null : el("span", { class: "unit" }, ` ${unit}`)),
      tools,
    ),
    note === undefined ? null : el("p", { class: "note" }, note),
    el("div", { class: "legend-row" }, legend, controls ?? null),
    box,
    spoken,
    data,
  );
  return { element, box, empty, nothing, spoken, reset };
}
