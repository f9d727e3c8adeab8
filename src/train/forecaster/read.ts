// Not pure: it reads a data set or a topic.
/** Training sets from data sets and from a topic's records. */
import type { Dataset, LabelledReading } from "../../datasets/mod.ts";
import { parseReading } from "../../records/readings/read.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Reading } from "../../records/readings/schema.ts";
import { TRAINING_READINGS_MAX } from "../limits.ts";
import { SeriesBuilder, type TrainingSet } from "./series.ts";

/** How far to read. */
export interface ReadOptions {
  /** Readings, or records of a topic, after which reading ends. @default no limit but the room's */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of readings so far. */
  readonly onProgress?: (readings: number) => void;
}

/**
 * Reads one pass of a data set.
 *
 * @throws {UserError} for a row that is no reading or has texts, for too many rows, and when the signal aborts.
 */
export async function readDataset(dataset: Dataset, options: ReadOptions = {}): Promise<TrainingSet> {
  const builder = new SeriesBuilder(dataset.features);
  const limit = options.limit ?? Infinity;
  let read = 0;
  for await (const batch of dataset.batches()) {
    if (read === 0 && batch[0] !== undefined) refuseTexts(batch[0], dataset.name);
    for (const reading of batch.slice(0, limit - read)) addLabelled(builder, reading);
    read += batch.length;
    checkPause(builder, options);
    if (read >= limit) break;
  }
  return builder.build(dataset.name, { sha256: read > limit ? null : dataset.sha256() });
}

function addLabelled(builder: SeriesBuilder, reading: LabelledReading): void {
  builder.add(reading, reading.event ?? false);
}

/** A chunk of a topic's records, as the Kafka port gives it. */
export interface ValueChunk {
  readonly records: readonly { readonly value: Uint8Array | null }[];
}

/** What to take from a topic. */
export interface TopicOptions extends ReadOptions {
  readonly topic: string;
  /** Features to learn from. @default those of the first reading */
  readonly features?: readonly string[] | undefined;
}

/**
 * Reads records as the pipeline would: what it would send to the dead letters is left out and counted.
 *
 * @throws {UserError} where no record is a reading, for too many readings, and when the signal aborts.
 */
export async function readTopic(
  chunks: AsyncIterable<ValueChunk>,
  options: TopicOptions,
): Promise<TrainingSet> {
  let names = options.features;
  let builder: SeriesBuilder | undefined;
  let values = new Float64Array(names?.length ?? 0);
  let [read, unusable] = [0, 0];
  let firstRejection = "";
  const take = (value: Uint8Array | null) => {
    const parsed = parseReading(value, names ?? [], values);
    if (parsed.reason !== null) {
      unusable++;
      firstRejection ||= `${parsed.reason}: ${parsed.detail}`;
      return;
    }
    names ??= featuresOf(parsed.reading, options.topic);
    if (values.length < names.length) values = new Float64Array(names.length);
    builder ??= new SeriesBuilder(names.map((name) => ({ name, unit: "" })));
    builder.add(parsed.reading);
  };
  const limit = options.limit ?? Infinity;
  for await (const { records } of chunks) {
    for (const { value } of records) if (read++ < limit) take(value);
    if (builder !== undefined) checkPause(builder, options);
    if (read >= limit) break;
  }
  if (builder === undefined) {
    throw new UserError(
      `Cannot train from topic ${options.topic}: none of its ${Math.min(read, limit)} records is a reading` +
        (firstRejection === "" ? "" : ` (${firstRejection})`),
      { hint: "fill it with: streamflow produce" },
    );
  }
  return builder.build(options.topic, { sha256: null, unusable });
}

function featuresOf(reading: Reading, topic: string): readonly string[] {
  const names = Object.keys(reading.features);
  refuseTexts(reading, `topic ${topic}`);
  if (names.length > 0) return names;
  throw new UserError(`Cannot train from topic ${topic}: reading ${reading.id} has no features`, {
    hint: "name them with --features A,B",
  });
}

/** All of its features are to be learned from, and a series has none but numbers. */
function refuseTexts({ id, features }: Reading, from: string): void {
  const text = Object.keys(features).find((name) => typeof features[name] === "string");
  if (text === undefined) return;
  throw new UserError(
    `Cannot make series of ${from}: ${text} of reading ${id} is ${JSON.stringify(features[text])}, ` +
      "and forecasts want numbers",
    {
      hint:
        "name features that are numbers with --features A,B; classifiers learn from files: --dataset nsl-kdd",
    },
  );
}

function checkPause(builder: SeriesBuilder, { signal, onProgress }: ReadOptions): void {
  onProgress?.(builder.readings);
  if (signal?.aborted) {
    throw new UserError("Reading was stopped before training began: there is no model to keep");
  }
  if (builder.readings > TRAINING_READINGS_MAX) {
    throw new UserError(`Cannot train on more than ${TRAINING_READINGS_MAX} readings at once`, {
      hint: "take fewer of them with --limit N, or --max-messages N from a topic",
    });
  }
}
