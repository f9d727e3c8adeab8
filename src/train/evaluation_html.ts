/**
 * The evaluation as one HTML file that needs nothing else: no script, no font or style from elsewhere, light and dark
 * by the reader's choice. What comes from files is escaped.
 */
import {
  describeRows,
  describeVerdict,
  type Evaluation,
  type EvaluationFacts,
  remarksOn,
} from "./evaluation.ts";

/** The whole document. */
export function evaluationHtml(evaluation: Evaluation, facts: EvaluationFacts): string {
  const { model } = facts;
  const title = `${model.name}, version ${model.version}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
<header>
<p class="kind">Evaluation of a classifier</p>
<h1>${escape(title)}</h1>
<p class="verdict">${escape(describeVerdict(evaluation))}</p>
<p>${escape(describeRows(facts.rows, evaluation.rows))}</p>
${remarksOn(facts.rows).map((remark) => `<p class="remark">${escape(remark)}</p>\n`).join("")}</header>
${figures(evaluation)}
${classTable(evaluation)}
${confusionTable(evaluation)}
${sources(facts)}
</main>
</body>
</html>
`;
}

/** Text for any place in the document, attributes included. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function figures({ report, logLoss, rocAucMacro, baseline }: Evaluation): string {
  const figure = (name: string, value: string, beside: string) =>
    `<div><dt>${name}</dt><dd><b>${value}</b><span>${escape(beside)}</span></dd></div>`;
  const always = (value: number) => `always ${baseline.class}: ${value.toFixed(4)}`;
  return `<dl class="figures">
${figure("Accuracy", report.accuracy.toFixed(4), always(baseline.accuracy))}
${figure("Macro-F1", report.macro.f1.toFixed(4), always(baseline.macroF1))}
${figure("Weighted F1", report.weighted.f1.toFixed(4), always(baseline.weightedF1))}
${figure("Log-loss", logLoss.toFixed(4), "0 is perfect")}
${
    figure(
      "ROC-AUC, macro",
      rocAucMacro === null ? "–" : rocAucMacro.toFixed(4),
      "one class against the rest; chance: 0.5",
    )
  }
</dl>`;
}

function classTable({ report, rocAuc }: Evaluation): string {
  const score = (value: number) =>
    `<td class="score"><span class="bar" style="--share:${percent(value)}"></span><span>${
      value.toFixed(4)
    }</span></td>`;
  const scores = ({ precision, recall, f1 }: Pick<typeof report.macro, "precision" | "recall" | "f1">) =>
    score(precision) + score(recall) + score(f1);
  const rows = report.classes.map((of, c) =>
    `<tr><th scope="row">${escape(of.name)}</th>${scores(of)}<td>${count(of.support)}</td><td>${
      rocAuc[c] === null ? "–" : rocAuc[c]!.toFixed(4)
    }</td></tr>`
  );
  const average = (name: string, of: typeof report.macro) =>
    `<tr><th scope="row">${name}</th>${scores(of)}<td>${count(of.support)}</td><td></td></tr>`;
  return `<section>
<h2>By class</h2>
<div class="wide"><table>
<thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">support</th><th scope="col">ROC-AUC</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
<tfoot>
${average("macro avg", report.macro)}
${average("weighted avg", report.weighted)}
</tfoot>
</table></div>
<p class="note">Precision: of the rows given this class, the share that are of it. Recall: of the rows of this class, the share that were given it. F1: their harmonic mean. A score that is not defined counts as 0.</p>
</section>`;
}

function confusionTable({ classes, confusion }: Evaluation): string {
  const names = classes.map((name) => `<th scope="col">${escape(name)}</th>`).join("");
  const rows = confusion.map((counts, actual) => {
    const support = counts.reduce((sum, n) => sum + n, 0);
    const cells = counts.map((n, chosen) => {
      const share = support === 0 ? 0 : n / support;
      const kind = n === 0 ? "none" : chosen === actual ? "right" : "wrong";
      return `<td class="${kind}" style="--share:${percent(share)}">${count(n)}<small>${
        n === 0 ? "" : `${(share * 100).toFixed(1)} %`
      }</small></td>`;
    });
    return `<tr><th scope="row">${escape(classes[actual]!)}</th>${cells.join("")}<td class="sum">${
      count(support)
    }</td></tr>`;
  });
  const sums = classes.map((_, chosen) => confusion.reduce((sum, counts) => sum + counts[chosen]!, 0));
  const total = sums.reduce((sum, n) => sum + n, 0);
  return `<section>
<h2>Confusion</h2>
<div class="wide"><table class="confusion">
<caption>Rows: true class. Columns: chosen class. Percentages and shades: share of the row.</caption>
<thead><tr><th scope="col"></th>${names}<th scope="col">all</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
<tfoot><tr><th scope="row">all</th>${
    sums.map((n) => `<td class="sum">${count(n)}</td>`).join("")
  }<td class="sum">${count(total)}</td></tr></tfoot>
</table></div>
</section>`;
}

function sources({ model, rows }: EvaluationFacts): string {
  const line = (name: string, text: string) => `<div><dt>${name}</dt><dd>${escape(text)}</dd></div>`;
  return `<section>
<h2>Model and data</h2>
<dl class="sources">
${line("Model file", model.file)}
${line("SHA-256", model.sha256)}
${line("Data file", rows.file)}
${line("SHA-256", rows.sha256)}
</dl>
</section>`;
}

/** Of 0 to 1, for a style. */
function percent(share: number): string {
  return `${Math.round(share * 1000) / 10}%`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

const STYLE = `:root {
  color-scheme: light dark;
  --ground: light-dark(#ffffff, #14171a); --ink: light-dark(#1b1f23, #e6e9ec); --quiet: light-dark(#59636e, #9aa4ae);
  --line: light-dark(#d8dee4, #30363d); --panel: light-dark(#f5f7f9, #1c2126);
  --right: light-dark(#2f81c7, #3d8fd6); --wrong: light-dark(#e07b39, #d06a26);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
header p { margin: .25rem 0; overflow-wrap: anywhere; }
.kind, .note, caption, small, .figures span, dt { color: var(--quiet); }
.kind { font-size: .85rem; }
header .verdict { font-size: 1.1rem; font-weight: 600; margin: .75rem 0; }
.remark { border-left: 3px solid var(--wrong); padding-left: .6rem; }
dl { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin-top: 1.75rem; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem .9rem; }
.figures dt { font-size: .85rem; }
.figures dd { margin: 0; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures span { font-size: .8rem; display: block; line-height: 1.35; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .85rem; padding-bottom: .5rem; }
th, td { padding: .4rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
th[scope=row], thead th:first-child { text-align: left; }
tfoot th { font-weight: 400; }
.score { min-width: 9rem; }
.score span { display: inline-block; vertical-align: middle; }
.score .bar { width: 4.5rem; height: .6rem; margin-right: .5rem; border-radius: 2px; background: linear-gradient(to right, var(--right) var(--share), var(--line) var(--share)); }
.confusion thead th { text-align: center; }
.confusion td { text-align: center; border: 1px solid var(--line); }
.confusion .right { background: color-mix(in srgb, var(--right) calc(8% + var(--share) * .55), transparent); }
.confusion .wrong { background: color-mix(in srgb, var(--wrong) calc(8% + var(--share) * .8), transparent); }
.confusion .none, .confusion .sum { color: var(--quiet); }
.confusion small { display: block; font-size: .75rem; line-height: 1.2; }
.confusion .right small, .confusion .wrong small { color: inherit; }
.note { font-size: .85rem; }
.sources div { display: flex; gap: 1rem; padding: .2rem 0; }
.sources dt { flex: 0 0 6rem; }
.sources dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
@media print { body { font-size: 12px; } .wide { overflow: visible; } * { print-color-adjust: exact; } }`;
