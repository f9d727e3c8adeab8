// @ts-check
/// <reference lib="dom" />
/** One record: a line that can be opened. What is in it is text, whatever it looks like. */
import { el } from "./dom.js";
import { formatBytes, formatCount, formatDateTime, formatTime } from "./format.js";

/** @typedef {import("./topic_api.js").ShownRecord} ShownRecord */
/** @typedef {ShownRecord["value"]} ShownBytes */

/** Characters of a value, and of a key, in the line. */
const LINE_VALUE_MAX = 200;
const LINE_KEY_MAX = 40;
/** How long a button says that it has copied, ms. */
const COPIED_MS = 1_500;

/** @param {ShownBytes} bytes @param {number} max */
function lineOf({ kind, text }, max) {
  if (text === null) return "null";
  const line = (kind === "hex" || kind === "base64" ? `${kind} ${text}` : text).replaceAll(/\s+/g, " ");
  return line.length > max ? `${line.slice(0, max)} …` : line;
}

/**
 * JSON over several lines. The text itself is laid out, not what it stands for: long numbers and members that are there
 * twice stay as they came.
 *
 * @param {string} json
 */
export function prettyJson(json) {
  const parts = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let [depth, out] = [0, ""];
  const line = () => `\n${"  ".repeat(depth)}`;
  parts.forEach((part, at) => {
    if (part === "{" || part === "[") {
      depth++;
      out += part;
      if (parts[at + 1] !== "}" && parts[at + 1] !== "]") out += line();
    } else if (part === "}" || part === "]") {
      depth--;
      out += parts[at - 1] === "{" || parts[at - 1] === "[" ? part : `${line()}${part}`;
    } else if (part === ",") out += `,${line()}`;
    else out += part === ":" ? ": " : part;
  });
  return out;
}

const KINDS = {
  none: "null: no value (a tombstone)",
  json: "JSON",
  text: "text",
  hex: "binary, as hexadecimal digits",
  base64: "binary, as base64",
};

/** @param {() => string} textOf @param {string} label */
function copyButton(textOf, label) {
  const button = el("button", {
    type: "button",
    onclick: async () => {
      const isCopied = await navigator.clipboard?.writeText(textOf()).then(() => true, () => false);
      button.textContent = isCopied ? "Copied" : "The browser does not allow it";
      setTimeout(() => button.textContent = label, COPIED_MS);
    },
  }, label);
  return button;
}

/** @param {string} title @param {ShownBytes} bytes @param {number} sizeBytes */
function part(title, bytes, sizeBytes) {
  const shown = bytes.kind === "json" ? prettyJson(bytes.text ?? "") : bytes.text ?? "null";
  const cut = bytes.cut ? `; only the beginning of it is shown` : "";
  return el(
    "section",
    { class: "part" },
    el(
      "div",
      { class: "chart-head" },
      el(
        "h3",
        {},
        title,
        el("span", { class: "count" }, ` ${KINDS[bytes.kind]}, ${formatBytes(sizeBytes)}${cut}`),
      ),
      el("div", { class: "chart-tools" }, copyButton(() => bytes.text ?? "", `Copy ${title.toLowerCase()}`)),
    ),
    el("pre", { tabindex: 0, role: "group", "aria-label": title }, shown),
  );
}

/** @param {ShownRecord} record */
function bodyOf({ key, value, headers, sizes, undecodable, timeMs, partition, offset }) {
  return el(
    "div",
    { class: "record-body" },
    undecodable === null ? null : el("p", { class: "bad" }, `It cannot be read: ${undecodable}`),
    el(
      "p",
      { class: "note" },
      `Partition ${partition}, offset ${formatCount(offset)}, ${
        timeMs === null ? "without a time" : formatDateTime(timeMs)
      }`,
    ),
    part("Value", value, sizes.value),
    part("Key", key, sizes.key),
    headers.length === 0 ? null : el(
      "section",
      { class: "part" },
      el("h3", {}, "Headers", el("span", { class: "count" }, ` ${formatBytes(sizes.headers)}`)),
      el(
        "dl",
        { class: "headers" },
        ...headers.flatMap((header) => [
          el("dt", {}, header.key),
          el("dd", {}, header.cut ? `${lineOf(header, Infinity)} …` : lineOf(header, Infinity)),
        ]),
      ),
    ),
  );
}

/**
 * A line; what stands behind it is made when it is opened.
 *
 * @param {ShownRecord} record
 * @returns {HTMLDetailsElement}
 */
export function recordLine(record) {
  const { partition, offset, timeMs, key, value, undecodable } = record;
  const details = el(
    "details",
    {
      class: "record",
      ontoggle: () => {
        if (details.open && details.children.length === 1) details.append(bodyOf(record));
      },
    },
    el(
      "summary",
      {},
      el("span", { class: "record-time" }, timeMs === null ? "–" : formatTime(timeMs)),
      el("span", { class: "record-place" }, `${partition}/${offset}`),
      el("span", { class: "record-key" }, key.text === null ? "no key" : lineOf(key, LINE_KEY_MAX)),
      el(
        "span",
        { class: "record-value" },
        undecodable === null ? lineOf(value, LINE_VALUE_MAX) : undecodable,
      ),
    ),
  );
  return details;
}
