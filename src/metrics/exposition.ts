// Not pure: the library's registry answers later.
/** Samples as text that Prometheus reads. */
import type { Registry as LibraryRegistry } from "@prometheus-io/client";
// The registry alone: the whole package opens a channel between threads as soon as it is loaded.
import Registry from "@prometheus-io/client/registry";
import { SERIES_MAX } from "./limits.ts";
import type { Collect, Sample } from "./metric.ts";

const LibraryRegistryClass = Registry as unknown as typeof LibraryRegistry;

/**
 * The text of everything that is collected, and its media type: OpenMetrics where it is accepted, as Prometheus does,
 * else Prometheus' own.
 *
 * @param accept the request's Accept header
 */
export async function expose(
  collectors: readonly Collect[],
  accept = "",
): Promise<{ readonly text: string; readonly type: string }> {
  const isOpen = /\bapplication\/openmetrics-text\b/.test(accept);
  const { OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE } = LibraryRegistryClass;
  const registry = new LibraryRegistryClass(isOpen ? OPENMETRICS_CONTENT_TYPE : PROMETHEUS_CONTENT_TYPE);
  const families = Map.groupBy(collectors.flatMap((collect) => collect()), ({ metric: { name } }) => name);
  for (const [name, samples] of families) {
    const { help, type } = samples[0]!.metric;
    // In OpenMetrics a counter has the name without `_total`; the library puts it behind each sample's.
    const family = isOpen && type === "counter" ? name.replace(/_total$/, "") : name;
    const values = distinct(bounded(samples)).flatMap(valuesOf);
    registry.registerMetric({
      name: family,
      type,
      get: () => Promise.resolve({ name: family, help, type, aggregator: "sum", values }),
    } as never);
  }
  return { text: await registry.metrics(), type: registry.contentType };
}

/** At most {@linkcode SERIES_MAX}: of counts the rest is added up as `other`, of anything else it is left out. */
function bounded(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= SERIES_MAX) return samples;
  const kept = samples.slice(0, SERIES_MAX - 1), rest = samples.slice(SERIES_MAX - 1);
  const { metric } = samples[0]!;
  if (metric.type !== "counter") return kept;
  const labels = Object.fromEntries(metric.labels.map((label) => [label, "other"]));
  return [...kept, { metric, labels, value: rest.reduce((sum, { value }) => sum + Number(value), 0) }];
}

/**
 * Each series once: names of others may be the same when they are shown, and Prometheus takes no series twice. Counts are
 * added up, of anything else the first one is kept.
 */
function distinct(samples: readonly Sample[]): readonly Sample[] {
  const found = new Map<string, Sample>();
  for (const { metric, labels: given, value } of samples) {
    const labels = Object.fromEntries(metric.labels.map((label) => [label, given[label]!.toWellFormed()]));
    const key = JSON.stringify(labels);
    const before = found.get(key);
    if (before === undefined) found.set(key, { metric, labels, value });
    else if (metric.type === "counter") {
      found.set(key, { metric, labels, value: Number(before.value) + Number(value) });
    }
  }
  return [...found.values()];
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
