/** Samples become the text that Prometheus reads. */
import assert from "node:assert/strict";
import { expose } from "../../src/metrics/exposition.ts";
import type { Metric } from "../../src/metrics/metric.ts";

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
