/**
 * The evaluation as one HTML file that needs nothing else: no script, no font or style from elsewhere, light and dark
 * by the reader's choice. What comes from files is escaped.
 */
import { formatCount } from "../../runtime/progress.ts";
import {
  describeRows,
  describeVerdict,
  type Evaluation,
  type EvaluationFacts,
  remarksOn,
} from "./classification.ts";
import { escapeHtml as escape, htmlPage } from "../html_page.ts";

/** The whole document. */
export function evaluationHtml(evaluation: Evaluation, facts: EvaluationFacts): string {
  const { model } = facts;
  const title = `${model.name}, version ${model.version}`;
  const body = `<header>
<p class="kind">Evaluation of a classifier</p>
<h1>${escape(title)}</h1>
<p class="verdict">${escape(describeVerdict(evaluation))}</p>
<p>${escape(describeRows(facts.rows, evaluation.rows))}</p>
${remarksOn(facts.rows).map((remark) => `<p class="remark">${escape(remark)}</p>\n`).join("")}</header>
${figures(evaluation)}
${classTable(evaluation)}
${confusionTable(evaluation)}
${sources(facts)}`;
  return htmlPage({ title, body });
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
    `<tr><th scope="row">${escape(of.name)}</th>${scores(of)}<td>${formatCount(of.support)}</td><td>${
      rocAuc[c] === null ? "–" : rocAuc[c]!.toFixed(4)
    }</td></tr>`
  );
  const average = (name: string, of: typeof report.macro) =>
    `<tr><th scope="row">${name}</th>${scores(of)}<td>${formatCount(of.support)}</td><td></td></tr>`;
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
      return `<td class="${kind}" style="--share:${percent(share)}">${formatCount(n)}<small>${
        n === 0 ? "" : `${(share * 100).toFixed(1)} %`
      }</small></td>`;
    });
    return `<tr><th scope="row">${escape(classes[actual]!)}</th>${cells.join("")}<td class="sum">${
      formatCount(support)
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
    sums.map((n) => `<td class="sum">${formatCount(n)}</td>`).join("")
  }<td class="sum">${formatCount(total)}</td></tr></tfoot>
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
