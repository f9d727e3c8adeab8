/** What every screen has around its figures: title, state, keys, help; and how much fits. Pure. */
import { SCREEN_MIN } from "./limits.ts";
import { box, type Palette, paletteOf } from "./panels.ts";
import { duration, fit, widthOf } from "./text.ts";

/** Cells of a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What is shown beside the figures. */
export interface RenderOptions {
  readonly size: ScreenSize;
  readonly color: boolean;
  /** What is watched: topics and cluster. One cell per letter. */
  readonly title: string;
  /** `null` as long as all is well; else what is not: "disconnected, retrying". */
  readonly trouble: string | null;
  readonly paused: boolean;
  readonly help: boolean;
  readonly refreshMs: number;
  /** Keys are heard. */
  readonly keys: boolean;
}

/** What a shape of the screen is drawn with. */
export interface ShapeOptions extends RenderOptions {
  readonly palette: Palette;
}

/** A key, and what it does. */
export type KeyHint = readonly [key: string, what: string];

/** From this size on there are boxes. */
export const BOXES_MIN: ScreenSize = { columns: 76, rows: 22 };
/** From this size on there is everything: all charts, and the tables. */
export const FULL_MIN: ScreenSize = { columns: 100, rows: 34 };

/** Whether there is room for it. */
export function holds(size: ScreenSize, least: ScreenSize): boolean {
  return size.columns >= least.columns && size.rows >= least.rows;
}

/** One for each amount of room. */
export interface Shapes<Shape> {
  readonly tiny: Shape;
  readonly compact: Shape;
  readonly middle: Shape;
  readonly full: Shape;
}

/** The shape for a size. */
export function shapeFor<Shape>(size: ScreenSize, { tiny, compact, middle, full }: Shapes<Shape>): Shape {
  if (!holds(size, SCREEN_MIN)) return tiny;
  return holds(size, FULL_MIN) ? full : holds(size, BOXES_MIN) ? middle : compact;
}

/** Whether what is shown moves. */
function badge({ trouble, paused, palette }: ShapeOptions): string {
  if (trouble !== null) return palette.bad(`○ ${trouble}`);
  return paused ? palette.baseline("‖ paused") : palette.good("● live");
}

/** Name and facts at the left, state at the right; a fact that does not fit goes whole. */
export function header(
  { facts, time = "" }: { readonly facts: readonly string[]; readonly time?: string },
  options: ShapeOptions,
): string {
  const { size: { columns }, palette, refreshMs } = options;
  const every = columns < 76 ? "" : `${time === "" ? "  " : " · "}every ${duration(refreshMs)}`;
  const right = `${badge(options)}${time === "" ? "" : `  ${time}`}${every} `;
  let left = ` ${palette.bold("streamflow")} ${facts[0] ?? ""}`;
  for (const fact of facts.slice(1)) {
    if (fact !== "" && widthOf(left) + widthOf(fact) + widthOf(right) + 5 <= columns) left += ` · ${fact}`;
  }
  const room = columns - widthOf(right) - 1;
  return room < 12 ? fit(right.trim(), columns) : `${fit(left, room)} ${right}`;
}

/** The keys, and what they do, far apart from `wideFrom` columns on; what does not fit is left out from the end: help has it all. */
export function keyBar(
  { hints, wideFrom = 60 }: { readonly hints: readonly KeyHint[]; readonly wideFrom?: number },
  { size: { columns }, keys, palette, paused }: ShapeOptions,
): string {
  if (!keys) return fit(` ${palette.bar(" Ctrl-C ")} quit`, columns);
  const parts = hints.map(([key, what]) =>
    `${palette.bar(` ${key} `)} ${what === "pause" && paused ? "go on" : what}`
  );
  for (; parts.length > 0; parts.pop()) {
    for (const between of columns >= wideFrom ? ["   ", " "] : [" "]) {
      const line = ` ${parts.join(between)}`;
      if (widthOf(line) <= columns) return fit(line, columns);
    }
  }
  return fit("", columns);
}

/** The lines of a screen, and what its keys do. */
export interface Drawn {
  readonly lines: readonly string[];
  readonly help: readonly string[];
}

/** @returns Exactly `size.rows` lines of at most `size.columns` cells, with the keys over them where help was asked for. */
export function frame({ lines, help }: Drawn, options: RenderOptions): string[] {
  const { size: { columns, rows } } = options;
  const all = Array.from({ length: Math.max(rows, lines.length) }, (_, row) => lines[row] ?? "");
  const [width, height] = [
    Math.min(columns, Math.max(50, longestOf(help) + 5)),
    Math.min(rows - 1, help.length + 2),
  ];
  if (options.help && width >= 20 && height >= 4) {
    const left = " ".repeat(Math.floor((columns - width) / 2));
    const top = Math.floor((rows - 1 - height) / 2);
    box(help, { title: "Keys", size: { width, height }, palette: paletteOf(options.color) })
      .forEach((line, at) => all[top + at] = `${left}${line}`);
  }
  return all.slice(0, rows).map((line) => widthOf(line) > columns ? fit(line, columns) : line);
}

function longestOf(lines: readonly string[]): number {
  return lines.reduce((most, line) => Math.max(most, line.length), 0);
}
