/**
 * TensorBoard's events as bytes: pure functions of the values and the wall time. Field numbers are those of
 * `event.proto`, `summary.proto` and `tensor.proto` in
 * https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto; the bytes are those of
 * TensorBoard's own writer.
 */
import { ProtobufWriter } from "../../../nn/files/protobuf.ts";
import { BUCKETS, histogramBuckets } from "./histogram.ts";

const DT_FLOAT = 1;
const DT_DOUBLE = 2;

/** One value under its tag: a field of a summary. */
export type SummaryValue = ProtobufWriter;

/** When an event happened. */
export interface Moment {
  /** Seconds since 1970. */
  readonly wallTimeSeconds: number;
  /** Trainings' own count: epochs or steps. */
  readonly step: number;
}

/** The first event of every file: which format it has, and who wrote it. */
export function encodeFileStart(wallTimeSeconds: number): Uint8Array<ArrayBuffer> {
  return new ProtobufWriter()
    .double(1, wallTimeSeconds)
    .text(3, "brain.Event:2")
    .message(10, new ProtobufWriter().text(1, "streamflow"))
    .finish();
}

/** An event with these values. */
export function encodeSummary(
  { wallTimeSeconds, step }: Moment,
  values: readonly SummaryValue[],
): Uint8Array<ArrayBuffer> {
  const summary = new ProtobufWriter();
  for (const value of values) summary.message(1, value);
  const event = new ProtobufWriter().double(1, wallTimeSeconds);
  if (step !== 0) event.integer(2, step);
  return event.message(5, summary).finish();
}

/** A number, rounded to 32 bits. */
export function scalarValue(tag: string, value: number): SummaryValue {
  const tensor = new ProtobufWriter().integer(1, DT_FLOAT).message(2, shape([])).floats(5, [value]);
  return summaryValue(tag, { tensor, plugin: pluginMetadata("scalars") });
}

/** How values are spread, in {@linkcode BUCKETS} buckets. */
export function histogramValue(tag: string, values: Float64Array): SummaryValue {
  const tensor = new ProtobufWriter()
    .integer(1, DT_DOUBLE)
    .message(2, shape([BUCKETS, 3]))
    .doubles(4, histogramBuckets(values));
  return summaryValue(tag, { tensor, plugin: pluginMetadata("histograms") });
}

/** No value, but something for a plugin. */
export function pluginValue(
  tag: string,
  { plugin, content }: { readonly plugin: string; readonly content: ProtobufWriter },
): SummaryValue {
  const nothing = new ProtobufWriter().integer(1, DT_FLOAT).message(2, shape([0]));
  return summaryValue(tag, { tensor: nothing, plugin: pluginMetadata(plugin, content) });
}

function summaryValue(
  tag: string,
  { tensor, plugin }: { readonly tensor: ProtobufWriter; readonly plugin: ProtobufWriter },
): SummaryValue {
  return new ProtobufWriter().text(1, tag).message(8, tensor).message(9, plugin);
}

function shape(sizes: readonly number[]): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const size of sizes) {
    writer.message(2, size === 0 ? new ProtobufWriter() : new ProtobufWriter().integer(1, size));
  }
  return writer;
}

function pluginMetadata(name: string, content?: ProtobufWriter): ProtobufWriter {
  const plugin = new ProtobufWriter().text(1, name);
  if (content !== undefined) plugin.message(2, content);
  return new ProtobufWriter().message(1, plugin);
}
