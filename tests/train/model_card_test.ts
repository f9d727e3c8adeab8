/** The model card: the hub's form, whole, and safe whatever files and features are called. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { denseSpec } from "../../nn/mod.ts";
import { type CardFacts, modelCard } from "../../src/train/card/model_card.ts";

const CLASSIFIER: CardFacts = {
  name: "KDDTrain+-class",
  version: "0123456789ab",
  file: "ids.safetensors",
  sha256: "0123456789ab".padEnd(64, "0"),
  bytes: 123_456,
  task: { kind: "classification", classes: ["normal", "dos"], baseline: "normal", offsets: [0, 1.5] },
  dataset: "nsl-kdd",
  data: [
    { role: "training", name: "KDDTrain+.txt", sha256: "a".repeat(64), rows: 125_973 },
    { role: "validation and test", name: "KDDTest+.txt", sha256: null, rows: 22_544 },
  ],
  split: "The held-out file is split at random, seed 1.",
  preparation: ["38 numbers, 12 of them by their logarithm.", "3 categories: protocol_type, service, flag."],
  architecture: denseSpec({ inputs: 122, hidden: [64, 32], outputs: 2, activation: "relu" }),
  parameters: 10_018,
  recipe: { hidden: [64, "dropout:0.2"], optimizer: "adam", clip: null, learningRate: 0.001 },
  metrics: [
    { name: "accuracy", type: "accuracy", part: "test half", network: 0.8, baseline: 0.43 },
    { name: "macro-F1", type: "f1", part: "test half", network: 0.1, baseline: 0.12 },
    { name: "log-loss", type: "log_loss", part: "test half", network: 0.61, baseline: null },
  ],
  baseline: "always normal",
  weaknesses: ["It is weak at `dos`: precision 0.40."],
  doubts: [],
  report: ["a report", "```", "with a fence"],
  commandLine: "streamflow train --dataset nsl-kdd --seed 1",
  interrupted: false,
};

const FORECAST: CardFacts = {
  ...CLASSIFIER,
  task: { kind: "forecast", target: "temperature", unit: "°C", horizon: 12, lookback: 6 },
  dataset: "sensors",
  metrics: [{ name: "MAE", type: "mae", part: "test part", network: 2, baseline: 1 }],
  interrupted: true,
};

function frontMatter(card: string): Record<string, unknown> {
  const found = /^---\n(.*?)\n---\n/s.exec(card);
  assert.ok(found !== null);
  return parse(found[1]!);
}

Deno.test("modelCard() begins with the hub's metadata", () => {
  const front = frontMatter(modelCard(CLASSIFIER));
  assert.deepEqual(Object.keys(front), [
    "license",
    "library_name",
    "pipeline_tag",
    "tags",
    "datasets",
    "metrics",
    "model-index",
  ]);
  assert.equal(front["pipeline_tag"], "tabular-classification");
  assert.deepEqual(front["metrics"], ["accuracy", "f1", "log_loss"]);
  assert.deepEqual(front["model-index"], [{
    name: "KDDTrain+-class",
    results: [{
      task: { type: "tabular-classification" },
      dataset: { name: "nsl-kdd", type: "nsl-kdd" },
      metrics: [
        { type: "accuracy", name: "accuracy, test half", value: 0.8 },
        { type: "f1", name: "macro-F1, test half", value: 0.1 },
        { type: "log_loss", name: "log-loss, test half", value: 0.61 },
      ],
    }],
  }]);
  assert.equal(frontMatter(modelCard(FORECAST))["pipeline_tag"], "time-series-forecasting");
});

Deno.test("modelCard() has purpose, limits, data, metrics with baseline, architecture, recipe and command", () => {
  const card = modelCard(CLASSIFIER);
  const wanted = [
    "Gives a record the probability of each of 2 classes: `normal`, `dos`.",
    "- The baseline is as good or better by macro-F1, test half.",
    "- Decision offsets are part of the probabilities",
    "- The offsets fit the shares of the classes in the validation half",
    "- It is weak at `dos`: precision 0.40.",
    "NSL-KDD is made from simulated traffic of 1998",
    `| training | \`KDDTrain+.txt\` | 125,973 | \`${"a".repeat(64)}\` |`,
    "| validation and test | `KDDTest+.txt` | 22,544 | none |",
    "- 3 categories: protocol\\_type, service, flag.",
    "The baseline: always normal.",
    "| accuracy | test half | 0.8 | 0.43 |",
    "| log-loss | test half | 0.61 |  |",
    "122 inputs, 10,018 parameters in 64-bit floating point.",
    "| 0 | dense, relu | 122 → 64 |",
    '| `hidden` | `[64,"dropout:0.2"]` |',
    "| `clip` | `null` |",
    "```sh\nstreamflow train --dataset nsl-kdd --seed 1\n```",
    "````text\na report\n```\nwith a fence\n````",
  ];
  for (const text of wanted) assert.ok(card.includes(text), `${text}\nis missing in\n${card}`);
  assert.ok(card.endsWith(".\n"));
});

Deno.test("modelCard() says of a forecaster what it forecasts, that it lost, and that it was stopped", () => {
  const card = modelCard(FORECAST);
  assert.ok(card.includes("Forecasts `temperature` (°C) 12 readings ahead, from the last 6 readings"));
  assert.ok(card.includes("- The baseline is as good or better by MAE, test part."));
  assert.ok(card.includes("Training was stopped on request"));
  assert.ok(!card.includes("NSL-KDD"));
});

Deno.test("modelCard() keeps its form whatever files, features and classes are called", () => {
  const hostile = 'x`|<script>\n---\n# y: "z" [a](b)';
  const card = modelCard({
    ...CLASSIFIER,
    name: hostile,
    file: hostile,
    dataset: hostile,
    split: hostile,
    preparation: [hostile],
    task: { kind: "classification", classes: [hostile, "b"], baseline: hostile, offsets: [0, 0] },
    data: [{ role: hostile, name: hostile, sha256: null, rows: 1 }],
    recipe: { [hostile]: hostile },
  });
  const front = frontMatter(card);
  assert.deepEqual(front["datasets"], [hostile]);
  const headings = (text: string) => text.split("\n").filter((line) => line.startsWith("#")).slice(1);
  assert.deepEqual(headings(card), headings(modelCard(CLASSIFIER)));
  assert.equal(card.match(/^---$/gm)!.length, 2);
  for (const line of card.split("\n").filter((line) => line.startsWith("| ") && line.includes("script"))) {
    const cells = line.replaceAll("\\|", "").split("|").length - 2;
    assert.ok(cells === 2 || cells === 4, line);
  }
});

Deno.test("modelCard() says first why the figures are to be doubted", () => {
  const text = modelCard({ ...FORECAST, doubts: ["TOO LITTLE TO JUDGE BY: 12 test forecasts."] });
  assert.match(text, /\n# .*\n\n> TOO LITTLE TO JUDGE BY: 12 test forecasts\.\n\n/);
});
