// @ts-check
/// <reference lib="dom" />
/** Topics and consumer groups of the cluster; one topic where the address names it (`?topic=NAME`). */
import { el, setAttribute, setText } from "./dom.js";
import { formatBytes, formatCount, formatRate } from "./format.js";
import { createTable } from "./table.js";
import { ask, keepAsking, Trends } from "./topic_api.js";
import { mountTopic } from "./topic_detail.js";

/** @typedef {import("./topic_api.js").TopicRow} TopicRow */
/** @typedef {import("./topic_api.js").GroupRow} GroupRow */

/** Topics of one request, and requests of one look. */
const PAGE = 500;
const PAGES_MAX = 4;
const GROUPS = 200;

/**
 * A cell with a link to a topic.
 *
 * @param {Element} cell
 * @param {string} name
 */
function drawTopicLink(cell, name) {
  const link = cell.querySelector("a") ?? cell.appendChild(el("a"));
  setText(link, name);
  setAttribute(link, "href", `/topics?topic=${encodeURIComponent(name)}`);
}

/** @param {Element} root @param {Trends} trends */
function topicsTable(root, trends) {
  return createTable(root, {
    title: "Topics",
    note: "Records: next minus first offset. Size: bytes of the leaders' logs.",
    columns: [
      {
        name: "Topic",
        value: (/** @type {TopicRow} */ { name }) => name,
        draw: (cell, { name }) => drawTopicLink(cell, name),
      },
      { name: "Records", value: ({ records }) => records, format: formatCount },
      { name: "Growth", unit: "records/s", value: ({ name }) => trends.perSecond(name), format: formatRate },
      { name: "Size", value: ({ sizeBytes }) => sizeBytes, format: formatBytes },
      { name: "Partitions", value: ({ partitions }) => partitions, format: formatCount },
      { name: "Replicas", value: ({ replicationFactor }) => replicationFactor, format: formatCount },
      {
        name: "Under-replicated",
        unit: "partitions",
        value: ({ underReplicated }) => underReplicated,
        format: formatCount,
      },
    ],
    key: ({ name }) => name,
    rowClass: ({ underReplicated }) => underReplicated > 0 ? "bad" : "",
    empty: "No topic yet. 'streamflow produce' makes one and fills it; 'streamflow demo' shows all of it.",
    rows: 50,
    wide: true,
  });
}

/** @param {Element} root @param {Trends} trends */
function groupsTable(root, trends) {
  return createTable(root, {
    title: "Consumer groups",
    note: "Lag: records between what a group has committed and the end, over all its partitions.",
    columns: [
      { name: "Group", value: (/** @type {GroupRow} */ { groupId }) => groupId },
      { name: "State", value: ({ state }) => state },
      { name: "Members", value: ({ members }) => members, format: formatCount },
      { name: "Lag", unit: "records", value: ({ lag }) => lag, format: formatCount },
      { name: "Trend", value: ({ groupId }) => trends.words(groupId) },
      {
        name: "Topics",
        value: ({ topics }) => topics.join(", "),
        draw: (cell, { topics }) => {
          while (cell.children.length > topics.length) cell.lastElementChild?.remove();
          topics.forEach((topic, place) => {
            const span = cell.children[place] ?? cell.appendChild(el("span", { class: "link" }));
            drawTopicLink(span, topic);
          });
        },
      },
    ],
    key: ({ groupId }) => groupId,
    empty: "No group has committed yet. 'streamflow consume' reads as one.",
    wide: true,
  });
}

/** @param {HTMLElement} root */
function mountList(root) {
  const [growth, lags] = [new Trends(), new Trends()];
  const internal = el("input", { type: "checkbox", onchange: () => again() });
  const trouble = el("p", { class: "card trouble", role: "alert", hidden: true });
  const cut = el("p", { class: "note", hidden: true });
  // Nothing is said of topics and groups before the cluster has answered.
  const grid = el("div", { class: "grid", hidden: true });
  root.append(
    trouble,
    el(
      "div",
      { class: "choices" },
      el("label", { class: "choice" }, internal, "Show internal topics and groups"),
    ),
    grid,
  );
  const topics = topicsTable(grid, growth);
  grid.append(cut);
  const groups = groupsTable(grid, lags);
  const again = keepAsking(async () => {
    /** @type {[Awaited<ReturnType<typeof allTopics>>, { groups: GroupRow[], total: number }]} */
    const [found, listed] = await Promise.all([
      allTopics(internal.checked),
      ask(`groups?${new URLSearchParams({ limit: String(GROUPS), internal: String(internal.checked) })}`),
    ]);
    grid.hidden = false;
    const nowMs = Date.now();
    for (const { name, records } of found.topics) growth.add(name, records, nowMs);
    for (const { groupId, lag } of listed.groups) lags.add(groupId, lag, nowMs);
    topics.update(found.topics);
    groups.update(listed.groups);
    const words = [
      found.total > found.topics.length &&
      `The first ${formatCount(found.topics.length)} of ${formatCount(found.total)} topics are listed: ` +
        "another one is shown by its address, /topics?topic=NAME.",
      listed.total > listed.groups.length &&
      `The first ${formatCount(listed.groups.length)} of ${formatCount(listed.total)} groups are listed: ` +
        "another one is shown by its topics.",
    ].filter((one) => one !== false);
    cut.hidden = words.length === 0;
    setText(cut, words.join(" "));
  }, (found) => {
    trouble.hidden = found === null;
    setText(trouble, found?.text ?? "");
  });
}

/**
 * Page after page, as far as one look goes.
 *
 * @param {boolean} internal
 * @returns {Promise<{ topics: TopicRow[], total: number }>}
 */
async function allTopics(internal) {
  /** @type {TopicRow[]} */
  const topics = [];
  let total = 0;
  /** @type {string | null} */
  let after = "";
  for (let page = 0; page < PAGES_MAX && after !== null; page++) {
    /** @type {{ topics: TopicRow[], total: number, next: string | null }} */
    const answer = await ask(
      `topics?${new URLSearchParams({ limit: String(PAGE), internal: String(internal), after })}`,
    );
    topics.push(...answer.topics);
    total = answer.total;
    after = answer.next;
  }
  return { topics, total };
}

/** @param {HTMLElement} root */
export function mount(root) {
  const query = new URLSearchParams(location.search);
  const name = query.get("topic");
  if (name === null || name === "") mountList(root);
  else mountTopic(root, name, query);
}
