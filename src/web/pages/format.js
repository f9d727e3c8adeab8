// @ts-check
/** Numbers and times in words, the same everywhere on the pages. `–` stands where there is no value. Pure. */

/** Where there is no value. */
export const NONE = "–";

/** A figure below nought has a minus sign, not a hyphen. @param {string} figure */
function signed(figure) {
  return figure.replace(/^-/, "−");
}

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const digits = new Map();

/** @param {number} places */
function fixed(places) {
  const known = digits.get(places) ??
    new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  digits.set(places, known);
  return known;
}

/**
 * A number with some four digits that matter: `1,235`, `12.35`, `−0.01235`, `1.2e-7`.
 *
 * @param {number | null | undefined} value
 */
export function formatNumber(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e9) return signed(value.toExponential(2));
  if (size >= 1_000) return signed(counts.format(value));
  return signed(fixed(Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(size))))).format(value));
}

/**
 * A number of things: `12,345`.
 *
 * @param {number | null | undefined} value
 */
export function formatCount(value) {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : counts.format(value);
}

/**
 * A rate: whole numbers from 100 on, else one decimal.
 *
 * @param {number | null | undefined} value
 */
export function formatRate(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return value >= 100 ? counts.format(value) : fixed(1).format(value);
}

/**
 * A share of one: `93.4 %`.
 *
 * @param {number | null | undefined} share
 */
export function formatPercent(share) {
  return share === null || share === undefined || !Number.isFinite(share)
    ? NONE
    : `${signed(fixed(1).format(share * 100))} %`;
}

/**
 * A time that something takes: `0.42 ms`, `3 ms`, `12.3 ms`, `1.25 s`, `3 min`, `2.5 h`.
 *
 * @param {number | null | undefined} ms
 */
export function formatMs(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  if (ms < 1_000 && Number.isInteger(ms)) return `${ms} ms`;
  if (ms < 10) return `${fixed(2).format(ms)} ms`;
  if (ms < 1_000) return `${fixed(1).format(ms)} ms`;
  if (ms < 60_000) return `${fixed(2).format(ms / 1_000)} s`;
  return ms < 3_600_000 ? `${fixed(1).format(ms / 60_000)} min` : `${fixed(1).format(ms / 3_600_000)} h`;
}

/**
 * Bytes with a decimal prefix: `1.23 MB`.
 *
 * @param {number | null | undefined} bytes
 */
export function formatBytes(bytes) {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes, unit = 0;
  while (Math.abs(value) >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${unit === 0 ? counts.format(value) : fixed(2).format(value)} ${units[unit]}`;
}

const two = (/** @type {number} */ value) => String(value).padStart(2, "0");

/**
 * Time of the day where the reader is: `12:03:10`.
 *
 * @param {number} timeMs Unix ms
 */
export function formatTime(timeMs) {
  const date = new Date(timeMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/**
 * Day and time where the reader is: `2026-11-29 12:03:10`.
 *
 * @param {number} timeMs Unix ms
 */
export function formatDateTime(timeMs) {
  const date = new Date(timeMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatTime(timeMs)}`;
}

/**
 * Since when something is counted, with the day where that is another one, and which times the pages show: `Counted
 * since 12:03:10. Times are local: UTC+1.`
 *
 * @param {number} sinceMs Unix ms
 * @param {number} nowMs Unix ms
 */
export function sinceInWords(sinceMs, nowMs) {
  const isToday = new Date(sinceMs).toDateString() === new Date(nowMs).toDateString();
  const minutes = -new Date(nowMs).getTimezoneOffset();
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  const offset = `${minutes < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${two(rest)}`}`;
  return `Counted since ${isToday ? formatTime(sinceMs) : formatDateTime(sinceMs)}. ` +
    `Times are local: UTC${minutes === 0 ? "" : offset}.`;
}

/**
 * How a value stands to the one it is measured by: `12 % below the last value`.
 *
 * @param {number | null | undefined} value
 * @param {number | null | undefined} baseline
 * @param {string} name of the baseline
 */
export function ratioInWords(value, baseline, name) {
  if (typeof value !== "number" || typeof baseline !== "number" || !(baseline > 0)) return "";
  const percent = (value / baseline - 1) * 100;
  const size = Math.abs(percent) >= 10
    ? counts.format(Math.abs(percent))
    : fixed(1).format(Math.abs(percent));
  if (size === "0.0") return `the same as ${name}`;
  return `${size} % ${percent < 0 ? "below" : "above"} ${name}`;
}
