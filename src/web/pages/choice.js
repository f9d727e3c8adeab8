// @ts-check
/// <reference lib="dom" />
/**
 * A choice among names that come and go:
 *
 *     const link = createChoice(root, "Link", (name) => live.choose({ link: name }));
 *     live.onDraw(() => link(live.board?.links ?? [], live.board?.chosen?.link ?? null));
 */
import { el } from "./dom.js";

/**
 * Adds it to an element; what comes back updates it. It is hidden as long as there is nothing to choose.
 *
 * @param {Element} parent
 * @param {string} name
 * @param {(value: string) => void} choose
 * @returns {(values: readonly string[], chosen: string | null) => void}
 */
export function createChoice(parent, name, choose) {
  const select = el("select", { "aria-label": name, onchange: () => choose(select.value) });
  const label = el("label", { class: "choice", hidden: true }, el("span", {}, name), select);
  parent.append(label);
  let shown = "";
  return (values, chosen) => {
    const key = JSON.stringify([values, chosen]);
    if (key === shown) return;
    shown = key;
    label.hidden = values.length < 2;
    select.replaceChildren(...values.map((value) => el("option", { value }, value)));
    select.value = chosen ?? "";
  };
}
