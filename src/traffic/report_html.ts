/** A traffic model and its forecasts as one HTML file that needs nothing else. Pure. */
import { quantileSorted } from "simple-statistics";
import { formatCount } from "../runtime/progress.ts";
import { timeText } from "../runtime/time.ts";
import { escapeHtml as escape, htmlPage } from "../train/html_page.ts";
import type { TrafficModel } from "./model/model.ts";
import type { LearningCurve } from "./model/metadata.ts";
import { CHART_STYLE, histogram, lineChart } from "./svg.ts";
import { compareCurves, describeConvergence } from "./train/convergence.ts";
import type { JudgedSeries, TrafficEvaluation } from "./train/evaluate.ts";
import type { Contestant } from "../records/predictions/schema.ts";
import {
  cellsOf,
  contestantNames,
  describeTask,
  describeTrafficVerdict,
  figure,
  percent,
  TARGET_UNITS,
} from "./train/format.ts";

/** What the page is about. */
export interface TrafficReportFacts {
  readonly model: TrafficModel;
  /** Of the model. */
  readonly file: string;
  readonly evaluation: TrafficEvaluation;
  /** Which windows were judged, in words. */
  readonly part: string;
  /** Times of single forecasts on this machine, in µs, ascending. */
  readonly latencyUs: readonly number[];
  /** From the end of a window to its forecast's record, in ms, ascending; `null` where it was not measured. */
  readonly endToEndMs?: readonly number[] | null;
}

/** Windows that are drawn. */
const WINDOWS_DRAWN = 500;
const BINS = 41;

/** The whole document. */
export function trafficReportHtml(facts: TrafficReportFacts): string {
  const { model, evaluation, part } = facts;
  const title = `${model.name}, version ${model.version}`;
  const longest = evaluation.series.reduce((a, b) => b.startsUs.length > a.startsUs.length ? b : a);
  const drawn = newest(longest);
  const [first, ...more] = describeTrafficVerdict(evaluation);
  const body = `<header>
<p class="kind">Report of a traffic model</p>
<h1>${escape(title)}</h1>
<p class="verdict">${escape(first!)}</p>
${more.map((sentence) => `<p>${escape(sentence)}</p>\n`).join("")}<p>${escape(describeTask(model))}; ${
    formatCount(evaluation.count)
  } forecasts: ${escape(part)}</p>
</header>
${figures(facts)}
${forecasts(drawn, model)}
${errors(evaluation, model)}
${residuals(drawn, model)}
${training(model.curves)}
${latency(facts)}
${sources(facts)}`;
  return htmlPage({ title, body, style: CHART_STYLE });
}

function figures({ evaluation, latencyUs }: TrafficReportFacts): string {
  const one = (name: string, value: string, beside: string) =>
    `<div><dt>${escape(name)}</dt><dd><b>${escape(value)}</b><span>${escape(beside)}</span></dd></div>`;
  const r2 = (value: number | null) => value === null ? "–" : value.toFixed(4);
  const scores = evaluation.targets.flatMap(({ target, network, lastValue, interval }) => [
    one(`R², ${target}`, r2(network.r2), `last value: ${r2(lastValue.r2)}`),
    one(
      `Intervals, ${target}`,
      percent(interval.measured),
      `of the outcomes inside; wanted: ${percent(interval.nominal)}`,
    ),
  ]);
  return `<dl class="figures">
${scores.join("\n")}
${
    one(
      "A forecast takes",
      `${figure(quantile(latencyUs, 0.5))} µs`,
      `p99: ${figure(quantile(latencyUs, 0.99))} µs`,
    )
  }
</dl>`;
}

function forecasts(series: JudgedSeries, { targets, windowUs }: TrafficModel): string {
  const charts = targets.map((target, k) =>
    `<h3>${escape(target)} (${TARGET_UNITS[target]})</h3>
${
      lineChart({
        title: `${target}: forecasts and what came`,
        lines: [
          { values: series.actual[k]!, look: "actual" },
          { values: series.predicted[k]!, look: "forecast" },
        ],
        band: { lower: series.lower[k]!, upper: series.upper[k]! },
        labelOf: timeLabels(series, windowUs),
        format: compact,
      })
    }`
  );
  return `<section>
<h2>Forecasts against what came</h2>
<p class="note">Link ${escape(series.link)}, the last ${
    formatCount(series.startsUs.length)
  } windows; each forecast was made when the window before had closed. Times are UTC.</p>
${legend([["actual", "came"], ["forecast", "forecast"], ["band", "interval"]])}
${charts.join("\n")}
</section>`;
}

function errors(evaluation: TrafficEvaluation, { windowUs }: TrafficModel): string {
  const names = contestantNames(evaluation, windowUs);
  const rows = evaluation.targets.flatMap((score) =>
    (Object.keys(names) as Contestant[]).flatMap((who) => {
      const own = score[who];
      if (own === null) return [];
      const cells = cellsOf(own).map((cell) => `<td>${escape(cell)}</td>`).join("");
      const label = who === "network" ? `${score.target} (${TARGET_UNITS[score.target]})` : "";
      return [
        `<tr><th scope="row">${escape(label)}</th><th scope="row">${escape(names[who])}</th>${cells}</tr>`,
      ];
    })
  );
  const heads = ["", "", "R²", "MSE", "RMSE", "MAE", "MAPE"].map((head) => `<th scope="col">${head}</th>`);
  return `<section>
<h2>Errors</h2>
<div class="wide"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>
<p class="note">Ridge: ridge regression on the same inputs. MAPE leaves out windows whose outcome is 0.</p>
</section>`;
}

function residuals(series: JudgedSeries, { targets, windowUs }: TrafficModel): string {
  const charts = targets.map((target, k) => {
    const values = series.actual[k]!.map((actual, i) => actual - series.predicted[k]![i]!);
    const sorted = values.toSorted((a, b) => a - b);
    const reach = Math.max(
      Math.abs(quantile(sorted, 0.005)),
      Math.abs(quantile(sorted, 0.995)),
      Number.MIN_VALUE,
    );
    return `<h3>${escape(target)} (${TARGET_UNITS[target]})</h3>
${
      histogram(values, {
        title: `${target}: how often forecasts were off by how much`,
        range: [-reach, reach],
        bins: BINS,
        format: compact,
      })
    }
${
      lineChart({
        title: `${target}: residuals over time`,
        lines: [{ values, look: "forecast" }],
        labelOf: timeLabels(series, windowUs),
        format: compact,
        zero: true,
      })
    }`;
  });
  return `<section>
<h2>Residuals</h2>
<p class="note">Outcome − forecast of the same windows: how often, then over time. The outermost bars hold what lies beyond.</p>
${charts.join("\n")}
</section>`;
}

function training(curves: readonly LearningCurve[]): string {
  const [own, other] = curves;
  const name = ({ normalization }: LearningCurve) =>
    normalization === "none" ? "without normalisation" : `with ${normalization} normalisation`;
  const chart = (title: string, lines: Parameters<typeof lineChart>[0]["lines"]) =>
    lineChart({ title, lines, labelOf: (place) => `epoch ${place + 1}`, format: figure, logarithmic: true });
  const values = ({ epochs }: LearningCurve, which: "training" | "validation") =>
    epochs.map((epoch) => epoch[which]);
  const lastValue = ({ epochs, lastValue }: LearningCurve) => ({
    values: epochs.map(() => lastValue),
    look: "quiet",
  });
  const best = own!.epochs[own!.best]!;
  return `<section>
<h2>Training</h2>
<p class="note">Squared error as a share of the targets’ variance in the training part, mean of the targets; logarithmic. The best of ${
    own!.epochs.length
  } epochs by validation was ${own!.best + 1}: ${figure(best.validation)}.</p>
${
    legend([["other", "training part"], ["forecast", "validation part"], [
      "quiet",
      "last value, validation part",
    ]])
  }
${
    chart("Errors by epoch", [
      lastValue(own!),
      { values: values(own!, "training"), look: "other" },
      { values: values(own!, "validation"), look: "forecast" },
    ])
  }
<h2>With and without normalisation</h2>
${
    other === undefined
      ? `<p class="note">Not compared: <code>streamflow traffic train --compare-normalization</code> trains both.</p>`
      : `<p>${escape(describeConvergence(compareCurves(own!, other)))}</p>
${legend([["forecast", name(own!)], ["other", name(other)], ["quiet", "last value"]])}
${
        chart("Validation errors by epoch, with and without normalisation", [
          lastValue(own!),
          { values: values(own!, "validation"), look: "forecast" },
          { values: values(other, "validation"), look: "other" },
        ])
      }`
  }
</section>`;
}

function latency({ latencyUs, endToEndMs }: TrafficReportFacts): string {
  const row = (name: string, values: readonly number[], unit: string) => {
    const cells = [0.5, 0.95, 0.99, 1].map((p) => `<td>${figure(quantile(values, p))} ${unit}</td>`).join("");
    return `<tr><th scope="row">${name}</th>${cells}<td>${formatCount(values.length)}</td></tr>`;
  };
  const heads = ["", "p50", "p95", "p99", "longest", "measured"].map((head) =>
    `<th scope="col">${head}</th>`
  );
  return `<section>
<h2>Latency</h2>
<div class="wide"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${row("one forecast, in memory", latencyUs, "µs")}
${endToEndMs ? row("end of a window to its forecast on the topic", endToEndMs, "ms") : ""}
</tbody>
</table></div>
${
    histogram(latencyUs, {
      title: "How long forecasts take",
      range: [quantile(latencyUs, 0), Math.min(quantile(latencyUs, 0.99), 3 * quantile(latencyUs, 0.5))],
      bins: BINS,
      format: (value) => `${figure(value)} µs`,
    })
  }
<p class="note">Measured on the machine that made this page. ${
    endToEndMs
      ? "The second row is the Kafka time of each forecast less the end of the window observed."
      : "From the end of a window to its forecast’s record: name the topic of a live forecast with <code>--input forecasts</code>."
  }</p>
</section>`;
}

function sources({ model, file }: TrafficReportFacts): string {
  const line = (name: string, text: string) => `<div><dt>${name}</dt><dd>${escape(text)}</dd></div>`;
  const { training, recipe, architecture } = model;
  return `<section>
<h2>Model and data</h2>
<dl class="sources">
${line("Model file", file)}
${line("SHA-256", model.sha256)}
${
    line(
      "Layers",
      architecture.layers.map((layer) =>
        "units" in layer ? `${layer.kind} ${layer.units}` : `${layer.kind} ${layer.rate}`
      ).join(", "),
    )
  }
${line("Inputs", model.features.join(", "))}
${line("Recipe", Object.entries(recipe).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", "))}
${
    line(
      "Training",
      `${training.name}: ${formatCount(training.windows)} windows of ${formatCount(training.links)} links`,
    )
  }
${training.warmStart === undefined ? "" : line("Began from", training.warmStart)}
</dl>
</section>`;
}

function legend(entries: readonly (readonly [look: string, text: string])[]): string {
  const parts = entries.map(([look, text]) => `<span><i class="${look}"></i>${escape(text)}</span>`);
  return `<p class="legend">${parts.join("")}</p>`;
}

function newest({ link, startsUs, actual, predicted, lower, upper }: JudgedSeries): JudgedSeries {
  const cut = (table: readonly (readonly number[])[]) => table.map((row) => row.slice(-WINDOWS_DRAWN));
  return {
    ...{ link, startsUs: startsUs.slice(-WINDOWS_DRAWN) },
    ...{ actual: cut(actual), predicted: cut(predicted), lower: cut(lower), upper: cut(upper) },
  };
}

/** `07-20 21:00`; with seconds where windows are shorter than a minute. */
function timeLabels({ startsUs }: JudgedSeries, windowUs: number): (place: number) => string {
  return (place) => {
    const startUs = startsUs[place];
    if (startUs === undefined) return "";
    return timeText(startUs / 1_000).slice(5, windowUs < 60e6 ? 19 : 16).replace("T", " ");
  };
}

/** `2.5 G`: three digits and a prefix, for axes. */
function compact(value: number): string {
  const [unit, size] = ([["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]] as const)
    .find(([, size]) => Math.abs(value) >= size) ?? ["", 1];
  return `${Number((value / size).toPrecision(3))}${unit === "" ? "" : ` ${unit}`}`;
}

/** Of ascending numbers; 0 of none. */
function quantile(sorted: readonly number[], p: number): number {
  return sorted.length === 0 ? 0 : quantileSorted([...sorted], p);
}
