/**
 * Records of one partition → predictions and dead letters. Pure: what comes out depends on the partition's log, the
 * model and the time that is given, and on nothing else.
 *
 * Every record ends as exactly one of: a prediction, a dead letter, a duplicate (counted).
 */
import type { Header, IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import type { DeadLetterReason } from "../stream/records.ts";
import { DEAD_LETTER_BYTES_MAX, DETAIL_CHARS_MAX } from "./limits.ts";
import type { Forecaster } from "./model.ts";
import { parseReading, type Rejection } from "./parse.ts";
import { PredictionPrinter } from "./print.ts";
import { ReadingScanner, type ScannedReading } from "./scan.ts";
import { PartitionSeries, type SeriesLimits } from "./series.ts";
import type { Tally } from "./tally.ts";

/** What comes out of a piece of a partition. */
export interface Outputs {
  readonly predictions: OutgoingRecord[];
  readonly deadLetters: OutgoingRecord[];
  /** Size of all keys, values and headers. */
  bytes: number;
}

/** How a partition's pipeline is set up. */
export interface PipelineOptions extends TopicPartition {
  readonly forecaster: Forecaster;
  /** Records below this offset rebuild state and have no output. @default 0 */
  readonly outputFrom?: number;
  readonly limits?: SeriesLimits;
}

const encoder = new TextEncoder();

/** The state of one partition, and the way of a record through it. */
export class PartitionPipeline {
  readonly topic: string;
  readonly partition: number;
  readonly outputFrom: number;
  readonly #forecaster: Forecaster;
  readonly #names: readonly string[];
  readonly #values: Float64Array;
  readonly #scanner: ReadingScanner;
  readonly #series: PartitionSeries;
  readonly #printer: PredictionPrinter;
  #position = 0;

  constructor({ topic, partition, forecaster, outputFrom = 0, limits = {} }: PipelineOptions) {
    this.topic = topic;
    this.partition = partition;
    this.outputFrom = outputFrom;
    this.#forecaster = forecaster;
    this.#names = forecaster.features.map(({ name }) => name);
    this.#values = new Float64Array(this.#names.length);
    this.#scanner = new ReadingScanner(this.#names);
    this.#series = new PartitionSeries(forecaster, limits);
    this.#printer = new PredictionPrinter(forecaster);
  }

  /** One past the last record that was taken: the state is the one that belongs to this offset. */
  get position(): number {
    return this.#position;
  }

  /** Sources known. */
  get sources(): number {
    return this.#series.sources;
  }

  /** Goes on to `offset` where the log holds nothing in between. */
  skipTo(offset: number): void {
    this.#position = Math.max(this.#position, offset);
  }

  /**
   * Takes records in the order of the log; those below {@linkcode PartitionPipeline.position} are passed over.
   *
   * @param tally receives the counts
   */
  take(
    records: readonly IncomingRecord[],
    { nowMs, tally }: { nowMs: number; tally: Tally },
  ): Outputs {
    const outputs: Outputs = { predictions: [], deadLetters: [], bytes: 0 };
    for (const record of records) {
      if (record.offset < this.#position) continue;
      this.#position = record.offset + 1;
      if (record.offset < this.outputFrom) {
        this.#replay(record);
        tally.replayed++;
      } else {
        const evicted = this.#series.evicted;
        this.#answer(record, { nowMs, tally, outputs });
        tally.sourcesEvicted += this.#series.evicted - evicted;
        tally.read++;
      }
    }
    return outputs;
  }

  /** The reading; its values are in `#values`. */
  #parse({ value }: IncomingRecord): ScannedReading | Rejection {
    const scanned = value === null ? null : this.#scanner.scan(value, this.#values);
    if (scanned !== null) return scanned;
    const parsed = parseReading(value, this.#names, this.#values);
    if (parsed.reason !== null) return parsed;
    const { reading: { id, source }, timestampMs } = parsed;
    return { id, source, timestampMs };
  }

  #replay(record: IncomingRecord): void {
    const reading = this.#parse(record);
    if ("reason" in reading) return;
    if (this.#series.enter(record.offset, reading, this.#values) === "accepted") {
      this.#series.series.skipForecast();
    }
  }

  #answer(
    record: IncomingRecord,
    { nowMs, tally, outputs }: { nowMs: number; tally: Tally; outputs: Outputs },
  ): void {
    const bury = (reason: DeadLetterReason, detail: string) => {
      const letter = deadLetter(record, { reason, detail, from: this, nowMs });
      tally.deadLetters[reason]++;
      outputs.deadLetters.push(letter);
      outputs.bytes += sizeOf(letter);
    };
    const reading = this.#parse(record);
    if ("reason" in reading) return bury(reading.reason, reading.detail);
    const { id, source, timestampMs } = reading;
    const verdict = this.#series.enter(record.offset, reading, this.#values);
    if (verdict === "late") {
      const timestamp = new Date(timestampMs).toISOString();
      return bury("late", `${timestamp} is before the newest reading of ${JSON.stringify(source)}`);
    }
    if (verdict === "duplicate") {
      tally.duplicates++;
      return;
    }
    const { series } = this.#series;
    const scored = series.due();
    const forecast = series.forecast();
    const byNetwork = !Number.isNaN(forecast);
    const baseline = series.lastValue;
    const latencyMs = Math.max(0, nowMs - record.timestampMs);
    const answer = {
      id,
      input: record.value!,
      value: byNetwork ? forecast : baseline,
      byNetwork,
      baseline,
      scored,
      latencyMs,
    };
    const value = this.#printer.print(answer, nowMs);
    outputs.predictions.push({ key: series.key, value });
    outputs.bytes += series.key.length + value.length;
    if (byNetwork) tally.predictedByNetwork++;
    else tally.predictedByBaseline++;
    if (scored !== null) tally.scored++;
    tally.latency.add(latencyMs);
  }
}

function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + sizeOfHeaders(headers);
}

function sizeOfHeaders(headers: readonly Header[]): number {
  return headers.reduce((sum, { key, value }) => sum + key.length + value.length + 4, 0);
}

/**
 * The record as it came, with its own headers and those that say why it is here. Where that would be larger than
 * {@linkcode DEAD_LETTER_BYTES_MAX}, its value is cut and `streamflow.truncated` names the size that it had.
 */
function deadLetter(
  record: IncomingRecord,
  { reason, detail, from: { topic, partition }, nowMs }: {
    reason: DeadLetterReason;
    detail: string;
    from: TopicPartition;
    nowMs: number;
  },
): OutgoingRecord {
  const header = (key: string, text: string): Header => ({ key, value: encoder.encode(text) });
  const headers = [
    ...record.headers,
    header("streamflow.reason", reason),
    header("streamflow.detail", detail.slice(0, DETAIL_CHARS_MAX)),
    header("streamflow.topic", topic),
    header("streamflow.partition", String(partition)),
    header("streamflow.offset", String(record.offset)),
    header("streamflow.time", new Date(nowMs).toISOString()),
  ];
  const { key, value } = record;
  const room = Math.max(0, DEAD_LETTER_BYTES_MAX - (key?.length ?? 0) - sizeOfHeaders(headers));
  if (value === null || value.length <= room) return { key, value, headers };
  headers.push(header("streamflow.truncated", String(value.length)));
  return { key, value: value.subarray(0, room), headers };
}
