/** Text in cells of a terminal: numbers short, lines cut and padded to a width. Pure. */
import { isoTime } from "../../runtime/time.ts";
import { formatCount } from "../../runtime/progress.ts";

// deno-lint-ignore no-control-regex
const SGR = /\x1b\[[0-9;]*m/g;

/** Cells that a line takes: its letters without colour codes. */
export function widthOf(line: string): number {
  return line.includes("\x1b") ? line.replace(SGR, "").length : line.length;
}

/** The line in exactly `width` cells: padded, or cut with `…`. Colour codes stay whole. */
export function fit(line: string, width: number): string {
  const have = widthOf(line);
  if (have <= width) return line + " ".repeat(width - have);
  if (width <= 0) return "";
  let left = width - 1;
  let kept = "";
  let colored = false;
  // deno-lint-ignore no-control-regex
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith("\x1b")) {
      kept += part;
      colored = true;
    } else {
      kept += part.slice(0, left);
      left -= Math.min(left, part.length);
    }
    if (left === 0) break;
  }
  return `${kept}${colored ? "\x1b[0m" : ""}…`;
}

/** The line at the right of `width` cells. */
export function fitRight(line: string, width: number): string {
  const have = widthOf(line);
  return have >= width ? fit(line, width) : " ".repeat(width - have) + line;
}

/** Three significant digits, `1.2e-9` for what is tiny or huge, `-` for nothing, `∞` for what grew beyond numbers. */
export function short(value: number | null, digits = 3): string {
  if (value === null || Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(Math.max(1, digits - 2)).replace("e+", "e");
  return size >= 100 && digits <= 3 ? formatCount(Math.round(value)) : value.toPrecision(digits);
}

/** A share as `83.9 %`, `-` for nothing. */
export function percent(share: number | null, digits = 1): string {
  return share === null || Number.isNaN(share) ? "-" : `${(100 * share).toFixed(digits)} %`;
}

/** Latency with its unit: `0.8 ms`, `12 ms`, `3.4 s`, `2.1 min`, `5.0 h`. */
export function duration(ms: number | null): string {
  if (ms === null || Number.isNaN(ms)) return "-";
  const [value, unit] = ms < 999.5
    ? [ms, "ms"]
    : ms < 59_950
    ? [ms / 1e3, "s"]
    : ms < 3_570_000
    ? [ms / 6e4, "min"]
    : [ms / 3.6e6, "h"];
  return `${
    value === 0 ? "0" : value < 9.95 ? value.toFixed(value < 0.0995 ? 2 : 1) : value.toFixed(0)
  } ${unit}`;
}

/** Per second: `0.25`, `99.8`, `12,345`. */
export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "-";
  if (perSecond >= 100) return formatCount(Math.round(perSecond));
  return perSecond === 0 ? "0" : perSecond.toFixed(perSecond >= 10 ? 1 : 2);
}

/** How the network stands to the baseline: `-12.1 %` is better; `-` where nothing can be said. */
export function change(value: number | null, baseline: number | null): string {
  if (value === null || baseline === null || !(baseline > 0) || !Number.isFinite(value / baseline)) {
    return "-";
  }
  const percent = (value / baseline - 1) * 100;
  if (Math.abs(percent) >= 999.5) return `${percent > 0 ? ">+" : "<-"}999 %`;
  const text = percent.toFixed(1);
  return `${percent > 0 && text !== "0.0" ? "+" : ""}${text === "-0.0" ? "0.0" : text} %`;
}

/** Time of day in UTC: `14:03:22`. */
export function timeOfDay(ms: number): string {
  return isoTime(ms)?.slice(11, 19) ?? "?";
}

/** The name after (or before) the shown one, around the end; `null` where there is none. */
export function neighbour(names: readonly string[], shown: string | null, step: 1 | -1): string | null {
  const at = shown === null ? -1 : names.indexOf(shown);
  return names[(at + step + names.length) % Math.max(1, names.length)] ?? null;
}
