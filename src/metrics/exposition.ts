// Not pure: the library's registry answers later.
/** Samples as text that Prometheus reads. */
import type { Registry as LibraryRegistry } from "@prometheus-io/client";
// The registry alone: the whole package opens a channel between threads as soon as it is loaded.
import Registry from "@prometheus-io/client/registry";
import type { Collect, Sample } from "./metric.ts";

/** The text of everything that is collected, and its media type. */
export async function expose(
  collectors: readonly Collect[],
): Promise<{ readonly text: string; readonly type: string }> {
  const registry = new (Registry as unknown as typeof LibraryRegistry)();
  const families = new Map<string, Sample[]>();
  for (const sample of collectors.flatMap((collect) => collect())) {
    const family = families.get(sample.metric.name);
    if (family === undefined) families.set(sample.metric.name, [sample]);
    else family.push(sample);
  }
  for (const [name, samples] of families) {
    const { help, type } = samples[0]!.metric;
    const family = { name, help, type, aggregator: "sum", values: samples.flatMap(valuesOf) };
    registry.registerMetric({ name, get: () => Promise.resolve(family) } as never);
  }
  return { text: await registry.metrics(), type: registry.contentType };
}

function valuesOf({ metric: { name }, labels, value }: Sample) {
  if (typeof value === "number") return [{ labels, value }];
  return [
    ...value.buckets.map(({ atMost, count }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: atMost === Infinity ? "+Inf" : String(atMost) },
      value: count,
    })),
    { metricName: `${name}_sum`, labels, value: value.sum },
    { metricName: `${name}_count`, labels, value: value.count },
  ];
}
