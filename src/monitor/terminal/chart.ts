/** Curves as lines of text: asciichart draws each piece, this draws several over each other, with axes. Pure. */
// @ts-types="@types/asciichart"
import { plot } from "asciichart";
import { fitRight, short } from "./text.ts";

/** How a curve looks; distinct by its signs, not by its colour alone. */
export interface CurveStyle {
  readonly signs: "heavy" | "light" | "dots";
  readonly paint: (text: string) => string;
}

/** A curve: values from oldest to newest, `NaN` where there is none. */
export interface Curve extends CurveStyle {
  readonly values: readonly number[];
}

/** Where curves are drawn. */
export interface ChartOptions {
  /** Cells, with the axis. */
  readonly width: number;
  /** Lines, with the time axis. */
  readonly height: number;
  readonly spanMs: number;
  /** Times at the axis: left, middle, right. @default how long ago, from `spanMs` to now */
  readonly timeLabels?: readonly [string, string, string];
  /** The value axis begins at 0. */
  readonly fromZero: boolean;
  /** Smallest and largest value that the axis shows: a share has no 150 %. @default all */
  readonly within?: readonly [number, number];
  /** Value → text at the axis. */
  readonly format?: (value: number, digits: number) => string;
  /** What stands there as long as there is nothing to draw. */
  readonly empty: string;
}

const AXIS_WIDTH = 9;

type Signs = [string, string, string, string, string, string, string, string, string, string];

/** asciichart's signs: cross, left and right axis, ends, line, and corners. */
const SIGNS: Readonly<Record<CurveStyle["signs"], Signs>> = {
  heavy: ["━", "━", "╺", "╸", "━", "┗", "┏", "┓", "┛", "┃"],
  light: ["─", "─", "╶", "╴", "─", "╰", "╭", "╮", "╯", "│"],
  dots: ["·", "·", "·", "·", "·", "·", "·", "·", "·", "·"],
};

/** A sample of a curve's line, for legends. */
export function sampleOf({ signs, paint }: CurveStyle): string {
  return paint({ heavy: "━━", light: "──", dots: "··" }[signs]);
}

/** Points that a chart of this width has. */
export function pointsOf(width: number): number {
  return Math.max(1, width - AXIS_WIDTH - 1);
}

/** The values at `points` places, by the nearest one; none is invented. */
function sampled(values: readonly number[], points: number): number[] {
  return Array.from(
    { length: points },
    (_, at) => values[Math.floor((at + 0.5) * values.length / points)] ?? NaN,
  );
}

function rangeOf(
  curves: readonly (readonly number[])[],
  { fromZero, within: [least, most] = [-Infinity, Infinity] }: Pick<ChartOptions, "fromZero" | "within">,
): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const values of curves) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return null;
  if (fromZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const clamp = (value: number) => Math.min(most, Math.max(least, value));
  [low, high] = [clamp(low), clamp(high)];
  if (high > low) return [low, high];
  const room = low === 0 ? 1 : Math.abs(low) / 2;
  return [fromZero ? low : clamp(low - room), clamp(low + room)];
}

/** Pieces of a curve without gaps; `+Infinity` stays at the upper edge. */
function piecesOf(values: readonly number[]): { start: number; values: number[] }[] {
  const pieces: { start: number; values: number[] }[] = [];
  values.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    const last = pieces.at(-1);
    if (last !== undefined && last.start + last.values.length === at) last.values.push(value);
    else pieces.push({ start: at, values: [value] });
  });
  return pieces;
}

/** Draws a piece, 0 … height − 1, at its place into the cells. */
function drawPiece(
  cells: string[][],
  { start, values, style }: { start: number; values: readonly number[]; style: CurveStyle },
): void {
  const top = cells.length - 1;
  // The first value twice: asciichart draws a value as the way to the next one.
  const drawn = plot([values[0]!, ...values], {
    min: 0,
    max: top,
    height: top,
    offset: 3,
    padding: "",
    format: () => " ",
    symbols: SIGNS[style.signs],
  });
  drawn.split("\n").forEach((line, row) => {
    [...line].slice(3).forEach((sign, at) => {
      if (sign !== " ") cells[row]![start + at] = style.paint(sign);
    });
  });
}

function agoLabels(spanMs: number): readonly [string, string, string] {
  const ago = (ms: number) => ms >= 120_000 || ms % 60_000 === 0 ? `-${ms / 60_000} min` : `-${ms / 1000} s`;
  return [ago(spanMs), ago(spanMs / 2), "now"];
}

function timeAxis(width: number, [left, middle, right]: readonly [string, string, string]): string {
  const room = width - left.length - right.length;
  if (room < middle.length + 4) return room < 1 ? " ".repeat(width) : left + " ".repeat(room) + right;
  const before = Math.floor(width / 2 - middle.length / 2) - left.length;
  return `${left}${" ".repeat(before)}${middle}`.padEnd(width - right.length) + right;
}

function labelsOf(
  [low, high]: [number, number],
  { rows, format }: { rows: number; format: (value: number, digits: number) => string },
): string[] {
  const every = rows <= 3 ? rows - 1 : rows <= 7 ? 2 : 3;
  const size = Math.max(Math.abs(low), Math.abs(high));
  const digits = Math.min(
    6,
    Math.max(3, Math.ceil(Math.log10(size / (high - low) * (rows - 1) / every)) + 1),
  );
  return Array.from({ length: rows }, (_, row) => {
    const fromBottom = rows - 1 - row;
    if (fromBottom % every !== 0) return "";
    return format(low + (high - low) * fromBottom / (rows - 1), digits);
  });
}

function emptyChart({ width, height, empty }: ChartOptions): string[] {
  return Array.from({ length: height }, (_, row) => {
    if (row !== Math.floor((height - 1) / 2)) return " ".repeat(width);
    const text = empty.slice(0, width);
    return " ".repeat(Math.floor((width - text.length) / 2)) +
      text.padEnd(Math.ceil((width + text.length) / 2));
  });
}

/**
 * Curves over each other, the later ones in front. Whatever the values are (none, `NaN`, infinite, all the same,
 * tiny, huge) it returns exactly `height` lines of `width` cells.
 */
export function drawChart(curves: readonly Curve[], options: ChartOptions): string[] {
  const { width, height, spanMs } = options;
  const points = pointsOf(width);
  const rows = height - 1;
  const series = curves.map((curve) => sampled(curve.values, points));
  const range = rangeOf(series, options);
  if (range === null || rows < 2) return emptyChart(options);
  const [low, high] = range;
  const cells = Array.from({ length: rows }, () => new Array<string>(points).fill(" "));
  const level = (value: number) => {
    // Halves, so that the difference of huge numbers does not overflow.
    const share = (value / 2 - low / 2) / (high / 2 - low / 2);
    return Math.min(1, Math.max(0, share)) * (rows - 1);
  };
  series.forEach((values, at) => {
    for (const piece of piecesOf(values)) {
      drawPiece(cells, { start: piece.start, values: piece.values.map(level), style: curves[at]! });
    }
  });
  const labels = labelsOf(range, { rows, format: options.format ?? short });
  return [
    ...cells.map((row, at) =>
      `${fitRight(labels[at]!, AXIS_WIDTH - 1)} ${labels[at] === "" ? "│" : "┤"}${row.join("")}`
    ),
    `${" ".repeat(AXIS_WIDTH + 1)}${timeAxis(points, options.timeLabels ?? agoLabels(spanMs))}`,
  ];
}

const BLOCKS = "▁▂▃▄▅▆▇█";

/** The newest `width` values as blocks, from 0 to the largest of them. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const top = Math.max(1, ...shown);
  return shown.map((value) => BLOCKS[Math.min(7, Math.floor(value / top * 7.999))]!).join("").padStart(width);
}
