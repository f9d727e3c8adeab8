// @ts-check
/// <reference lib="dom" />
/**
 * The live stream of a page: one `EventSource`, a board's snapshot and its past, kept up to date by deltas. It comes
 * back by itself. A page reads `live.board` and `live.history` when it is asked to draw:
 *
 *     live.onDraw(() => setText(rate, formatRate(live.board?.perSecond)));
 *
 * `onDraw` calls at most ten times a second, not while the page is hidden or paused; `live.choose({ source })` asks the
 * server for something else of the subject.
 */
import { History } from "./history.js";

/** Between two drawings, ms. */
const DRAW_EVERY_MS = 100;
/** The browser itself tries again for so long, ms; afterwards attempts become rarer. */
const BROWSER_TRIES_MS = 15_000;
/** Pauses between attempts, ms. */
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Silence below this is none, ms; before a rhythm is known it is longer. */
const SILENT_MS_MIN = 5_000;
const SILENT_MS_FIRST = 20_000;
/** Silence is as long as so many of the longest of the last pauses. */
const PAUSES = 3;
/** After so much silence the connection is made anew: a machine that slept has a dead one, ms. */
const DEAD_MS_MIN = 45_000;

/** @typedef {"connecting" | "live" | "stale" | "away" | "trouble"} State */
/** @typedef {Record<string, string | null>} Choice */

/** @template Board */
export class Live {
  /** What the board shows; `null` before the first snapshot. @type {Board | null} */
  board = null;
  history = new History();
  /** Time of the newest message by the server's clock, Unix ms. @type {number | null} */
  timeMs = null;
  /** What is not as it should be with the cluster. @type {string | null} */
  trouble = null;
  /** Why the server ended the stream, until it is back. @type {string | null} */
  farewell = null;
  /** Whether drawing is stopped by the reader. */
  paused = false;
  /** Whether something changed while it was. */
  missed = false;
  /** @type {Choice} */
  choice;

  /** @type {string | null} */
  #name;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {Set<() => void>} */
  #drawers = new Set();
  /** @type {Set<() => void>} */
  #watchers = new Set();
  #drawnAt = 0;
  #isDue = false;
  #openedAt = 0;
  #lastAt = 0;
  /** @type {number[]} */
  #pauses = [];
  #lost = 0;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;

  /**
   * @param {string | null} name of the board; `null` = a page without a live stream
   * @param {Choice} [choice]
   */
  constructor(name, choice = {}) {
    this.#name = name;
    this.choice = choice;
    if (name === null) return;
    this.#open();
    setInterval(() => this.#check(), 1_000);
    document.addEventListener("visibilitychange", () => this.#wake());
    addEventListener("online", () => this.#wake());
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#open());
  }

  /** How the connection is. @returns {State} */
  get state() {
    if (this.#lost > 0) return "away";
    if (this.board === null) return "connecting";
    if (Date.now() - this.#lastAt > this.#silentAfterMs()) return "stale";
    return this.trouble === null ? "live" : "trouble";
  }

  /** When something came last, by the reader's clock, Unix ms. */
  get lastAt() {
    return this.#lastAt;
  }

  /** @param {() => void} draw called when there is something new to see @returns {() => void} ends that */
  onDraw(draw) {
    this.#drawers.add(draw);
    this.draw();
    return () => this.#drawers.delete(draw);
  }

  /** @param {() => void} watch called when the state may be another one, at least once a second */
  onState(watch) {
    this.#watchers.add(watch);
    watch();
  }

  /** Asks for another model, source, link or target. @param {Choice} choice */
  choose(choice) {
    this.choice = { ...this.choice, ...choice };
    // What was chosen survives a reload.
    globalThis.history.replaceState(null, "", `${location.pathname}?${this.#query()}`);
    this.#failures = 0;
    this.#open();
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    if (!paused) this.draw();
    this.#report();
  }

  /** Draws soon: what changes often is drawn ten times a second. */
  draw() {
    if (this.#isDue) return;
    this.#isDue = true;
    const frame = () => requestAnimationFrame(() => this.#drawNow());
    const waitMs = this.#drawnAt + DRAW_EVERY_MS - performance.now();
    if (waitMs <= 0) frame();
    else setTimeout(frame, waitMs);
  }

  #drawNow() {
    this.#isDue = false;
    this.#drawnAt = performance.now();
    this.missed = false;
    for (const draw of this.#drawers) {
      try {
        draw();
      } catch (error) {
        reportError(error); // the others are drawn all the same
      }
    }
  }

  #changed() {
    if (this.paused || document.hidden) this.missed = true;
    else this.draw();
  }

  #query() {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(this.choice)) if (value !== null) query.set(key, value);
    return query;
  }

  #open() {
    clearTimeout(this.#again);
    this.#source?.close();
    const query = this.#query();
    query.set("board", this.#name ?? "");
    const early = takeEarly();
    const source = early?.source ?? new EventSource(`/api/v1/live?${query}`);
    this.#source = source;
    this.#openedAt = Date.now();
    const take = (/** @type {MessageEvent} */ { type, data }) =>
      this.#take(JSON.parse(data), type === "snapshot");
    early?.kept.forEach(take);
    for (const type of ["snapshot", "delta"]) {
      if (early !== undefined) source.removeEventListener(type, early.keep);
      source.addEventListener(type, take);
    }
    source.addEventListener("bye", ({ data }) => this.farewell = JSON.parse(data).reason);
    source.addEventListener("error", () => this.#fail(source));
    if (source.readyState === EventSource.CLOSED) this.#fail(source);
  }

  /**
   * @param {any} message as the server sends it
   * @param {boolean} whole
   */
  #take({ timeMs, trouble, board, history, points, events }, whole) {
    if (!whole && this.board === null) return;
    this.#arrived();
    this.timeMs = timeMs;
    this.trouble = trouble;
    this.board = whole ? board : { ...this.board, ...board };
    if (whole) {
      this.history.load(history);
      this.#drawnAt = -Infinity; // what was drawn while nothing was there is no reason to wait
    } else this.history.append(points ?? [], events ?? []);
    this.#report();
    this.#changed();
  }

  #arrived() {
    const now = Date.now();
    if (this.#lastAt > 0 && this.#lost === 0) this.#pauses = [...this.#pauses, now - this.#lastAt].slice(-8);
    this.#lastAt = now;
    this.#lost = 0;
    this.#failures = 0;
    this.farewell = null;
  }

  #silentAfterMs() {
    return this.#pauses.length < 2
      ? SILENT_MS_FIRST
      : Math.max(SILENT_MS_MIN, PAUSES * Math.max(...this.#pauses));
  }

  /** @param {EventSource} source */
  #fail(source) {
    if (source !== this.#source) return;
    const now = Date.now();
    if (this.#lost === 0) this.#lost = now;
    this.#report();
    const gaveUp = source.readyState === EventSource.CLOSED;
    if (!gaveUp && now - this.#lost < BROWSER_TRIES_MS) return;
    source.close();
    clearTimeout(this.#again);
    const waitMs = AGAIN_MS[Math.min(this.#failures++, AGAIN_MS.length - 1)] ?? 0;
    this.#again = setTimeout(() => void this.#retry(), waitMs * (0.75 + Math.random() / 2));
  }

  /** An `EventSource` does not say why it failed: whether a token is wanted, another request shows. */
  async #retry() {
    try {
      const answer = await fetch(`/api/v1/boards/${this.#name}`, { headers: { accept: "application/json" } });
      void answer.body?.cancel();
      if (answer.status === 401) {
        location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
        return;
      }
    } catch {
      // The server is away: the stream finds out by itself when it is back.
    }
    this.#open();
  }

  /** Someone looks again, or the network is back: not the time to wait. */
  #wake() {
    if (document.hidden) return;
    if (this.#lost > 0 && this.#source?.readyState === EventSource.CLOSED) {
      this.#failures = 0;
      void this.#retry();
    }
    if (this.missed && !this.paused) this.draw();
  }

  #check() {
    const silentMs = Date.now() - Math.max(this.#lastAt, this.#openedAt);
    if (this.#lost === 0 && silentMs > Math.max(DEAD_MS_MIN, 2 * this.#silentAfterMs())) this.#open();
    this.#report();
  }

  #report() {
    for (const watch of this.#watchers) watch();
  }
}

/** The stream that `early.js` asked for; once. @returns {import("./early.js").EarlyStream | undefined} */
function takeEarly() {
  const page = /** @type {{ early?: import("./early.js").EarlyStream }} */ (globalThis);
  const { early } = page;
  delete page.early;
  return early;
}

/**
 * Whether a trouble means that the cluster, or a topic of it, is not there.
 *
 * @param {string | null} trouble
 */
export function isWithout(trouble) {
  return trouble !== null && /^(disconnected|waiting)/.test(trouble);
}
