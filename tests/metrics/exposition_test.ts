/** Samples become the text that Prometheus reads. */
import assert from "node:assert/strict";
import { expose } from "../../src/metrics/exposition.ts";
import { type Metric, sample } from "../../src/metrics/metric.ts";
import { METRICS } from "../../src/metrics/table.ts";
import { checkWithPromtool, readScrape } from "../support/scrape.ts";

Deno.test("counters, gauges and histograms are exposed as Prometheus reads them", async () => {
  const counter: Metric = { name: "streamflow_x_total", help: "X.", type: "counter", labels: ["topic"] };
  const histogram: Metric = { name: "streamflow_y_seconds", help: "Y.", type: "histogram", labels: [] };
  const { text } = await expose([
    () => [{ metric: counter, labels: { topic: 'a"b' }, value: 3 }],
    () => [{
      metric: histogram,
      labels: {},
      value: { buckets: [{ atMost: 0.5, count: 1 }, { atMost: Infinity, count: 2 }], sum: 1.5, count: 2 },
    }],
  ]);
  assert.deepEqual(text.trim().split("\n").filter((line) => line !== ""), [
    "# HELP streamflow_x_total X.",
    "# TYPE streamflow_x_total counter",
    'streamflow_x_total{topic="a\\"b"} 3',
    "# HELP streamflow_y_seconds Y.",
    "# TYPE streamflow_y_seconds histogram",
    'streamflow_y_seconds_bucket{le="0.5"} 1',
    'streamflow_y_seconds_bucket{le="+Inf"} 2',
    "streamflow_y_seconds_sum 1.5",
    "streamflow_y_seconds_count 2",
  ]);
});

Deno.test("label values hold quotes, backslashes, line feeds and any letters", async () => {
  const values = ['say "hi"', "back\\slash", "two\nlines", "Zürich 東京 🚀", ""];
  const { text } = await expose([() => values.map((topic) => sample(METRICS.recordsSent, 1, { topic }))]);
  const escaped = ['say \\"hi\\"', "back\\\\slash", "two\\nlines", "Zürich 東京 🚀", ""];
  for (const value of escaped) {
    assert.ok(text.includes(`streamflow_records_sent_total{topic="${value}"} 1\n`), value);
  }
  await checkWithPromtool(readScrape(text));
});

Deno.test("a label that anybody can fill has a limit: counts beyond it are added up as other, gauges left out", async () => {
  const names = Array.from({ length: 5_000 }, (_, i) => `t${i}`);
  const { text } = await expose([
    () => names.map((topic) => sample(METRICS.recordsSent, 2, { topic })),
    () => names.map((topic) => sample(METRICS.topicOffset, 1, { topic, partition: "0" })),
  ]);
  const { values, sum } = readScrape(text);
  assert.equal(sum("streamflow_records_sent_total"), 10_000);
  assert.equal(values.get('streamflow_records_sent_total{topic="other"}'), 2 * 3_001);
  assert.equal(sum("kafka_topic_partition_current_offset"), 1_999);
  assert.equal(values.size, 2_000 + 1_999);
});

Deno.test("series that look the same are one: counts are added up, of gauges the first is kept", async () => {
  const names = ["a", "\ud800", "a", "\ud801"];
  const { text } = await expose([
    () => names.map((topic) => sample(METRICS.recordsSent, 2, { topic })),
    () => names.map((model, at) => sample(METRICS.observedMse, at, { model, by: "network" })),
    () =>
      Array.from(
        { length: 3_000 },
        (_, at) => sample(METRICS.deadLetters, 1, { reason: at === 0 ? "other" : `${at}` }),
      ),
  ]);
  const { values, sum } = readScrape(text);
  assert.equal(values.get('streamflow_records_sent_total{topic="a"}'), 4);
  assert.equal(values.get('streamflow_records_sent_total{topic="\ufffd"}'), 4);
  assert.equal(values.get('streamflow_observed_mse{model="a",by="network"}'), 0);
  assert.equal(sum("streamflow_dead_letters_total"), 3_000);
  const series = text.split("\n").filter((line) => /^\w/.test(line)).map((line) => line.replace(/ \S+$/, ""));
  assert.equal(new Set(series).size, series.length);
  await checkWithPromtool(values.size > 0 ? readScrape(text) : assert.fail());
});

Deno.test("OpenMetrics where it is accepted", async () => {
  const collect = () => [sample(METRICS.windows, 3), sample(METRICS.windowsOpen, 1)];
  const { text, type } = await expose(
    [collect],
    "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
  );
  assert.match(type, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.ok(text.includes("# TYPE streamflow_windows counter\nstreamflow_windows_total 3\n"), text);
  assert.ok(text.endsWith("\nstreamflow_windows_open 1\n# EOF\n"), text);
  assert.match((await expose([collect], "text/plain")).type, /^text\/plain; version=0\.0\.4/);
});
