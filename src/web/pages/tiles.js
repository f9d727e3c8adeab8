// @ts-check
/// <reference lib="dom" />
/**
 * Tiles: a name, a value, a line of words under it.
 *
 *     const tile = createTiles(root)("Predictions per second");
 *     live.onDraw(() => tile(formatRate(live.board?.perSecond), "mean of the last seconds"));
 */
import { el, setAttribute, setText } from "./dom.js";

/** Values of more letters, such as names, are written smaller and on two lines. */
const LONG = 11;

/** @typedef {"" | "good" | "bad"} Tone how the words under a value are meant */

/**
 * Adds a row of tiles to an element; what comes back adds a tile to it.
 *
 * @param {Element} parent
 * @returns {(name: string) => (value: string, words?: string, tone?: Tone) => void}
 */
export function createTiles(parent) {
  const row = el("dl", { class: "tiles" });
  parent.append(row);
  return (name) => {
    const value = el("dd", { class: "value" }, "–");
    const words = el("dd", { class: "words" });
    row.append(el("div", { class: "card tile" }, el("dt", {}, name), value, words));
    return (text, more = "", tone = "") => {
      setText(value, text);
      setAttribute(value, "class", text.length > LONG ? "value long" : "value");
      setText(words, more);
      setAttribute(words, "class", `words ${tone}`);
    };
  };
}
