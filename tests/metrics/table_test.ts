/** Every metric is named as Prometheus wants it, and a sample has its labels and no others. */
import assert from "node:assert/strict";
import { type Metric, sample } from "../../src/metrics/metric.ts";
import { METRICS } from "../../src/metrics/table.ts";

Deno.test("names are in base units, end as their type asks, and are there once", () => {
  const all: readonly Metric[] = Object.values(METRICS);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { name, help, type, labels } of all) {
    assert.match(name, /^(streamflow|process|kafka)_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", `${name}: a ${type}`);
    assert.match(help, /^\p{Lu}.*[.:)]$/u, name);
    assert.equal(new Set(labels).size, labels.length, name);
    assert.ok(labels.every((label) => /^[a-z_]+$/.test(label) && label !== "le"), name);
  }
});

Deno.test("a sample with a label that is missing or another's does not compile", () => {
  assert.deepEqual(sample(METRICS.windowsOpen, 3), { metric: METRICS.windowsOpen, labels: {}, value: 3 });
  assert.deepEqual(sample(METRICS.recordsRead, 3, { topic: "t", group: "g" }).labels, {
    topic: "t",
    group: "g",
  });
  // @ts-expect-error the group is missing
  sample(METRICS.recordsRead, 3, { topic: "t" });
  // @ts-expect-error all labels are missing
  sample(METRICS.recordsRead, 3);
  // @ts-expect-error a label that is another metric's
  sample(METRICS.recordsSent, 3, { topic: "t", group: "g" });
  // @ts-expect-error it has no labels
  sample(METRICS.windowsOpen, 3, { topic: "t" });
  // @ts-expect-error a histogram is not a number
  sample(METRICS.latency, 3);
});
