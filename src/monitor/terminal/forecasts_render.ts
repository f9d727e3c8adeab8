/** Forecasts beside what came, and who forecasts best, as the lines of a screen of any size. Pure. */
import { type Curve, type CurveStyle, sampleOf } from "./chart.ts";
import { CONTESTANT_NAMES, CONTESTANTS, type ContestView } from "../boards/contest.ts";
import type { Contestant } from "../../records/predictions/schema.ts";
import { box, type BoxSize, chartBox, type Palette, paletteOf, rivals } from "./panels.ts";
import { frame, type RenderOptions } from "./frame.ts";
import { HELP, predictionsHeader, predictionsKeyBar, render } from "./predictions_render.ts";
import type { Snapshot } from "../boards/snapshot.ts";
import { fit, fitRight, rate, short } from "./text.ts";
import { formatCount } from "../../runtime/progress.ts";

/** Smaller screens show the overview. */
const ROWS_MIN = 13;
const COLUMNS_MIN = 50;
/** From so many rows on the errors have a chart of their own below. */
const CHARTS_MIN = 20;

function stylesOf(palette: Palette): Record<Contestant, CurveStyle> {
  const { network, baseline } = rivals(palette);
  return {
    network,
    lastValue: baseline,
    seasonal: { signs: "light", paint: palette.dim },
    ridge: { signs: "light", paint: palette.good },
  };
}

/** Those of whom there are figures, and the network and the last value anyway. */
function shownOf({ means }: ContestView): Contestant[] {
  return CONTESTANTS.filter((who) => who === "network" || who === "lastValue" || means[who].mse !== null);
}

/** @returns Exactly `size.rows` lines of at most `size.columns` cells, colour codes aside. */
export function renderForecasts(snapshot: Snapshot, options: RenderOptions): string[] {
  const { size: { columns, rows } } = options;
  if (rows < ROWS_MIN || columns < COLUMNS_MIN || snapshot.classes !== null) return render(snapshot, options);
  const palette = paletteOf(options.color);
  const { contest } = snapshot;
  const table = tableLines(snapshot, { width: columns - 4, palette });
  const left = rows - 2 - table.length - 2;
  const errors = rows >= CHARTS_MIN ? Math.max(6, Math.floor(left * 0.42)) : 0;
  const lines = [
    predictionsHeader(snapshot, { ...options, palette }),
    ...box(table, {
      title: titleOf(snapshot, columns),
      size: { width: columns, height: table.length + 2 },
      palette,
    }),
    ...courseChart(snapshot, { size: { width: columns, height: left - errors }, palette }),
    ...(errors === 0 ? [] : errorChart(contest, { size: { width: columns, height: errors }, palette })),
    predictionsKeyBar(snapshot, { ...options, palette }, [["s", columns < 76 ? "source" : "next source"], [
      "f",
      "overview",
    ]]),
  ];
  return frame({ lines, help: HELP }, options);
}

function titleOf({ contest: { sources }, processed, perSecond }: Snapshot, columns: number): string {
  const who = sources === 1 ? "1 source" : `${formatCount(sources)} sources, each alike`;
  const figures = `${formatCount(processed)} predicted, ${rate(perSecond)}/s`;
  return columns < 70 ? `${who}  ${figures}` : `Who forecasts best: ${who}  ${figures}`;
}

/** A row for each contestant: over all sources, and of the one that is shown. */
function tableLines(
  { contest }: Snapshot,
  { width, palette }: { width: number; palette: Palette },
): string[] {
  const styles = stylesOf(palette);
  const { means, course } = contest;
  const wide = width >= 64;
  const widths = wide ? [18, 14, 15, Math.min(28, width - 47)] : [15, 0, 15, Math.min(26, width - 30)];
  const row = (cells: readonly string[]) =>
    cells.map((cell, at) => {
      if (at === 0) return fit(cell, widths[0]!);
      return widths[at] === 0 ? "" : `  ${fitRight(cell, widths[at]! - 2)}`;
    }).join("");
  const best = Math.min(...CONTESTANTS.map((who) => means[who].ratio ?? Infinity));
  return [
    palette.dim(row(["", "MSE/variance", "to last value", course === null ? "" : `MSE ${course.source}`])),
    ...shownOf(contest).map((who) => {
      const { mse, ratio } = means[who];
      const line = row([
        `${sampleOf(styles[who])} ${CONTESTANT_NAMES[who]}`,
        short(mse),
        short(ratio),
        short(course?.mse[who] ?? null),
      ]);
      return ratio !== null && ratio === best ? palette.bold(line) : line;
    }),
  ];
}

/** `12 Nov 05:00` */
function dateOf(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return "?";
  const text = new Date(ms).toUTCString();
  return `${text.slice(5, 11)} ${text.slice(17, 22)}`;
}

function courseChart(
  { contest: { course, courses }, target, horizon }: Snapshot,
  { size, palette }: { size: BoxSize; palette: Palette },
): string[] {
  const { network, baseline } = rivals(palette);
  const { source = "", predicted = [], actual = [], times = [] } = course ?? {};
  const isNarrow = size.width < 76;
  const task = target === "" || isNarrow ? "" : `${target}${horizon === null ? "" : ` ${horizon} ahead`} `;
  // A point for each column: the hours of a week are distinct, those of half a year are not.
  const points = Math.max(1, Math.min(times.length, size.width - 14));
  const last = <T>(values: readonly T[]) => values.slice(-points);
  const named: (Curve & { name: string })[] = [
    { ...baseline, values: last(actual), name: "actual" },
    { ...network, values: last(predicted), name: "forecast" },
  ];
  const shown = last(times);
  return chartBox(named, {
    title: course === null
      ? "Forecast and actual"
      : `${task}${source}${courses.length > 1 && !isNarrow ? ` (of ${courses.length})` : ""}`,
    ...{ size, palette, spanMs: 1, fromZero: false },
    timeLabels: [dateOf(shown[0]), dateOf(shown[shown.length >> 1]), dateOf(shown.at(-1))],
  });
}

function errorChart(
  contest: ContestView,
  { size, palette }: { size: BoxSize; palette: Palette },
): string[] {
  const styles = stylesOf(palette);
  const named = shownOf(contest).toReversed().map((who) => ({
    ...styles[who],
    values: contest.curves[who],
    name: CONTESTANT_NAMES[who],
  }));
  const { spanMs } = contest;
  return chartBox(named, {
    title: size.width < 90 ? "to last value" : "MSE ÷ the last value's, since the start",
    ...{ size, palette, spanMs, fromZero: true },
  });
}
