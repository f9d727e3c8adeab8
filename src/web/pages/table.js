// @ts-check
/// <reference lib="dom" />
/**
 * A table of a page, which can be sorted, filtered and saved:
 *
 *     const table = createTable(root, {
 *       title: "Sources",
 *       columns: [
 *         { name: "Source", value: (row) => row.source },
 *         { name: "MSE", unit: "°C²", value: (row) => row.mse, format: formatNumber },
 *       ],
 *       key: (row) => row.source,
 *       empty: "No source yet.",
 *     });
 *     live.onDraw(() => table.update(live.board?.sources ?? []));
 *
 * A row keeps its elements as long as its key is there: focus and selection stay. Columns with `format` are numbers.
 */
import { withCommandsHere } from "./commands.js";
import { csvOf, download, el, fileName, setAttribute, setText } from "./dom.js";
import { formatCount } from "./format.js";

/** Rows that are shown at first, and how many more a press shows. */
const ROWS_SHOWN = 25;

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {string} [unit]
 * @property {(row: Row) => string | number | null} value what it sorts by and what CSV has
 * @property {(value: number | null) => string} [format] of numbers
 * @property {(row: Row) => string} [text] what is shown, where that is something else
 * @property {(cell: HTMLTableCellElement, row: Row) => void} [draw] fills a cell by itself
 * @property {boolean} [isText] whether it is a text of many words, which goes over several lines
 */
/**
 * @template Row
 * @typedef {object} TableOptions
 * @property {string} title
 * @property {string} [note] one sentence under the title
 * @property {readonly Column<Row>[]} columns
 * @property {(row: Row) => string} key what makes a row itself
 * @property {string} empty what to run, where there is no row
 * @property {boolean} [wide] whether it is as wide as the page
 * @property {(row: Row) => string} [rowClass]
 * @property {{ column: number, descending: boolean }} [sort] by default as the rows come
 * @property {number} [rows] how many are shown at first
 */

let made = 0;

/** @template Row */
class Table {
  #options;
  /** @type {{ column: number, descending: boolean } | null} */
  #sort;
  #filter = "";
  #shown;
  /** @type {readonly Row[]} */
  #rows = [];
  /** @type {Map<string, HTMLTableRowElement>} */
  #elements = new Map();
  #body = el("tbody");
  /** @type {HTMLTableCellElement[]} */
  #heads = [];
  #more = el("button", { type: "button", class: "more", onclick: () => this.#showMore() });
  #count = el("span", { class: "count" });
  #empty = el("p", { class: "empty" });
  element;

  /** @param {TableOptions<Row>} options */
  constructor(options) {
    this.#options = options;
    this.#sort = options.sort ?? null;
    this.#shown = options.rows ?? ROWS_SHOWN;
    const { title, columns, wide, note } = options;
    const id = `table-${++made}`;
    this.#heads = columns.map(({ name, unit, format }, column) =>
      el(
        "th",
        { scope: "col", class: format === undefined ? null : "number" },
        el(
          "button",
          { type: "button", onclick: () => this.#sortBy(column) },
          name,
          unit === undefined ? null : el("span", { class: "unit" }, ` ${unit}`),
        ),
      )
    );
    const filter = el("input", {
      type: "search",
      placeholder: "Filter",
      "aria-label": `Filter ${title}`,
      oninput: (/** @type {Event} */ event) => {
        this.#filter = /** @type {HTMLInputElement} */ (event.target).value.toLowerCase();
        this.#draw();
      },
    });
    const save = el(
      "button",
      { type: "button", "aria-label": `Save as CSV: ${title}`, onclick: () => this.#save() },
      "CSV",
    );
    this.element = el(
      "section",
      { class: wide ? "card table wide" : "card table", "aria-labelledby": id },
      el(
        "div",
        { class: "chart-head" },
        el("h2", { id }, title, this.#count),
        el("div", { class: "chart-tools" }, filter, save),
      ),
      note === undefined ? null : el("p", { class: "note" }, note),
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "group", "aria-labelledby": id },
        el("table", { "aria-labelledby": id }, el("thead", {}, el("tr", {}, ...this.#heads)), this.#body),
        this.#empty,
      ),
      this.#more,
    );
    this.#draw();
  }

  /** @param {readonly Row[]} rows all of them, in the order in which they are shown while nothing is sorted */
  update(rows) {
    this.#rows = rows;
    this.#draw();
  }

  /** First click: numbers from the greatest, texts from A; second: the other way; third: as they come. @param {number} column */
  #sortBy(column) {
    const isNumber = this.#options.columns[column]?.format !== undefined;
    if (this.#sort?.column !== column) this.#sort = { column, descending: isNumber };
    else if (this.#sort.descending === isNumber) this.#sort = { column, descending: !isNumber };
    else this.#sort = null;
    this.#draw();
  }

  #showMore() {
    this.#shown += ROWS_SHOWN * 4;
    this.#draw();
  }

  /** @param {Row} row @param {Column<Row>} column */
  #textOf(row, column) {
    if (column.text !== undefined) return column.text(row);
    const value = column.value(row);
    if (column.format !== undefined) return column.format(typeof value === "number" ? value : null);
    return value === null ? "" : String(value);
  }

  #chosen() {
    const { columns } = this.#options;
    const found = this.#filter === ""
      ? [...this.#rows]
      : this.#rows.filter((row) =>
        columns.some((column) => this.#textOf(row, column).toLowerCase().includes(this.#filter))
      );
    const sort = this.#sort;
    const column = sort === null ? undefined : columns[sort.column];
    if (sort === null || column === undefined) return found;
    return found.sort((a, b) => compare(column.value(a), column.value(b), sort.descending));
  }

  #draw() {
    const { columns, key, rowClass, empty } = this.#options;
    const found = this.#chosen();
    const shown = found.slice(0, this.#shown);
    const kept = new Set(shown.map(key));
    for (const [name, element] of this.#elements) {
      if (kept.has(name)) continue;
      element.remove();
      this.#elements.delete(name);
    }
    shown.forEach((row, place) => {
      const element = this.#element(key(row));
      setAttribute(element, "class", rowClass?.(row) ?? "");
      columns.forEach((column, c) => {
        const cell = element.cells[c];
        if (cell === undefined) return;
        if (column.draw !== undefined) column.draw(cell, row);
        else setText(cell, this.#textOf(row, column));
      });
      // A row that stands where it belongs is not touched.
      if (this.#body.rows[place] !== element) {
        this.#body.insertBefore(element, this.#body.rows[place] ?? null);
      }
    });
    this.#heads.forEach((head, c) => {
      const isSorted = this.#sort?.column === c;
      setAttribute(
        head,
        "aria-sort",
        !isSorted ? "none" : this.#sort?.descending ? "descending" : "ascending",
      );
    });
    const hidden = found.length - shown.length;
    this.#more.hidden = hidden === 0;
    setText(this.#more, `Show more (${formatCount(hidden)} hidden)`);
    setText(this.#count, this.#rows.length === 0 ? "" : ` ${formatCount(this.#rows.length)}`);
    this.#empty.hidden = found.length > 0;
    setText(this.#empty, this.#rows.length === 0 ? withCommandsHere(empty) : "No row matches the filter.");
  }

  /** @param {string} name */
  #element(name) {
    const known = this.#elements.get(name);
    if (known !== undefined) return known;
    const cells = this.#options.columns.map(({ name, unit, format, isText }) =>
      el("td", {
        class: isText ? "text" : format === undefined ? null : "number",
        // Where there is little room a row is a list of names and values.
        "data-name": unit === undefined ? name : `${name} ${unit}`,
      })
    );
    const element = el("tr", {}, ...cells);
    this.#elements.set(name, element);
    return element;
  }

  #save() {
    const { title, columns } = this.#options;
    const head = columns.map(({ name, unit }) => unit === undefined ? name : `${name} (${unit})`);
    const rows = this.#chosen().map((row) => columns.map((column) => column.value(row)));
    download(new Blob([csvOf([head, ...rows])], { type: "text/csv" }), fileName(title, "csv"));
  }
}

/**
 * Order of two values; what is missing comes last.
 *
 * @param {string | number | null} a
 * @param {string | number | null} b
 * @param {boolean} descending
 */
function compare(a, b, descending) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), "en", { numeric: true });
  return descending ? -order : order;
}

/**
 * Adds a table to an element.
 *
 * @template Row
 * @param {Element} parent
 * @param {TableOptions<Row>} options
 * @returns {{ update(rows: readonly Row[]): void }}
 */
export function createTable(parent, options) {
  const table = new Table(options);
  parent.append(table.element);
  return table;
}
