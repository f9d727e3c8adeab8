// @ts-check
/// <reference lib="dom" />
/** Cards of a model's file: what it is, and its layers. */
import { el } from "./dom.js";
import { formatCount } from "./format.js";
import { taskInWords } from "./models_figures.js";

/** @typedef {import("./models_figures.js").ModelFacts} ModelFacts */

/** @param {string} title @param {...(Node | null)} children */
function card(title, ...children) {
  return el("section", { class: "card table", "aria-label": title }, el("h2", {}, title), ...children);
}

/** What the model is, and its card where there is one. @param {ModelFacts} facts */
export function whatCard(facts) {
  const { name, version, sha256, file, formatVersion, kind, parameters, training, recipe } = facts;
  const data = kind === "forecaster"
    ? `${formatCount(training.readings)} readings of ${formatCount(training.sources)} sources`
    : `${formatCount(training.readings)} records`;
  /** @type {readonly (readonly [string, string])[]} */
  const rows = [
    ["Model", `${name}, version ${version}`],
    ["File", `${file}, format version ${formatVersion}`],
    ["SHA-256", sha256],
    ["Parameters", formatCount(parameters)],
    ["Training data", `${training.name}: ${data}`],
    ["SHA-256 of it", training.sha256 ?? "unknown: it came from a topic"],
    ["Recipe", Object.entries(recipe).map(([key, value]) => `${key} ${textOf(value)}`).join(", ")],
  ];
  return card(
    "What it is",
    el("p", { class: "note" }, taskInWords(facts)),
    el("dl", { class: "facts" }, ...rows.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, text)])),
    facts.card === null ? null : el(
      "details",
      {},
      el("summary", {}, "Model card"),
      el("pre", { class: "model-card", tabindex: 0, "aria-label": "Model card" }, facts.card),
    ),
  );
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {readonly [number, number]} shape */
function shapeOf([steps, numbers]) {
  return steps === 1 ? formatCount(numbers) : `${formatCount(steps)} × ${formatCount(numbers)}`;
}

/** The layers from inputs to outputs, in order. @param {ModelFacts} facts */
export function layersCard({ layers, parameters }) {
  const first = layers[0];
  const box = (/** @type {string} */ kind, /** @type {string} */ size, /** @type {string} */ words) =>
    el(
      "li",
      {},
      el("strong", {}, kind),
      el("span", { class: "layer-size" }, size),
      el("span", { class: "note" }, words),
    );
  return card(
    "Layers",
    el(
      "p",
      { class: "note" },
      `From what goes in to what comes out; ${formatCount(parameters)} parameters in all.`,
    ),
    el(
      "ol",
      { class: "layers" },
      box("inputs", first === undefined ? "–" : shapeOf(first.shapeIn), "numbers of one example"),
      ...layers.map(({ kind, shapeOut, activation, parameters }) =>
        box(
          kind,
          shapeOf(shapeOut),
          [
            ...(activation === null ? [] : [activation]),
            parameters === 0 ? "in training alone" : `${formatCount(parameters)} parameters`,
          ].join(", "),
        )
      ),
    ),
  );
}
