/** Charts of a traffic model in lines of text. */
import { type Curve, drawChart, sampleOf } from "../../monitor/terminal/chart.ts";
import type { LearningCurve } from "../../traffic/model/metadata.ts";
import type { JudgedSeries } from "../../traffic/train/evaluate.ts";
import { figure } from "../../traffic/train/format.ts";

/** The lines differ in their signs: they may be piped into a file. */
const plain = (text: string) => text;

const WIDTH = 78;
const HEIGHT = 13;

/** Lines of a chart without its time axis, which counts back from now. */
function chart(curves: readonly Curve[], format: (value: number) => string): string[] {
  const options = {
    width: WIDTH,
    height: HEIGHT,
    spanMs: 0,
    fromZero: false,
    format,
    empty: "nothing to draw",
  };
  return drawChart(curves, options).slice(0, -1);
}

/** Validation errors by epoch, the scale of the axis logarithmic. */
export function curveChart(curves: readonly LearningCurve[]): string[] {
  const styles = [{ signs: "heavy", paint: plain }, {
    signs: "light",
    paint: plain,
  }] as const;
  const longest = curves.reduce((a, b) => b.epochs.length > a.epochs.length ? b : a);
  const drawn = curves.map(({ epochs }, i): Curve => ({
    ...styles[i % 2]!,
    values: epochs.map(({ validation }) => Math.log10(validation)),
  }));
  drawn.unshift({
    ...{ signs: "dots", paint: plain },
    values: longest.epochs.map(() => Math.log10(longest.lastValue)),
  });
  const legend = curves.map(({ normalization }, i) =>
    `${sampleOf(drawn[i + 1]!)} ${
      normalization === "none" ? "not normalised" : `${normalization} normalisation`
    }`
  );
  return [
    `Validation error (share of the variance) by epoch: ${legend.join("   ")}   ${
      sampleOf(drawn[0]!)
    } last value`,
    ...chart(drawn, (value) => figure(Number((10 ** value).toPrecision(3)))),
  ];
}

/** The last forecasts of a series against what came; one chart a target. */
export function forecastCharts(
  { link, actual, predicted }: JudgedSeries,
  targets: readonly string[],
): string[] {
  return targets.flatMap((target, k) => {
    const shown = WIDTH - 10;
    const curves: Curve[] = [
      { signs: "light", paint: plain, values: actual[k]!.slice(-shown) },
      { signs: "heavy", paint: plain, values: predicted[k]!.slice(-shown) },
    ];
    const legend = `${sampleOf(curves[0]!)} actual   ${sampleOf(curves[1]!)} forecast`;
    return [
      "",
      `${target} of ${link}, the last ${Math.min(shown, actual[k]!.length)} windows: ${legend}`,
      ...chart(curves, figure),
    ];
  });
}
