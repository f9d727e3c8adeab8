// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** What stands around every page: connection badge, theme, pause, time range, model; the page itself begins below. */
import { byId, el, setAttribute, setText } from "./dom.js";
import { formatTime } from "./format.js";
import { isWithout } from "./live.js";
import { RANGES, remembered } from "./view.js";

/** @typedef {import("./chart.js").Page} Page */

const THEMES = /** @type {const} */ ([["auto", "Auto"], ["light", "Light"], ["dark", "Dark"]]);

/**
 * What the badge says.
 *
 * @param {import("./live.js").Live<any>} live
 * @returns {[tone: string, text: string]}
 */
function badgeOf(live) {
  switch (live.state) {
    case "connecting":
      return ["wait", "Connecting …"];
    case "away":
      return ["bad", live.farewell === null ? "Disconnected, retrying" : sentence(live.farewell)];
    case "stale":
      return ["wait", `Stale since ${formatTime(live.lastAt)}`];
    case "trouble":
      return troubleBadge(live.trouble ?? "");
    case "live":
      return live.paused ? ["wait", "Paused"] : ["good", "Live"];
  }
}

/**
 * What is not as it should be with the cluster; anything else is something that passes, such as a training.
 *
 * @param {string} trouble
 * @returns {[tone: string, text: string]}
 */
function troubleBadge(trouble) {
  if (isWithout(trouble)) return ["bad", `Cluster: ${trouble}`];
  return ["busy", sentence(trouble)];
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {Page} page */
function showBadge({ live }) {
  const badge = byId("badge");
  live.onState(() => {
    const [tone, text] = badgeOf(live);
    setAttribute(badge, "data-tone", tone);
    setText(badge, text);
  });
}

/** @param {Page} page */
function themeChoice({ view }) {
  const chosen = remembered("theme") ?? "auto";
  const select = el(
    "select",
    { "aria-label": "Theme", onchange: () => view.setTheme(select.value) },
    ...THEMES.map(([value, label]) => el("option", { value, selected: value === chosen }, label)),
  );
  return select;
}

/** @param {Page} page */
function pauseButton({ live }) {
  const button = el("button", {
    type: "button",
    class: "pause",
    "aria-pressed": "false",
    onclick: () => live.pause(!live.paused),
  }, "Pause");
  live.onState(() => {
    setAttribute(button, "aria-pressed", String(live.paused));
    setText(button, live.paused ? "Resume" : "Pause");
  });
  return button;
}

/** @param {Page} page */
function rangeChoice({ view, live }) {
  const buttons = RANGES.map(([label, rangeMs]) =>
    el("button", { type: "button", onclick: () => view.setRange(rangeMs) }, label)
  );
  const show = () =>
    RANGES.forEach(([, rangeMs], place) =>
      setAttribute(
        /** @type {Element} */ (buttons[place]),
        "aria-pressed",
        String(view.rangeMs === rangeMs && view.zoom === null),
      )
    );
  view.onChange(show);
  view.onChange(() => live.draw());
  show();
  return el("div", { class: "segments", role: "group", "aria-label": "Time range" }, ...buttons);
}

/** Which model's figures are shown, where there are several. @param {Page} page */
function modelChoice({ live }) {
  const select = el("select", {
    "aria-label": "Model",
    onchange: () => live.choose({ model: select.value, source: null }),
  });
  const label = el("label", { class: "model", hidden: true }, el("span", {}, "Model"), select);
  let shown = "";
  live.onDraw(() => {
    /** @type {{ key: string, id: string }[]} */
    const models = live.board?.models ?? [];
    const key = JSON.stringify([models, live.board?.modelKey]);
    if (key === shown) return;
    shown = key;
    label.hidden = models.length < 2;
    select.replaceChildren(...models.map(({ key, id }) => el("option", { value: key }, id)));
    select.value = live.board?.modelKey ?? "";
  });
  return label;
}

/**
 * Fills the shell for a page.
 *
 * @param {Page} page
 * @param {{ path: string, title: string, text: string, isLive: boolean, hasTime: boolean }} about
 */
export function showShell(page, { path, title, text, isLive, hasTime }) {
  document.title = `${title} · streamflow`;
  setText(byId("title"), title);
  setText(byId("about"), text);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") !== path) continue;
    link.setAttribute("aria-current", "page");
    // A narrow window shows a part of the pages' names: this one is in it.
    link.scrollIntoView({ block: "nearest", inline: "center" });
  }
  byId("theme").append(themeChoice(page));
  if (!isLive) return;
  byId("badge").hidden = false;
  showBadge(page);
  byId("controls").append(
    modelChoice(page),
    ...(hasTime ? [rangeChoice(page)] : []),
    pauseButton(page),
  );
}
