/** Definitions of metrics, a function for each type. */
import type { Metric } from "./metric.ts";

/** Makes the definitions of a type. */
function defineType<const T extends Metric["type"]>(type: T) {
  return <const L extends readonly string[]>(name: string, help: string, ...labels: L) => (
    { name, help, type, labels }
  );
}
/** Defines a counter: name, help, labels. */
export const counter = defineType("counter");
/** Defines a gauge: name, help, labels. */
export const gauge = defineType("gauge");
/** Defines a histogram: name, help, labels. */
export const histogram = defineType("histogram");
/** Defines a summary: name, help, labels. */
export const summary = defineType("summary");
