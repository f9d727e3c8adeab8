// @ts-check
/// <reference lib="dom" />
/**
 * Shows the page that the path names. A page is a module with `mount(root, page)`: it adds charts, tables and tiles to
 * `root` and keeps them up to date by `page.live.onDraw`. To add one: its row here and in `documents.ts`, its file in
 * `assets.ts`.
 */
import { byId, el } from "./dom.js";
import { Live } from "./live.js";
import { showShell } from "./shell.js";
import { View } from "./view.js";

/**
 * `hasTime`: whether it has charts over time. Which board it asks for, the document says: `<html data-live>`.
 * @typedef {object} PageRow
 * @property {string} title
 * @property {string} text one sentence: what a stranger sees here
 * @property {boolean} hasTime
 * @property {() => Promise<{ mount(root: HTMLElement, page: import("./chart.js").Page): void }>} load
 */

/** @type {Record<string, PageRow>} */
const PAGES = {
  "/": {
    title: "Overview",
    text: "How the predictions of the network fare beside a simple baseline, and whether they keep up.",
    hasTime: true,
    load: () => import("./overview.js"),
  },
  "/classes": {
    title: "Classes",
    text: "Which classes the model tells apart, and which it takes for one another.",
    hasTime: true,
    load: () => import("./classes.js"),
  },
  "/traffic": {
    title: "Traffic",
    text: "What goes over the network's links against what was forecast, and what is not as usual.",
    hasTime: true,
    load: () => import("./traffic.js"),
  },
  "/likes": {
    title: "Likes",
    text: "Which videos are liked the most, and how fast their likes grow.",
    hasTime: true,
    load: () => import("./likes.js"),
  },
  "/federated": {
    title: "Federated",
    text: "Devices that learn together: what each round made of their updates, and how each device fares.",
    hasTime: true,
    load: () => import("./federated.js"),
  },
  "/topics": {
    title: "Topics",
    text: "What is on the cluster: topics with their records and sizes, groups with their lag.",
    hasTime: false,
    load: () => import("./topics.js"),
  },
  "/models": {
    title: "Models",
    text: "Which model is in use, what it is made of, and what its answers are worth.",
    hasTime: false,
    load: () => import("./models.js"),
  },
};

async function show() {
  const path = location.pathname in PAGES ? location.pathname : "/";
  const row = /** @type {PageRow} */ (PAGES[path]);
  const { board = null, ...choice } = {
    ...Object.fromEntries(new URLSearchParams(location.search)),
    board: undefined,
    ...Object.fromEntries(new URLSearchParams(document.documentElement.dataset["live"])),
  };
  const page = { live: new Live(board, choice), view: new View() };
  showShell(page, { path, ...row, isLive: board !== null });
  const root = byId("page");
  try {
    const { mount } = await row.load();
    mount(root, page);
  } catch (error) {
    root.append(el("p", { class: "card empty", role: "alert" }, `This page cannot be shown: ${error}`));
    throw error;
  }
}

await show();
