// @ts-check
/// <reference lib="dom" />
/** A form: readings as JSON in, predictions out. */
import { el, setText } from "./dom.js";
import { formatMs, formatNumber } from "./format.js";
import { answerInWords, exampleBody } from "./models_figures.js";

/** @typedef {import("./models_figures.js").ModelFacts} ModelFacts */

/** Answers that are shown. */
const SHOWN_MAX = 5;

/**
 * Adds the form; it is hidden as long as no model answers.
 *
 * @param {Element} grid
 * @returns {(facts: ModelFacts | null) => void} takes the model that answers
 */
export function mountTry(grid) {
  /** @type {ModelFacts | null} */
  let model = null;
  const text = el("textarea", {
    id: "try-body",
    rows: 10,
    spellcheck: "false",
    "aria-describedby": "try-note",
  });
  const result = el("div", { class: "try-result", role: "status" });
  const send = el("button", { type: "submit", class: "primary" }, "Predict");
  const example = () => {
    if (model !== null) text.value = exampleBody(model, Date.now());
  };
  const form = el(
    "form",
    {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        send.disabled = true;
        try {
          await predict(text.value, result);
        } finally {
          send.disabled = false;
        }
      },
    },
    el("label", { for: "try-body" }, "Reading, or a batch, as JSON"),
    text,
    el(
      "div",
      { class: "chart-tools" },
      send,
      el("button", { type: "button", onclick: example }, "Fill in an example"),
    ),
  );
  const section = el(
    "section",
    { class: "card table wide", "aria-label": "Try it", hidden: true },
    el("h2", {}, "Try it"),
    el(
      "p",
      { class: "note", id: "try-note" },
      "A model that forecasts needs a source's last readings, oldest first; the last answer is the one to look at. " +
        "Nothing is written to a topic. The numbers of the example are made up.",
    ),
    form,
    result,
  );
  grid.append(section);
  return (facts) => {
    section.hidden = facts === null;
    const isNew = model === null && facts !== null;
    model = facts;
    if (isNew && text.value === "") example();
  };
}

/** @param {string} body @param {HTMLElement} result */
async function predict(body, result) {
  try {
    const answer = await fetch("/api/v1/predict", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body,
    });
    const found = await answer.json();
    if (answer.ok) show(result, found);
    else result.replaceChildren(el("p", { class: "bad" }, found.detail));
  } catch (error) {
    result.replaceChildren(el("p", { class: "bad" }, `The dashboard did not answer: ${error}`));
  }
}

/** @param {HTMLElement} result @param {any} found */
function show(result, { model, predictions, latencyMs }) {
  const shown = predictions.slice(-SHOWN_MAX);
  const last = shown.at(-1);
  const probabilities = Object.entries(last?.prediction?.probabilities ?? {}).toSorted(([, a], [, b]) =>
    b - a
  );
  const title = el("p", { class: "try-answer" });
  setText(title, last === undefined ? "No reading was sent." : answerInWords(last, model));
  result.replaceChildren(
    title,
    el(
      "p",
      { class: "note" },
      `${predictions.length} ${
        predictions.length === 1 ? "answer" : "answers"
      } of ${model.name}, version ${model.version}, in ${formatMs(latencyMs)}; the last one is shown.`,
    ),
    probabilities.length === 0 ? "" : el(
      "ul",
      { class: "try-shares" },
      ...probabilities.map(([name, share]) =>
        el(
          "li",
          {},
          `${name} `,
          el("meter", { value: share, min: 0, max: 1, "aria-label": name }),
          ` ${formatNumber(share)}`,
        )
      ),
    ),
    el(
      "details",
      {},
      el("summary", {}, `JSON of the last ${shown.length}`),
      el("pre", { class: "model-card", tabindex: 0, "aria-label": "JSON" }, JSON.stringify(shown, null, 2)),
    ),
  );
}
