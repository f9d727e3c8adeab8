// @ts-check
/// <reference lib="dom" />
/** What to run where a page has nothing to show yet: commands in order, each with what it does. */
import { commandHere } from "./commands.js";
import { el } from "./dom.js";

/**
 * Adds it to an element, hidden; what comes back shows or hides it.
 *
 * @param {Element} parent
 * @param {{ title: string, steps: readonly (readonly [command: string, what: string])[] }} options
 * @returns {(isShown: boolean) => void}
 */
export function createSteps(parent, { title, steps }) {
  const section = el(
    "section",
    { class: "card steps", hidden: true, "aria-label": title },
    el("h2", {}, title),
    el(
      "ol",
      {},
      ...steps.map(([command, what]) =>
        el("li", {}, el("p", {}, what), el("code", {}, commandHere(command)))
      ),
    ),
    el("p", { class: "note" }, "This page shows it as soon as it is there; nothing has to be reloaded."),
  );
  parent.append(section);
  return (isShown) => {
    section.hidden = !isShown;
  };
}
