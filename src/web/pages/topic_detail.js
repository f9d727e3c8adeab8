// @ts-check
/// <reference lib="dom" />
/** One topic: what it holds, its settings, its partitions, who reads it and how far, and its records as they come. */
import { byId, el, setText, svg } from "./dom.js";
import { formatBytes, formatCount, formatRate } from "./format.js";
import { createTable } from "./table.js";
import { createTiles } from "./tiles.js";
import { ask, keepAsking, Trends } from "./topic_api.js";
import { mountTail } from "./topic_tail.js";

/** @typedef {import("./topic_api.js").TopicDetail} TopicDetail */
/** @typedef {TopicDetail["partitions"][number]} PartitionRow */
/** @typedef {TopicDetail["configs"][number]} ConfigRow */
/** @typedef {TopicDetail["groups"][number]} Group */
/** @typedef {Group["partitions"][number] & { groupId: string }} LagRow */

/** @param {Element} root @param {Trends} trends */
function tilesOf(root, trends) {
  const tile = createTiles(root);
  const [records, size] = [tile("Records"), tile("Size")];
  const [partitions, groups] = [tile("Partitions"), tile("Groups that read it")];
  return (/** @type {TopicDetail} */ topic) => {
    const rate = trends.perSecond("records");
    records(formatCount(topic.records), rate === null ? "" : `${formatRate(rate)} more per second`);
    const mean = topic.records && topic.sizeBytes !== null ? topic.sizeBytes / topic.records : null;
    size(formatBytes(topic.sizeBytes), mean === null ? "" : `${formatBytes(Math.round(mean))} per record`);
    const behind = topic.underReplicated;
    partitions(
      formatCount(topic.partitions.length),
      behind > 0
        ? `${formatCount(behind)} with replicas that are not in sync`
        : `${topic.replicationFactor} ${
          topic.replicationFactor === 1 ? "replica" : "replicas"
        } each, all in sync`,
      behind > 0 ? "bad" : "",
    );
    const lags = topic.groups.flatMap(({ lag }) => lag ?? []);
    groups(
      formatCount(topic.groups.length),
      lags.length === 0 ? "none has committed" : `the furthest is ${formatCount(Math.max(...lags))} behind`,
    );
  };
}

/** @param {Element} grid */
function partitionsTable(grid) {
  return createTable(grid, {
    title: "Partitions",
    columns: [
      {
        name: "Partition",
        value: (/** @type {PartitionRow} */ { partition }) => partition,
        format: formatCount,
      },
      { name: "First offset", value: ({ startOffset }) => startOffset, format: formatCount },
      { name: "Next offset", value: ({ endOffset }) => endOffset, format: formatCount },
      { name: "Size", value: ({ sizeBytes }) => sizeBytes, format: formatBytes },
      {
        name: "Leader",
        value: ({ leader }) => leader,
        text: ({ leader }) => leader < 0 ? "none now" : `broker ${leader}`,
      },
      { name: "In sync", value: (row) => row.inSyncReplicas.length, text: inSync },
    ],
    key: ({ partition }) => String(partition),
    rowClass: (row) => row.inSyncReplicas.length < row.replicas.length || row.leader < 0 ? "bad" : "",
    empty: "No partition.",
  });
}

/** @param {PartitionRow} row */
function inSync({ inSyncReplicas, replicas }) {
  return `${inSyncReplicas.length} of ${replicas.length}`;
}

/** @param {Element} grid @param {Trends} trends */
function groupsTable(grid, trends) {
  return createTable(grid, {
    title: "Groups and their lag",
    note: "The course is of the last two minutes.",
    columns: [
      { name: "Group", value: (/** @type {Group} */ { groupId }) => groupId },
      { name: "State", value: ({ state }) => state },
      { name: "Members", value: ({ members }) => members, format: formatCount },
      { name: "Lag", unit: "records", value: ({ lag }) => lag, format: formatCount },
      {
        name: "Trend",
        value: ({ groupId }) => trends.words(groupId),
        draw: (cell, { groupId }) => {
          const [words, line] = cell.children.length === 2
            ? [...cell.children]
            : [cell.appendChild(el("span")), cell.appendChild(sparkline())];
          if (words && line) {
            setText(words, trends.words(groupId));
            drawCourse(line, trends.course(groupId));
          }
        },
      },
    ],
    key: ({ groupId }) => groupId,
    empty: "Nobody has committed offsets of it. 'streamflow consume' reads as a group.",
  });
}

function sparkline() {
  const attributes = { viewBox: "0 0 80 20", class: "sparkline", "aria-hidden": "true" };
  return svg("svg", attributes, svg("polyline", { points: "" }));
}

/** @param {Element} line @param {number[]} values */
function drawCourse(line, values) {
  const max = Math.max(1, ...values);
  const points = values.map((value, at) =>
    `${(80 * at / Math.max(1, values.length - 1)).toFixed(1)},${(18 - 16 * value / max).toFixed(1)}`
  );
  line.firstElementChild?.setAttribute("points", points.join(" "));
}

/** @param {Element} grid */
function lagTable(grid) {
  return createTable(grid, {
    title: "Lag by partition",
    columns: [
      { name: "Group", value: (/** @type {LagRow} */ { groupId }) => groupId },
      { name: "Partition", value: ({ partition }) => partition, format: formatCount },
      { name: "Committed", value: ({ committedOffset }) => committedOffset, format: formatCount },
      { name: "Next offset", value: ({ endOffset }) => endOffset, format: formatCount },
      { name: "Lag", value: ({ lag }) => lag, format: formatCount },
      { name: "Member", value: ({ memberId }) => memberId, text: ({ memberId }) => memberId ?? "nobody's" },
    ],
    key: ({ groupId, partition }) => `${partition} ${groupId}`,
    rows: 10,
    empty: "No group has a partition of it.",
    wide: true,
  });
}

/** @param {Element} grid */
function configsTable(grid) {
  return createTable(grid, {
    title: "Configuration",
    note: "What was set for this topic stands first; the rest are the broker's defaults.",
    columns: [
      { name: "Setting", value: (/** @type {ConfigRow} */ { name }) => name },
      {
        name: "Value",
        value: ({ value }) => value,
        text: ({ value, isSensitive }) => isSensitive ? "hidden" : value === "" ? "empty" : value ?? "–",
      },
      { name: "From", value: ({ isSet }) => isSet ? "set" : "default" },
      { name: "Meaning", value: ({ documentation }) => withoutTags(documentation), isText: true },
    ],
    key: ({ name }) => name,
    rows: 8,
    rowClass: ({ isSet }) => isSet ? "set" : "",
    empty: "The broker shows no settings.",
    wide: true,
  });
}

/** Kafka's documentation has marks of HTML in it. @param {string | null} text */
function withoutTags(text) {
  return text?.replaceAll(/<\/?[a-z][^<>]*>/gi, "") ?? null;
}

/**
 * @param {HTMLElement} root
 * @param {string} name
 * @param {URLSearchParams} query what the tail begins with
 */
export function mountTopic(root, name, query) {
  document.title = `${name} · Topics · streamflow`;
  setText(byId("title"), name);
  setText(byId("about"), "What this topic holds, who reads it and how far, and its records as they come.");
  const [rates, lags] = [new Trends(), new Trends()];
  const trouble = el("p", { class: "card trouble", role: "alert", hidden: true });
  root.append(el("p", { class: "back" }, el("a", { href: "/topics" }, "← All topics and groups")), trouble);
  const body = el("div", { hidden: true });
  root.append(body);
  const tiles = tilesOf(body, rates);
  const tail = mountTail(body, name, query);
  const grid = el("div", { class: "grid two" });
  body.append(grid);
  const [partitions, groups] = [partitionsTable(grid), groupsTable(grid, lags)];
  const [byPartition, configs] = [lagTable(grid), configsTable(grid)];
  keepAsking(async () => {
    /** @type {TopicDetail} */
    const topic = await ask(`topics/${encodeURIComponent(name)}`);
    if (body.hidden) {
      body.hidden = false;
      tail.start();
    }
    const nowMs = Date.now();
    rates.add("records", topic.records, nowMs);
    for (const { groupId, lag } of topic.groups) lags.add(groupId, lag, nowMs);
    tiles(topic);
    tail.setPartitions(topic.partitions.map(({ partition }) => partition));
    partitions.update(topic.partitions);
    groups.update(topic.groups);
    byPartition.update(
      topic.groups.flatMap(({ groupId, partitions }) => partitions.map((one) => ({ groupId, ...one }))),
    );
    configs.update(topic.configs.toSorted((a, b) => Number(b.isSet) - Number(a.isSet)));
  }, (found) => {
    trouble.hidden = found === null;
    const isMissing = found?.status === 404;
    setText(
      trouble,
      isMissing
        ? `There is no topic "${name}" now. It is shown here as soon as there is one.`
        : found?.text ?? "",
    );
  });
}
