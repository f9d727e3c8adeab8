// @ts-check
/// <reference lib="dom" />
/**
 * A list of names with a bar and a value each, the greatest first:
 *
 *     const talkers = createBars(root, { title: "Top talkers", empty: "No window yet." });
 *     live.onDraw(() => talkers([{ label: "10.0.0.7", share: 0.4, value: "1.2 MB · 40 %" }], "and 31 more"));
 */
import { withCommandsHere } from "./commands.js";
import { el, setText } from "./dom.js";

/** @typedef {{ label: string, share: number, value: string }} Bar share: length of the bar, from 0 to 1 */

let made = 0;

/**
 * Adds it to an element; what comes back updates it.
 *
 * @param {Element} parent
 * @param {{ title: string, empty: string }} options
 * @returns {(bars: readonly Bar[], note?: string) => void}
 */
export function createBars(parent, { title, empty }) {
  const id = `bars-${++made}`;
  const note = el("p", { class: "note" });
  const list = el("ol", { class: "bars", "aria-labelledby": id });
  const nothing = el("p", { class: "empty" }, withCommandsHere(empty));
  parent.append(
    el(
      "section",
      { class: "card", "aria-labelledby": id },
      el("div", { class: "chart-head" }, el("h2", { id }, title)),
      note,
      list,
      nothing,
    ),
  );
  /** @type {{ item: Element, label: Element, value: Element, bar: HTMLElement }[]} */
  const rows = [];
  return (bars, words = "") => {
    while (rows.length < bars.length) {
      const label = el("span", { class: "bar-label", dir: "auto" }),
        value = el("span", { class: "bar-value" });
      const bar = el("span", { class: "bar-fill" });
      const item = el("li", {}, label, value, el("span", { class: "bar-track", "aria-hidden": "true" }, bar));
      rows.push({ item, label, value, bar });
      list.append(item);
    }
    for (const { item } of rows.splice(bars.length)) item.remove();
    bars.forEach(({ label, share, value }, place) => {
      const row = rows[place];
      if (row === undefined) return;
      setText(row.label, label);
      setText(row.value, value);
      row.bar.style.width = `${Math.round(share * 1_000) / 10}%`;
    });
    list.hidden = bars.length === 0;
    nothing.hidden = bars.length > 0;
    note.hidden = words === "";
    setText(note, words);
  };
}
