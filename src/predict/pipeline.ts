/**
 * Records of one partition → predictions and dead letters. Pure: what comes out depends on the partition's log, the
 * model and the time that is given, and on nothing else.
 *
 * Every record ends as exactly one of: a prediction, a dead letter, a duplicate (counted).
 */
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";
import type { Classifier } from "../models/classifier.ts";
import type { Forecaster } from "../models/forecaster.ts";
import { bury, latencyOf, noOutputs, type Outputs } from "./outputs.ts";
import type { ReadingRejection } from "../records/readings/read.ts";
import { ReadingParser, rejectLate } from "./reading_parser.ts";
import { type Answer, PredictionPrinter, type Scored } from "../records/predictions/forecast_print.ts";
import type { AnsweredBy, Classification, Forecast, Prediction } from "../records/predictions/schema.ts";
import { PartitionSeries, rewindFrom, type SeriesLimits } from "./series.ts";
import type { Tally } from "./tally.ts";

/** The way of one partition's records, in the order of the log, each once. */
export interface RecordPipeline {
  /** Whether some record had all that the model needs. */
  readonly fits: boolean;
  /** Takes records that rebuild state and have no output. */
  replay(records: readonly IncomingRecord[]): void;
  /**
   * Takes records.
   *
   * @param options.tally receives the counts
   */
  take(records: readonly IncomingRecord[], options: { nowMs: number; tally: Tally }): Outputs;
  /** What {@linkcode RecordPipeline.take} would publish for the record, as values: bit for bit the same numbers. */
  answer(
    record: IncomingRecord,
    options: { nowMs: number; tally: Tally },
  ): PlainAnswer | ReadingRejection | null;
}

/** What is on `predictions` beside the reading, the model and the times; `null` in its place: the reading came before. */
export type PlainAnswer = (AnswerOf<Forecast> | AnswerOf<Classification>) & {
  /** Why the baseline answered, for people. */
  readonly why?: string;
};

type AnswerOf<P extends Prediction> = Omit<P, "input" | "model" | "predictedAt" | "latencyMs">;

/** A model that could take another's place. */
export type Replacement =
  | ({ readonly kind: "forecaster" } & Forecaster)
  | { readonly kind: "classifier"; readonly classifier: Classifier };

/** What makes a pipeline for each partition: all that a job has to know of a model. */
export interface PipelineMaker {
  /** The model's. */
  readonly name: string;
  /** Features without which a record has no answer. */
  readonly wanted: readonly string[];
  /** Where to begin to read, so that the state is whole at `offset`. */
  rewindFrom(offset: number): number;
  make(partition: TopicPartition): RecordPipeline;
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
    make: ({ topic, partition }) =>
      new PartitionPipeline({ topic, partition, forecaster: current, current: () => current, limits }),
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
  readonly limits?: SeriesLimits;
}

/** The state of one partition, and the way of a record through it. */
export class PartitionPipeline implements RecordPipeline {
  readonly topic: string;
  readonly partition: number;
  readonly #current: () => Forecaster;
  #forecaster: Forecaster;
  readonly #parser: ReadingParser;
  readonly #series: PartitionSeries;
  #printer: PredictionPrinter;

  constructor(
    { topic, partition, forecaster, current = () => forecaster, limits = {} }: PipelineOptions,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.#current = current;
    this.#forecaster = forecaster;
    this.#parser = new ReadingParser(forecaster.features.map(({ name }) => name));
    this.#series = new PartitionSeries(forecaster, limits);
    this.#printer = new PredictionPrinter(forecaster);
  }

  /** Sources known. */
  get sources(): number {
    return this.#series.sources;
  }

  get fits(): boolean {
    return this.#series.sources > 0;
  }

  replay(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      const reading = this.#parser.parse(record);
      if ("reason" in reading) continue;
      if (this.#series.enter(record.offset, reading, this.#parser.values) === "accepted") {
        this.#series.series.skipForecast();
      }
    }
  }

  take(
    records: readonly IncomingRecord[],
    { nowMs, tally }: { nowMs: number; tally: Tally },
  ): Outputs {
    const outputs = noOutputs();
    if (this.#current() !== this.#forecaster) this.#turnTo(this.#current());
    for (const record of records) {
      const answer = this.#decide(record, { nowMs, tally });
      if (answer === null) continue;
      if ("reason" in answer) {
        bury(record, { ...answer, from: this, taking: { nowMs, tally, outputs } });
        continue;
      }
      const value = this.#printer.print(answer, nowMs);
      outputs.predictions.push({ key: this.#series.series.key, value });
    }
    return outputs;
  }

  answer(record: IncomingRecord, options: { nowMs: number; tally: Tally }) {
    const answer = this.#decide(record, options);
    if (answer === null) return answer;
    if ("reason" in answer) {
      options.tally.deadLetters[answer.reason]++;
      return answer;
    }
    const { id, value, byNetwork, baseline, scored } = answer;
    const { target, horizon } = this.#forecaster;
    const by = answeredBy(byNetwork);
    const plain = { id, prediction: { target, horizon, value, by }, baseline, scored: plainOutcome(scored) };
    return byNetwork ? plain : { ...plain, why: this.#whyBaseline() };
  }

  /** Why the network has no forecast at the newest reading. */
  #whyBaseline(): string {
    const { source, held } = this.#series.series;
    const { reach } = this.#forecaster;
    const name = JSON.stringify(source);
    return held < reach
      ? `the model needs ${reach} readings of ${name} to look back at, and has ${held}`
      : `a reading of ${name} a season before is missing, or the network's numbers overflow`;
  }

  #turnTo(forecaster: Forecaster): void {
    this.#forecaster = forecaster;
    this.#series.turnTo(forecaster);
    this.#printer = new PredictionPrinter(forecaster);
  }

  /** What becomes of a record, and the counts of it; `null` for a duplicate. */
  #decide(
    record: IncomingRecord,
    { nowMs, tally }: { readonly nowMs: number; readonly tally: Tally },
  ): Answer | ReadingRejection | null {
    tally.read++;
    const reading = this.#parser.parse(record);
    if ("reason" in reading) return reading;
    const { id } = reading;
    const evicted = this.#series.evicted;
    const verdict = this.#series.enter(record.offset, reading, this.#parser.values);
    tally.sourcesEvicted += this.#series.evicted - evicted;
    if (verdict === "late") return rejectLate(reading);
    if (verdict === "duplicate") {
      tally.duplicates++;
      return null;
    }
    const { series } = this.#series;
    const scored = series.due();
    const forecast = series.forecast();
    const byNetwork = !Number.isNaN(forecast);
    const baseline = series.lastValue;
    const latencyMs = latencyOf(record, nowMs);
    if (byNetwork) tally.predictedByNetwork++;
    else tally.predictedByBaseline++;
    if (scored !== null) {
      tally.scored++;
      if (scored.byNetwork) tally.errors.add(scored);
    }
    tally.latency.add(latencyMs);
    const value = byNetwork ? forecast : baseline;
    return { id, input: record.value!, value, byNetwork, baseline, scored, latencyMs };
  }
}

/** Who answered, as records have it. */
export function answeredBy(byNetwork: boolean): AnsweredBy {
  return byNetwork ? "network" : "baseline";
}

function plainOutcome(scored: Scored | null): Forecast["scored"] {
  if (scored === null) return null;
  const { id, predicted, baseline, actual, byNetwork, references } = scored;
  const by = answeredBy(byNetwork);
  return { ...{ id, predicted, baseline, actual, by }, ...(references === null ? {} : { references }) };
}
