// @ts-check
/// <reference lib="dom" />
/** The confusion matrix: which class is taken for which. */
import { withCommandsHere } from "./commands.js";
import { el, setAttribute, setText } from "./dom.js";
import { formatCount, formatPercent } from "./format.js";

/** @typedef {import("../../monitor/boards/snapshot.ts").Snapshot} Snapshot */
/** @typedef {import("../../monitor/boards/snapshot.ts").ClassFigures} ClassFigures */
/** @typedef {import("./chart.js").Page} Page */

/** Classes that the matrix has room for; above so many its cells are small, and the cards as wide as the page. */
const MATRIX_MAX = 60;
const MATRIX_ROOMY = 10;

/** The figures of the classes, where the model tells classes apart. @param {Page["live"]} live @returns {ClassFigures | null} */
export function figuresOf(live) {
  /** @type {Snapshot | null} */
  const board = live.board;
  return board?.classes ?? null;
}

/**
 * The confusion matrix: a table whose cells are shaded.
 *
 * @param {Element} grid
 * @param {Page["live"]} live
 * @param {string} words where there are no classes
 */
export function mountMatrix(grid, live, words) {
  let isShare = true;
  const body = el("tbody");
  const head = el("tr");
  const told = el(
    "p",
    { class: "note matrix-told" },
    "Point at a cell, or move to it with the arrow keys, to read it in words.",
  );
  const toggle = el("button", {
    type: "button",
    "aria-pressed": "true",
    onclick: () => {
      isShare = !isShare;
      toggle.setAttribute("aria-pressed", String(isShare));
      draw();
    },
  }, "Share of the row");
  const empty = el("p", { class: "empty" }, withCommandsHere(words));
  body.addEventListener("keydown", moveFocus);
  const table = el("table", { "aria-label": "Confusion matrix" }, el("thead", {}, head), body);
  const note = el("p", { class: "note" });
  const card = el(
    "section",
    { class: "card table", "aria-label": "Confusion matrix" },
    el(
      "div",
      { class: "chart-head" },
      el("h2", {}, "Confusion matrix"),
      el("div", { class: "chart-tools" }, toggle),
    ),
    note,
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Confusion matrix" },
      table,
      empty,
    ),
    told,
  );
  grid.append(card);
  const draw = () => {
    const figures = figuresOf(live);
    empty.hidden = figures !== null;
    table.hidden = figures === null;
    const count = figures?.classes.length ?? 0;
    const isDense = count > MATRIX_ROOMY;
    setAttribute(table, "class", isDense ? "matrix dense" : "matrix");
    setText(note, noteOf(count, { isShare, isDense }));
    if (figures === null) return;
    drawMatrix({ head, body, told }, figures, { isShare, isDense });
  };
  live.onDraw(draw);
}

/** @typedef {{ isShare: boolean, isDense: boolean }} MatrixLook */

/** @param {number} count @param {MatrixLook} look */
function noteOf(count, { isShare, isDense }) {
  const words = [
    "A row is what was true, a column what the model answered; right answers are on the diagonal.",
  ];
  if (isShare && isDense) words.push("Numbers are percent of the row.");
  if (count > MATRIX_MAX) words.push(`The first ${MATRIX_MAX} of ${formatCount(count)} classes.`);
  return words.join(" ");
}

/** @param {number} count @param {number} total of the row @param {MatrixLook} look */
function cellText(count, total, { isShare, isDense }) {
  if (isDense && count === 0) return "";
  if (!isShare) return formatCount(count);
  if (total === 0) return "–";
  return isDense ? formatCount(100 * count / total) : formatPercent(count / total);
}

/**
 * @param {{ head: HTMLTableRowElement, body: HTMLTableSectionElement, told: Element }} parts
 * @param {ClassFigures} figures
 * @param {MatrixLook} look
 */
function drawMatrix({ head, body, told }, { classes, matrix }, look) {
  const names = classes.slice(0, MATRIX_MAX).map(({ name }) => name);
  cells(head, names.length + 1, (c) => el(c === 0 ? "td" : "th", c === 0 ? {} : { scope: "col" }));
  cells(body, names.length, () => el("tr"));
  names.forEach((name, c) => nameHead(/** @type {Element} */ (head.children[c + 1]), name));
  names.forEach((actual, r) => {
    const row = /** @type {HTMLTableRowElement} */ (body.children[r]);
    cells(
      row,
      names.length + 1,
      (c) =>
        c === 0
          ? el("th", { scope: "row" })
          : el("td", { class: "number", tabindex: r === 0 && c === 1 ? 0 : -1 }),
    );
    nameHead(/** @type {Element} */ (row.children[0]), actual);
    const counts = matrix[r] ?? [];
    const total = counts.reduce((sum, count) => sum + count, 0);
    names.forEach((predicted, c) => {
      const cell = /** @type {HTMLElement} */ (row.children[c + 1]);
      const count = counts[c] ?? 0;
      const share = total === 0 ? 0 : count / total;
      setText(cell, cellText(count, total, look));
      setAttribute(cell, "class", `number heat-${Math.round(share * 10)}${r === c ? " right" : ""}`);
      const words = `${formatCount(count)} of ${formatCount(total)} that were ${actual} (${
        formatPercent(share)
      }) were taken for ${predicted}`;
      cell.onmouseenter = cell.onfocus = () => setText(told, words);
    });
  });
}

/** A long name is cut, and whole where one points. @param {Element} cell @param {string} name */
function nameHead(cell, name) {
  const text = cell.firstElementChild ?? cell.appendChild(el("span"));
  setText(text, name);
  setAttribute(text, "title", name);
}

/** One cell is reached by Tab, the others from there by the arrow keys. @param {KeyboardEvent} event */
function moveFocus(event) {
  const cell = event.target;
  if (!(cell instanceof HTMLTableCellElement)) return;
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const rows = /** @type {HTMLTableSectionElement} */ (row.parentElement).rows;
  const at = rows[0] === undefined ? 0 : [...rows].indexOf(row);
  const next = {
    ArrowLeft: row.cells[cell.cellIndex - 1],
    ArrowRight: row.cells[cell.cellIndex + 1],
    ArrowUp: rows[at - 1]?.cells[cell.cellIndex],
    ArrowDown: rows[at + 1]?.cells[cell.cellIndex],
  }[event.key];
  if (next === undefined || next.cellIndex === 0) return;
  event.preventDefault();
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** @param {Element} parent @param {number} count @param {(place: number) => Element} make */
function cells(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(make(parent.children.length));
}
