/** The evaluation as a page: whole by itself, and safe whatever the files are called. */
import assert from "node:assert/strict";
import { evaluateAnswers, type EvaluationFacts } from "../../src/train/evaluation/classification.ts";
import { evaluationHtml } from "../../src/train/evaluation/html.ts";

const HOSTILE = `</title><script>alert("1")</script><img src='x'>&`;

function page(text: string): string {
  const evaluation = evaluateAnswers({
    classes: ["a", text, "never"],
    baseline: text,
    labels: Int32Array.of(0, 0, 1, 1),
    probabilities: Float64Array.of(0.7, 0.2, 0.1, 0.2, 0.7, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1),
  });
  const facts: EvaluationFacts = {
    model: { file: text, name: text, version: text, sha256: text },
    rows: {
      file: text,
      sha256: text,
      inFile: 8,
      split: { part: "test", seed: 1 },
      skipped: 2,
      unseenValues: 3,
      trainedOn: true,
    },
  };
  return evaluationHtml(evaluation, facts);
}

Deno.test("evaluationHtml() asks nothing of anywhere else", () => {
  const html = page("b");
  assert.doesNotMatch(html, /https?:|<script|<link|<img|<iframe|@import|url\(|\bon\w+=/i);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
  assert.match(html, /color-scheme: light dark/);
});

Deno.test("evaluationHtml() escapes every text that comes from files", () => {
  const [harmless, hostile] = [page("b"), page(HOSTILE)];
  const tags = (html: string) => html.replace(/<style>.*<\/style>/s, "").match(/<[^>]*>/g)!.join("\n");
  assert.equal(tags(hostile), tags(harmless));
  assert.ok(!hostile.includes("<script"));
  assert.ok(hostile.includes("&#60;script&#62;alert(&#34;1&#34;)"));
});

Deno.test("evaluationHtml() shows the figures, the confusion matrix and what to bear in mind", () => {
  const html = page("b");
  assert.match(html, /<b>0\.7500<\/b><span>always b: 0\.5000<\/span>/);
  assert.match(
    html,
    /<td class="right" style="--share:50%">1<small>50\.0 %<\/small><\/td><td class="wrong" style="--share:50%">1/,
  );
  assert.match(html, /<td class="right" style="--share:100%">2<small>100\.0 %/);
  assert.match(html, /4 of 8 rows, the test half of the split with seed 1/);
  assert.match(html, /class="remark">The model was trained on these very rows/);
  assert.match(html, /<dt>ROC-AUC, macro<\/dt><dd><b>–<\/b>/);
});
