/** Line charts and histograms as SVG inside a page: colours are the page's, text is real text. Pure. */
import { escapeHtml } from "../train/html_page.ts";

/** A line: values from left to right; `NaN` and infinite ones are gaps. */
export interface ChartLine {
  readonly values: readonly number[];
  /** `actual`, `forecast`, `other`, `quiet`: the page's style says how it looks. */
  readonly look: string;
}

/** A chart of lines over one axis of places. */
export interface LineChart {
  /** What it shows, for those who cannot see it. */
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** Filled between its two edges, behind the lines. */
  readonly band?: { readonly lower: readonly number[]; readonly upper: readonly number[] };
  /** Text below a place; as many as fit are shown. */
  readonly labelOf: (place: number) => string;
  readonly format: (value: number) => string;
  /** The value axis is logarithmic: values above 0 alone. */
  readonly logarithmic?: boolean;
  /** A line across at 0. */
  readonly zero?: boolean;
}

const WIDTH = 900;
const HEIGHT = 240;
const LEFT = 74, RIGHT = 12, TOP = 10, BOTTOM = 26;
const X_LABELS = 6;
/** Width of a character of a label at most, and the least space between two labels. */
const CHARACTER_WIDTH = 6.6, MARK_GAP = 12;

/** A chart of lines. */
export function lineChart(
  { title, lines, band, labelOf, format, logarithmic = false, zero = false }: LineChart,
): string {
  const raw = [...lines.map(({ values }) => values), ...(band === undefined ? [] : [band.lower, band.upper])];
  const level = (value: number) => logarithmic ? Math.log10(value) : value;
  const [low, high] = rangeOf([...raw, ...(zero ? [[0]] : [])].map((values) => values.map(level)));
  const length = Math.max(2, ...raw.map((values) => values.length));
  const x = (place: number) => LEFT + place / (length - 1) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (high - level(value)) / (high - low) * (HEIGHT - TOP - BOTTOM);
  const point = (value: number, place: number) => `${short(x(place))},${short(y(value))}`;
  const drawn = lines.map(({ values, look }) =>
    `<path class="line ${look}" d="${pathOf(values, point, level)}"/>`
  );
  const filled = band === undefined
    ? ""
    : `<polygon class="band" points="${band.upper.map(point).join(" ")} ${
      band.lower.map((value, i) => point(value, i)).reverse().join(" ")
    }"/>`;
  const ticks = logarithmic ? logTicks(low, high) : niceTicks(low, high);
  const grid = ticks.map((tick) => {
    const at = short(TOP + (high - level(tick)) / (high - low) * (HEIGHT - TOP - BOTTOM));
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text x="${LEFT - 8}" y="${at}" class="y">${escapeHtml(format(tick))}</text>`;
  });
  const marks = fittingMarks(labelPlaces(length).map((place) => ({ at: x(place), text: labelOf(place) })));
  const nought = zero
    ? `<line class="nought" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${short(y(0))}" y2="${short(y(0))}"/>`
    : "";
  return svg(title, [...grid, filled, nought, ...drawn, ...marks].join("\n"));
}

/** A histogram of finite values in so many bins of one width; the outermost hold what lies beyond. */
export function histogram(
  values: readonly number[],
  { title, range: [from, to], bins, format }: {
    readonly title: string;
    readonly range: readonly [number, number];
    readonly bins: number;
    readonly format: (value: number) => string;
  },
): string {
  const width = to > from ? (to - from) / bins : 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.max(0, Math.floor((value - from) / width)))]!++;
  const most = Math.max(1, ...counts);
  const step = (WIDTH - LEFT - RIGHT) / bins;
  const tall = HEIGHT - TOP - BOTTOM;
  const bars = counts.map((count, i) => {
    const height = count / most * tall;
    return `<rect class="bar" x="${short(LEFT + i * step + 0.5)}" y="${short(TOP + tall - height)}" width="${
      short(step - 1)
    }" height="${short(height)}"/>`;
  });
  const ticks = fittingMarks(
    niceTicks(from, from + bins * width).map((tick) => ({
      at: LEFT + (tick - from) / width * step,
      text: format(tick),
    })),
  );
  const top = `<text x="${LEFT - 8}" y="${TOP + 4}" class="y">${most}</text>` +
    `<text x="${LEFT - 8}" y="${TOP + tall}" class="y">0</text>`;
  return svg(title, [...bars, top, ...ticks].join("\n"));
}

/** What charts look like; goes with the style of all pages. */
export const CHART_STYLE = `
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 11px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg .y { text-anchor: end; dominant-baseline: middle; }
svg .x { text-anchor: middle; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .nought { stroke: var(--quiet); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
svg .actual { stroke: var(--ink); stroke-width: 1.2; opacity: .75; }
svg .forecast { stroke: var(--right); }
svg .other { stroke: var(--wrong); }
svg .quiet { stroke: var(--quiet); stroke-dasharray: 4 3; }
svg .band { fill: var(--right); opacity: .16; }
svg .bar { fill: var(--right); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .85rem; color: var(--quiet); margin: .25rem 0; }
.legend i { display: inline-block; width: 1.4rem; height: .2rem; margin-right: .4rem; vertical-align: middle; background: var(--quiet); }
.legend .actual { background: var(--ink); } .legend .forecast { background: var(--right); } .legend .other { background: var(--wrong); }
.legend .band { background: var(--right); opacity: .3; height: .6rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }`;

function svg(title: string, inside: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${
    escapeHtml(title)
  }">\n${inside}\n</svg>`;
}

function pathOf(
  values: readonly number[],
  point: (value: number, place: number) => string,
  level: (value: number) => number,
): string {
  let path = "", pen = "M";
  values.forEach((value, place) => {
    if (!Number.isFinite(level(value))) {
      pen = "M";
      return;
    }
    path += `${pen}${point(value, place)}`;
    pen = "L";
  });
  return path;
}

function rangeOf(tables: readonly (readonly number[])[]): [number, number] {
  let low = Infinity, high = -Infinity;
  for (const values of tables) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  if (low === high) return [low - 0.5, high + 0.5];
  return [low, high];
}

/** Round numbers between two, some five of them. */
function niceTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high && ticks.length < 12; n++) ticks.push(n * step);
  return ticks;
}

/** Powers of ten between two logarithms; with 2 and 5 where they are few, and round numbers where those are. */
function logTicks(low: number, high: number): number[] {
  for (const multiples of [[1], [1, 2, 5]]) {
    const ticks: number[] = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
      for (const n of multiples) {
        const level = Math.log10(n) + power;
        if (level >= low && level <= high) ticks.push(10 ** level);
      }
    }
    if (ticks.length > 2) return ticks.map((tick) => Number(tick.toPrecision(3)));
  }
  return niceTicks(10 ** low, 10 ** high);
}

function labelPlaces(length: number): number[] {
  const count = Math.min(X_LABELS, length);
  return Array.from({ length: count }, (_, i) => Math.round((i + 0.5) / count * (length - 1)));
}

/** A text below the chart, in the middle of its place. */
interface Mark {
  readonly at: number;
  readonly text: string;
}

/** All marks, or every second, third, … one: the most that do not touch each other. */
function fittingMarks(marks: readonly Mark[]): string[] {
  const halfWidth = ({ text }: Mark) => text.length * CHARACTER_WIDTH / 2;
  for (let step = 1;; step++) {
    const shown = marks.filter((_, i) => i % step === 0);
    const touches = shown.some((mark, i) =>
      i > 0 && mark.at - halfWidth(mark) < shown[i - 1]!.at + halfWidth(shown[i - 1]!) + MARK_GAP
    );
    if (touches) continue;
    return shown.map(({ at, text }) =>
      `<text x="${short(at)}" y="${HEIGHT - 6}" class="x">${escapeHtml(text)}</text>`
    );
  }
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
