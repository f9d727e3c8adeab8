import assert from "node:assert/strict";
import { createNetwork, Random } from "../../nn/mod.ts";
import { readTrafficModel, writeTrafficModel } from "../../src/traffic/model/file.ts";
import { trafficReportHtml } from "../../src/traffic/report_html.ts";
import { histogram, lineChart } from "../../src/traffic/svg.ts";
import { storedEvaluation } from "../../src/traffic/train/stored.ts";
import { trafficMetadata } from "../support/traffic_model.ts";

const text = (value: number) => String(value);

Deno.test("trafficReportHtml() escapes names, needs nothing else, and leaves out what was not measured", () => {
  const metadata = { ...trafficMetadata(), name: '<img src=x onerror="a">' };
  const model = readTrafficModel(
    writeTrafficModel(createNetwork(metadata.architecture, new Random(1)), metadata),
  );
  const facts = {
    model,
    file: "<m>",
    evaluation: storedEvaluation(model),
    part: "a & b",
    latencyUs: [1, 2, 3],
  };
  const page = trafficReportHtml(facts);
  assert.doesNotMatch(page, /<img|<m>|<script|https?:|url\(/);
  assert.match(page, /&#60;img src=x onerror=&#34;a&#34;&#62;/);
  assert.match(page, /Not compared: <code>streamflow traffic train --compare-normalization/);
  assert.doesNotMatch(page, /end of a window to its forecast on the topic/);
  const live = trafficReportHtml({ ...facts, endToEndMs: [4, 5, 60] });
  assert.match(live, /end of a window to its forecast on the topic<\/th><td>5 ms<\/td>/);
});

Deno.test("lineChart() draws every value where it belongs, and leaves gaps", () => {
  const svg = lineChart({
    title: "t",
    lines: [{ values: [0, 10, NaN, 5, 0], look: "actual" }],
    labelOf: (place) => `p${place}`,
    format: text,
  });
  assert.match(svg, /d="M74,214L277.5,10M684.5,112L888,214"/);
  assert.deepEqual([...svg.matchAll(/class="y">(\d+)</g)].map(([, tick]) => tick), [
    "0",
    "2",
    "4",
    "6",
    "8",
    "10",
  ]);
  assert.match(svg, />p0<.*\n.*>p1</);
});

Deno.test("lineChart() has three ticks or more on a logarithmic axis, however long it is", () => {
  for (const values of [[1e-9, 1e3], [0.01, 4], [0.11, 0.12], [3, 3]]) {
    const svg = lineChart({
      title: "t",
      lines: [{ values, look: "actual" }],
      labelOf: text,
      format: text,
      logarithmic: true,
    });
    assert.ok(svg.match(/class="y"/g)!.length >= 3, svg);
    assert.doesNotMatch(svg, /NaN|Infinity/);
  }
});

Deno.test("lineChart() and histogram() survive nothing, one value and equal ones", () => {
  for (const values of [[], [5], [5, 5, 5], [NaN, Infinity]]) {
    const line = lineChart({
      title: "t",
      lines: [{ values, look: "a" }],
      labelOf: text,
      format: text,
      zero: true,
    });
    assert.doesNotMatch(line, /NaN|Infinity/);
  }
  const svg = histogram([5, 5, -9, 99], { title: "t", range: [0, 10], bins: 10, format: text });
  assert.equal(svg.match(/height="0"/g)!.length, 7);
  assert.doesNotMatch(histogram([], { title: "t", range: [0, 0], bins: 3, format: text }), /NaN|Infinity/);
});

Deno.test("labels below charts never touch each other, however long they are", () => {
  const labels = [
    "1",
    "12:00",
    "07-20 21:00:00",
    "−123,456,789.25 µs",
    "a label of more than forty characters in all",
  ];
  for (const label of labels) {
    for (const length of [2, 3, 7, 12, 500]) {
      const values = Array.from({ length }, (_, i) => i);
      for (
        const svg of [
          lineChart({ title: "t", lines: [{ values, look: "actual" }], labelOf: () => label, format: text }),
          histogram(values, { title: "t", range: [0, length], bins: 41, format: () => label }),
        ]
      ) {
        const places = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" class="x">/g)].map(([, x]) =>
          Number(x)
        );
        assert.ok(places.length > 0);
        // Digits of the page's font at 11 px are some 6 wide.
        places.slice(1).forEach((x, i) =>
          assert.ok(x - places[i]! > 6 * label.length, `${label}: ${places}`)
        );
      }
    }
  }
});
