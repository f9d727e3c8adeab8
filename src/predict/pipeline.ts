/**
 * Records of one partition → predictions and dead letters. Pure: what comes out depends on the partition's log, the
 * model and the time that is given, and on nothing else.
 *
 * Every record ends as exactly one of: a prediction, a dead letter, a duplicate (counted).
 */
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";
import type { Classifier } from "../models/classifier.ts";
import type { Forecaster } from "../models/forecaster.ts";
import { offsetBehind, undecodableBurial } from "../records/dead_letters/print.ts";
import { bury, latencyOf, noOutputs, type Outputs, type Taking } from "./outputs.ts";
import { parseReading, type ReadingRejection } from "../records/readings/read.ts";
import { PredictionPrinter } from "../records/predictions/forecast_print.ts";
import { ReadingScanner, type ScannedReading } from "../records/readings/scan.ts";
import { PartitionSeries, rewindFrom, type SeriesLimits } from "./series.ts";
import type { Tally } from "./tally.ts";

/** The way of one partition's records, in the order of the log. */
export interface RecordPipeline {
  /** Records below this offset rebuild state and have no output. */
  readonly outputFrom: number;
  /** One past the last record that was taken: the state is the one that belongs to this offset. */
  readonly position: number;
  /** Whether some record had all that the model needs. */
  readonly fits: boolean;
  /** Goes on to `offset` where the log holds nothing in between. */
  skipTo(offset: number): void;
  /**
   * Takes records in the order of the log; those below {@linkcode RecordPipeline.position} are passed over.
   *
   * @param options.tally receives the counts
   */
  take(records: readonly IncomingRecord[], options: { nowMs: number; tally: Tally }): Outputs;
}

/** A model that could take another's place. */
export type Replacement =
  | ({ readonly kind: "forecaster" } & Forecaster)
  | { readonly kind: "classifier"; readonly classifier: Classifier };

/** What makes a pipeline for each partition: all that the worker has to know of a model. */
export interface PipelineMaker {
  /** The model's. */
  readonly name: string;
  /** Features without which a record has no answer. */
  readonly wanted: readonly string[];
  /** Where to begin to read, so that the state is whole at `offset`. */
  rewindFrom(offset: number): number;
  /** @param options.outputFrom see {@linkcode RecordPipeline} */
  make(options: TopicPartition & { readonly outputFrom: number }): RecordPipeline;
  /**
   * Another model answers from the next piece on, in every pipeline that was made and will be. What a pipeline knows of
   * its sources stays: it is the log's, not the model's.
   *
   * @returns why it cannot take the place of the one before; `null` where it did
   */
  swap(model: Replacement): string | null;
}

/** Pipelines that forecast. */
export function forecastPipelines(forecaster: Forecaster, limits: SeriesLimits = {}): PipelineMaker {
  let current = forecaster;
  return {
    name: forecaster.name,
    wanted: forecaster.features.map(({ name }) => name),
    rewindFrom: (offset) => rewindFrom(offset, limits),
    make: (options) =>
      new PartitionPipeline({ ...options, forecaster: current, current: () => current, limits }),
    swap: (model) => {
      const misfit = misfitOf(model, current);
      if (misfit === null) current = model as Forecaster;
      return misfit;
    },
  };
}

/** Why a model cannot take the place of one that forecasts. */
function misfitOf(model: Replacement, running: Forecaster): string | null {
  if (model.kind !== "forecaster") return "it classifies, and the running one forecasts";
  const taskOf = ({ target, horizon }: Forecaster) => `${target} ${horizon} readings ahead`;
  if (taskOf(model) !== taskOf(running)) {
    return `it forecasts ${taskOf(model)}, the running one ${taskOf(running)}`;
  }
  const featuresOf = ({ features }: Forecaster) => features.map(({ name }) => name).join(", ");
  if (featuresOf(model) === featuresOf(running)) return null;
  return `it is for the features ${featuresOf(model)}, the running one for ${featuresOf(running)}`;
}

/** How a partition's pipeline is set up. */
export interface PipelineOptions extends TopicPartition {
  readonly forecaster: Forecaster;
  /** The model that answers now, asked before each piece. @default always `forecaster` */
  readonly current?: () => Forecaster;
  /** Records below this offset rebuild state and have no output. @default 0 */
  readonly outputFrom?: number;
  readonly limits?: SeriesLimits;
}

/** The state of one partition, and the way of a record through it. */
export class PartitionPipeline implements RecordPipeline {
  readonly topic: string;
  readonly partition: number;
  readonly outputFrom: number;
  readonly #current: () => Forecaster;
  #forecaster: Forecaster;
  readonly #names: readonly string[];
  readonly #values: Float64Array;
  readonly #scanner: ReadingScanner;
  readonly #series: PartitionSeries;
  #printer: PredictionPrinter;
  #position = 0;

  constructor(
    { topic, partition, forecaster, current = () => forecaster, outputFrom = 0, limits = {} }:
      PipelineOptions,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.outputFrom = outputFrom;
    this.#current = current;
    this.#forecaster = forecaster;
    this.#names = forecaster.features.map(({ name }) => name);
    this.#values = new Float64Array(this.#names.length);
    this.#scanner = new ReadingScanner(this.#names.map((name) => ({ name, texts: null })));
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

  get fits(): boolean {
    return this.#series.sources > 0;
  }

  skipTo(offset: number): void {
    this.#position = Math.max(this.#position, offset);
  }

  take(
    records: readonly IncomingRecord[],
    { nowMs, tally }: { nowMs: number; tally: Tally },
  ): Outputs {
    const outputs = noOutputs();
    if (this.#current() !== this.#forecaster) this.#turnTo(this.#current());
    for (const record of records) {
      const behind = offsetBehind(record);
      if (behind <= this.#position) continue;
      this.#position = behind;
      if (behind <= this.outputFrom) {
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

  #turnTo(forecaster: Forecaster): void {
    this.#forecaster = forecaster;
    this.#series.turnTo(forecaster);
    this.#printer = new PredictionPrinter(forecaster);
  }

  /** The reading; its values are in `#values`. */
  #parse(record: IncomingRecord): ScannedReading | ReadingRejection {
    const undecodable = undecodableBurial(record);
    if (undecodable !== null) return undecodable;
    const { value } = record;
    const scanned = value === null ? null : this.#scanner.scan(value, this.#values);
    if (scanned !== null) return scanned;
    const parsed = parseReading(value, this.#names, this.#values);
    if (parsed.reason !== null) return parsed;
    const { reading: { id, source, label = null }, timestampMs } = parsed;
    return { id, source, timestampMs, label };
  }

  #replay(record: IncomingRecord): void {
    const reading = this.#parse(record);
    if ("reason" in reading) return;
    if (this.#series.enter(record.offset, reading, this.#values) === "accepted") {
      this.#series.series.skipForecast();
    }
  }

  #answer(record: IncomingRecord, taking: Taking): void {
    const { nowMs, tally, outputs } = taking;
    const reading = this.#parse(record);
    if ("reason" in reading) return bury(record, { ...reading, from: this, taking });
    const { id, source, timestampMs } = reading;
    const verdict = this.#series.enter(record.offset, reading, this.#values);
    if (verdict === "late") {
      const timestamp = new Date(timestampMs).toISOString();
      const detail = `${timestamp} is before the newest reading of ${JSON.stringify(source)}`;
      return bury(record, { reason: "late", detail, from: this, taking });
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
    const latencyMs = latencyOf(record, nowMs);
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
