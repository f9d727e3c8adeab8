// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Elements: `el("p", { class: "hint" }, "text")`. Strings become text, never HTML; there is no other way to put what
 * comes from a topic on a page.
 */

/**
 * Makes an element. Properties that begin with `on` are listeners, `true` is an attribute without a value, `false`
 * and `null` leave it out.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [props]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Makes an SVG element with attributes.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...Node} children
 */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Sets an element's text where it is another one: nothing is laid out anew, no selection is lost for nothing.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Sets an attribute where it is another one.
 *
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * The element with this id. @throws {Error} where the document has none
 *
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Has the browser save something as a file.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets a `'` before it.
 *
 * @param {readonly (readonly (string | number | null)[])[]} rows
 */
export function csvOf(rows) {
  const cell = (/** @type {string | number | null} */ value) => {
    if (value === null || typeof value === "number") return String(value ?? "");
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/**
 * A name of a file for what is saved now.
 *
 * @param {string} title
 * @param {string} extension
 */
export function fileName(title, extension) {
  const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return `streamflow-${name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.${extension}`;
}
