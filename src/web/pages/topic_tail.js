// @ts-check
/// <reference lib="dom" />
/** The records of a topic as they come: filters, a start and stop button, the newest first. */
import { withCommandsHere } from "./commands.js";
import { el, setAttribute, setText } from "./dom.js";
import { formatCount } from "./format.js";
import { recordLine } from "./topic_record.js";
import { TailClient } from "./topic_stream.js";

/** @typedef {import("./topic_stream.js").TailView} TailView */

/** Records that stay on the page. */
const LINES_MAX = 200;
/** @param {string} label @param {HTMLInputElement | HTMLSelectElement} control */
function field(label, control) {
  control.id = `tail-${control.name}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control);
}

/** @param {string} name @param {string} placeholder @param {URLSearchParams} query */
function textInput(name, placeholder, query) {
  return el("input", {
    type: "text",
    name,
    placeholder,
    value: query.get(name),
    autocomplete: "off",
    spellcheck: "false",
  });
}

/** @param {URLSearchParams} query */
function controlsOf(query) {
  const from = el(
    "select",
    { name: "from" },
    el("option", { value: "latest" }, "now"),
    el("option", { value: "beginning", selected: query.get("from") === "beginning" }, "the beginning"),
  );
  const partition = el("select", { name: "partition" }, el("option", { value: "" }, "all"));
  const wanted = query.get("partition");
  if (wanted !== null && /^\d+$/.test(wanted)) {
    partition.append(el("option", { value: wanted, selected: true }, wanted));
  }
  const key = textInput("key", "sensor-*", query);
  const text = textInput("text", "in key or value", query);
  const path = textInput("path", "$.a.b[0]", query);
  const compare = el(
    "select",
    { name: "compare" },
    el("option", { value: "" }, "exists"),
    el("option", { value: "equals", selected: query.has("equals") }, "equals"),
    el("option", { value: "contains", selected: query.has("contains") }, "contains"),
  );
  const operand = el("input", {
    ...{ type: "text", name: "operand", placeholder: "21.5", autocomplete: "off", spellcheck: "false" },
    value: query.get("equals") ?? query.get("contains"),
  });
  return { from, partition, key, text, path, compare, operand };
}

/** What the form asks for. @param {ReturnType<typeof controlsOf>} controls @returns {Record<string, string>} */
function chosen({ from, partition, key, text, path, compare, operand }) {
  const pairs = Object.entries({ partition, key, text, path })
    .map(([name, control]) => /** @type {[string, string]} */ ([name, control.value]))
    .filter(([, value]) => value !== "");
  if (path.value !== "" && compare.value !== "") pairs.push([compare.value, operand.value]);
  if (from.value === "beginning") pairs.push(["from", "beginning"]);
  return Object.fromEntries(pairs);
}

/**
 * What is shown: lines, counts, what is not as it should be.
 *
 * @param {{ list: HTMLElement, status: HTMLElement, counts: HTMLElement, empty: HTMLElement, toggle: HTMLElement }} parts
 * @returns {TailView & { clear(): void }}
 */
function viewOf({ list, status, counts, empty, toggle }) {
  let [shown, skipped, searched, behind] = [0, 0, 0, 0];
  const say = (/** @type {string} */ words, tone = "wait") => {
    setText(status, words);
    setAttribute(status, "data-tone", tone);
  };
  const count = () => {
    setText(
      counts,
      `${formatCount(shown)} shown of ${formatCount(searched)} looked at` +
        (skipped > 0 ? `, ${formatCount(skipped)} skipped: more came than can be shown` : "") +
        (behind > 0 ? `, ${formatCount(behind)} to go` : ""),
    );
    empty.hidden = list.children.length > 0;
  };
  return {
    say,
    show: (batch) => {
      say("Live", "good");
      shown += batch.records.length;
      skipped += batch.skipped;
      searched += batch.searched;
      behind = batch.behind;
      list.prepend(...batch.records.map(recordLine).reverse());
      // What the reader has opened stays.
      for (let line = list.lastElementChild; line !== null && list.children.length > LINES_MAX;) {
        const before = line.previousElementSibling;
        if (!(/** @type {HTMLDetailsElement} */ (line).open)) line.remove();
        line = before;
      }
      count();
    },
    running: (isRunning) => {
      setText(toggle, isRunning ? "Stop" : "Start");
      setAttribute(toggle, "aria-pressed", String(isRunning));
    },
    clear: () => {
      [shown, skipped, searched, behind] = [0, 0, 0, 0];
      list.replaceChildren();
      count();
    },
  };
}

/** The address names what is shown, so that it can be handed on. @param {string} topic @param {Record<string, string>} wanted */
function rememberInAddress(topic, wanted) {
  history.replaceState(null, "", `/topics?${new URLSearchParams({ topic, ...wanted })}`);
}

/**
 * Adds the tail, which begins when the topic is known to be there.
 *
 * @param {HTMLElement} root
 * @param {string} topic
 * @param {URLSearchParams} query
 * @returns {{ start(): void, setPartitions(partitions: readonly number[]): void }}
 */
export function mountTail(root, topic, query) {
  const controls = controlsOf(query);
  const parts = {
    list: el("div", {
      class: "records",
      tabindex: 0,
      role: "region",
      "aria-label": "Records, the newest first",
    }),
    status: el("p", { class: "tail-status", role: "status" }),
    counts: el("p", { class: "note" }),
    empty: el(
      "p",
      { class: "empty" },
      withCommandsHere("No record yet that passes the filters. 'streamflow produce' sends some."),
    ),
    toggle: el("button", { type: "button", class: "pause" }, "Start"),
  };
  const view = viewOf(parts);
  const client = new TailClient(topic, view);
  const start = () => {
    const wanted = chosen(controls);
    rememberInAddress(topic, wanted);
    view.clear();
    client.start(wanted);
  };
  parts.toggle.addEventListener("click", () => {
    if (!client.isRunning) return start();
    client.stop();
    view.say("Stopped");
  });
  const form = el(
    "form",
    {
      class: "tail-form",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        start();
      },
    },
    ...fieldsOf(controls),
    el("button", { type: "submit" }, "Apply"),
  );
  controls.compare.addEventListener(
    "change",
    () => controls.operand.disabled = controls.compare.value === "",
  );
  controls.operand.disabled = controls.compare.value === "";
  root.append(sectionOf(parts, { form, clear: view.clear }));
  return { start, setPartitions: (partitions) => setPartitions(controls.partition, partitions) };
}

/** @param {ReturnType<typeof controlsOf>} controls */
function fieldsOf({ from, partition, key, text, path, compare, operand }) {
  return [
    field("From", from),
    field("Partition", partition),
    field("Key", key),
    field("Text", text),
    field("JSON path", path),
    field("Condition", compare),
    field("Value", operand),
  ];
}

/**
 * @param {Parameters<typeof viewOf>[0]} parts
 * @param {{ form: HTMLElement, clear: () => void }} controls
 */
function sectionOf({ list, status, counts, empty, toggle }, { form, clear }) {
  const why = "tail-produce-why";
  return el(
    "section",
    { class: "card table tail", "aria-labelledby": "tail-title" },
    el(
      "div",
      { class: "chart-head" },
      el("h2", { id: "tail-title" }, "Records as they come"),
      el(
        "div",
        { class: "chart-tools" },
        toggle,
        el("button", { type: "button", onclick: clear }, "Clear"),
        el("button", { type: "button", disabled: true, "aria-describedby": why }, "Produce"),
      ),
    ),
    form,
    el("div", { class: "tail-line" }, status, counts),
    list,
    empty,
    el(
      "p",
      { class: "note", id: why },
      withCommandsHere(
        "Nothing can be produced from here: this page only reads, by design. 'streamflow produce' sends records.",
      ),
    ),
  );
}

/** @param {HTMLSelectElement} select @param {readonly number[]} partitions */
function setPartitions(select, partitions) {
  const values = ["", ...partitions.map(String)];
  if (values.join() === [...select.options].map(({ value }) => value).join()) return;
  const before = select.value;
  select.replaceChildren(...values.map((value) => el("option", { value }, value === "" ? "all" : value)));
  select.value = values.includes(before) ? before : "";
}
