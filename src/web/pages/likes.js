// @ts-check
/// <reference lib="dom" />
/** Likes: the ranking of videos, their likes over time, likes by minute, the most liked comments. */
import { createChart } from "./chart.js";
import { el } from "./dom.js";
import { formatCount, formatDateTime, formatNumber, NONE } from "./format.js";
import { gainCurves, sinceFirst, titleOf, topComments, videoSeries } from "./likes_figures.js";
import { createSteps } from "./steps.js";
import { createTable } from "./table.js";
import { createTiles } from "./tiles.js";

/** @typedef {import("../../monitor/boards/likes.ts").LikesSnapshot} LikesSnapshot */
/** @typedef {import("./likes_figures.js").Total} Total */
/** @typedef {import("./chart.js").Page} Page */

/** Videos with a curve of their own: as many as there are colours. */
const CURVES_MAX = 8;
const COMMENTS_MAX = 20;
const STEPS = /** @type {const} */ ([
  [
    "streamflow youtube produce VIDEO",
    "Likes of a video and its comments, by its id or address; several are possible",
  ],
  ["streamflow youtube consume", "Totals of each video, and which one is liked the most"],
]);

/**
 * @param {Element} root
 * @param {Page["live"]} live
 */
function mountTiles(root, live) {
  const tile = createTiles(root);
  const first = tile("Most liked");
  const all = tile("Likes of all videos");
  const rate = tile("Likes per minute");
  const events = tile("Events");
  live.onDraw(() => {
    /** @type {LikesSnapshot | null} */
    const board = live.board;
    if (board === null) return;
    const { ranking, gains, unreadable } = board;
    const most = ranking[0];
    first(
      most === undefined ? NONE : titleOf(most),
      most === undefined ? "" : `${formatCount(most.likes)} likes`,
    );
    all(
      ranking.length === 0 ? NONE : formatCount(ranking.reduce((sum, { likes }) => sum + likes, 0)),
      ranking.length === 1 ? "of one video" : `of ${formatCount(ranking.length)} videos`,
    );
    const before = gains.at(-2) ?? 0;
    rate(formatCount(before), "in the last whole minute", before < 0 ? "bad" : before > 0 ? "good" : "");
    events(
      formatCount(board.events),
      unreadable === 0 ? "every record could be read" : `${formatCount(unreadable)} records cannot be read`,
      unreadable === 0 ? "" : "bad",
    );
  });
}

/**
 * @param {Element} grid
 * @param {Page} page
 */
function mountCharts(grid, page) {
  const { live } = page;
  /** @returns {readonly Total[]} */
  const ranking = () => live.board?.ranking ?? [];
  let isGained = false;
  const gained = el("button", {
    type: "button",
    "aria-pressed": "false",
    onclick: () => {
      isGained = !isGained;
      gained.setAttribute("aria-pressed", String(isGained));
      live.draw();
    },
  }, "Only what came in this time");
  createChart(grid, page, {
    title: "Likes over time",
    unit: "likes",
    note: `Of the ${CURVES_MAX} most liked videos, with those of their comments.`,
    map: (curves) => isGained ? sinceFirst(curves) : curves,
    controls: gained,
    series: () => videoSeries(ranking(), CURVES_MAX),
    empty: "No total yet: run 'streamflow youtube consume'.",
    format: formatCount,
    whole: true,
    fromZero: false,
    log: true,
  });
  createChart(grid, page, {
    title: "Likes per minute",
    unit: "likes",
    note: "Likes that came in each minute, of all videos together, by the time of their events.",
    series: [{ name: "gains", label: "likes", color: 2, dash: 0 }],
    read: () => live.board === null ? { times: [], columns: [[]] } : gainCurves(live.board),
    empty: "No event yet: run 'streamflow youtube produce VIDEO'.",
    format: formatCount,
    whole: true,
  });
}

/** @param {number | null} value */
function formatChange(value) {
  return value === null ? NONE : `${value > 0 ? "+" : ""}${formatNumber(value)}`;
}

/**
 * @param {Element} grid
 * @param {Page["live"]} live
 */
function mountTables(grid, live) {
  const videos = createTable(grid, {
    title: "Videos",
    columns: [
      { name: "Video", value: (/** @type {Total} */ total) => titleOf(total), isText: true },
      { name: "Likes", value: ({ likes }) => likes, format: formatCount },
      {
        name: "Of the video",
        value: ({ videoLikes }) => videoLikes,
        text: ({ videoLikes }) => videoLikes === null ? "hidden" : formatCount(videoLikes),
        format: formatCount,
      },
      { name: "Of comments", value: ({ commentLikes }) => commentLikes, format: formatCount },
      { name: "Comments", value: ({ comments }) => comments, format: formatCount },
      { name: "Change", unit: "/min", value: ({ likesPerMinute }) => likesPerMinute, format: formatChange },
      { name: "Channel", value: ({ channel }) => channel ?? null },
      { name: "Id", value: ({ videoId }) => videoId },
      {
        name: "Newest event",
        value: ({ observedAt }) => observedAt,
        text: ({ observedAt }) => formatDateTime(Date.parse(observedAt)),
      },
    ],
    key: ({ videoId }) => videoId,
    empty: "No total yet: run 'streamflow youtube consume'.",
    wide: true,
  });
  const comments = createTable(grid, {
    title: "Most liked comments",
    columns: [
      {
        name: "Likes",
        value: (/** @type {ReturnType<typeof topComments>[number]} */ row) => row.likeCount,
        format: formatCount,
      },
      { name: "Comment", value: ({ text }) => text ?? null, isText: true },
      { name: "By", value: ({ author }) => author ?? null },
      { name: "Video", value: ({ title }) => title, isText: true },
    ],
    key: ({ commentId }) => commentId,
    empty: "No comment was liked yet.",
    wide: true,
  });
  live.onDraw(() => {
    /** @type {LikesSnapshot | null} */
    const board = live.board;
    if (board === null) return;
    videos.update(board.ranking);
    comments.update(topComments(board.ranking, COMMENTS_MAX));
  });
}

/**
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function mount(root, page) {
  const { live } = page;
  const steps = createSteps(root, { title: "No likes yet. In terminals of their own, run:", steps: STEPS });
  const charts = el("div", { class: "grid" }), tables = el("div", { class: "grid" });
  const all = el("div", {});
  root.append(all);
  mountTiles(all, live);
  all.append(charts, tables);
  mountCharts(charts, page);
  mountTables(tables, live);
  live.onDraw(() => {
    /** @type {LikesSnapshot | null} */
    const board = live.board;
    if (board === null) return;
    const isEmpty = board.ranking.length === 0 && board.events === 0 && board.unreadable === 0;
    steps(isEmpty);
    all.hidden = isEmpty;
  });
}
