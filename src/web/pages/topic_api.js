// @ts-check
/// <reference lib="dom" />
/** Topics and groups from the server: asked for again and again while the page is looked at, and how lags develop. */

/** Between two questions, ms. */
const ASK_EVERY_MS = 3_000;
/** What a trend is made of, ms. */
const TREND_MS = 120_000;
/** A trend is none before it has seen so much, ms. */
const TREND_MS_MIN = 5_000;

/** @typedef {import("../topics/schemas.ts").TopicRow} TopicRow */
/** @typedef {import("../topics/schemas.ts").TopicDetail} TopicDetail */
/** @typedef {import("../topics/schemas.ts").GroupRow} GroupRow */
/** @typedef {import("../topics/shown/shown_record.ts").ShownRecord} ShownRecord */

/** The server does not answer, or with a problem. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {number} status 0: there was no answer
   */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/**
 * Asks the server. @throws {Refused}
 *
 * @template T
 * @param {string} path behind `/api/v1/`
 * @returns {Promise<T>}
 */
export async function ask(path) {
  const response = await fetch(`/api/v1/${path}`).catch(() => null);
  if (response === null) throw new Refused("The server cannot be reached", 0);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refused(answer.detail ?? `The server answered ${response.status}`, response.status);
  }
  return answer;
}

/**
 * Asks at once, and again every few seconds while the page is looked at.
 *
 * @param {() => Promise<void>} look
 * @param {(trouble: { text: string, status: number } | null) => void} report what is not as it should be, after each look
 * @returns {() => void} asks again now
 */
export function keepAsking(look, report) {
  let isAsking = false;
  const again = async () => {
    if (isAsking || document.hidden) return;
    isAsking = true;
    try {
      await look();
      report(null);
    } catch (error) {
      report({
        text: troubleInWords(error),
        status: error instanceof Refused ? error.status : 0,
      });
    } finally {
      isAsking = false;
    }
  };
  void again();
  setInterval(again, ASK_EVERY_MS);
  document.addEventListener("visibilitychange", again);
  return () => void again();
}

/**
 * A sentence, and what happens next. Problems are one clause, as the server writes them.
 *
 * @param {unknown} error
 */
function troubleInWords(error) {
  const clause = String(/** @type {Error} */ (error).message).replace(/\.$/, "");
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}. Trying again every ${
    ASK_EVERY_MS / 1_000
  } s.`;
}

/** How numbers by name develop: of each the values of the last minutes. */
export class Trends {
  /** @type {Map<string, [timeMs: number, value: number][]>} */
  #values = new Map();

  /**
   * @param {string} name
   * @param {number | null} value
   * @param {number} nowMs
   */
  add(name, value, nowMs) {
    const values = (this.#values.get(name) ?? []).filter(([timeMs]) => timeMs > nowMs - TREND_MS);
    if (value !== null) values.push([nowMs, value]);
    this.#values.set(name, values);
  }

  /** What comes per second; `null` before that is known. @param {string} name */
  perSecond(name) {
    const values = this.#values.get(name) ?? [];
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined || last[0] - first[0] < TREND_MS_MIN / 2) return null;
    return (last[1] - first[1]) / ((last[0] - first[0]) / 1_000);
  }

  /** In words: whether a lag grows. @param {string} name */
  words(name) {
    const values = this.#values.get(name) ?? [];
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined || last[0] - first[0] < TREND_MS_MIN) return "";
    if (last[1] === 0) return "caught up";
    const third = Math.max(1, Math.floor(values.length / 3));
    const mean = (/** @type {typeof values} */ part) =>
      part.reduce((sum, [, value]) => sum + value, 0) / part.length;
    const change = mean(values.slice(-third)) - mean(values.slice(0, third));
    if (Math.abs(change) <= Math.max(1, last[1] / 50)) return "steady";
    return change > 0 ? "▲ growing" : "▽ draining";
  }

  /** The values, oldest first. @param {string} name @returns {number[]} */
  course(name) {
    return (this.#values.get(name) ?? []).map(([, value]) => value);
  }
}
