/**
 * Records of one partition → classifications and dead letters. Pure, and without memory: a record's answer depends on
 * the record, the model and the time that is given, and on nothing else.
 *
 * Every record ends as exactly one of: a prediction, a dead letter.
 */
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";
import { type ClassAnswer, ClassificationPrinter } from "../records/predictions/classification_print.ts";
import type { Classifier } from "../models/classifier.ts";
import { undecodableBurial } from "../records/dead_letters/print.ts";
import { bury, latencyOf, noOutputs, type Outputs } from "./outputs.ts";
import {
  parseJsonReading,
  type ReadingRejection,
  rejectMissing,
  rejectType,
} from "../records/readings/read.ts";
import { answeredBy, type PipelineMaker, type RecordPipeline, type Replacement } from "./pipeline.ts";
import { ReadingScanner, type ScannedReading } from "../records/readings/scan.ts";
import type { Tally } from "./tally.ts";

const encoder = new TextEncoder();

/** Pipelines that classify. */
export function classificationPipelines(classifier: Classifier): PipelineMaker {
  let current = classifier;
  return {
    name: classifier.name,
    wanted: classifier.columns.map(({ name }) => name),
    rewindFrom: (offset) => offset,
    make: ({ topic, partition }) =>
      new ClassificationPipeline({ topic, partition, classifier: current, current: () => current }),
    swap: (model) => {
      const misfit = misfitOf(model, current);
      if (misfit === null) current = (model as { readonly classifier: Classifier }).classifier;
      return misfit;
    },
  };
}

/** Why a model cannot take the place of one that classifies. */
function misfitOf(model: Replacement, running: Classifier): string | null {
  if (model.kind !== "classifier") return "it forecasts, and the running one classifies";
  const { classifier: { target, columns } } = model;
  if (target !== running.target) return `it predicts the ${target}, the running one the ${running.target}`;
  const describe = (all: Classifier["columns"]) => all.map(({ name, kind }) => `${name} (${kind})`);
  const [its, ours] = [describe(columns), describe(running.columns)];
  const at = Array.from({ length: Math.max(its.length, ours.length) }).findIndex((_, i) =>
    its[i] !== ours[i]
  );
  if (at < 0) return null;
  return `its feature ${at + 1} is ${its[at] ?? "none"}, that of the running one ${ours[at] ?? "none"}`;
}

/** What a pipeline needs of a classifier, made once. */
interface Desk {
  readonly classifier: Classifier;
  /** By category: its texts' places. */
  readonly places: readonly (ReadonlyMap<string, number> | null)[];
  readonly scanner: ReadingScanner;
  readonly printer: ClassificationPrinter;
}

function deskOf(classifier: Classifier): Desk {
  const { columns } = classifier;
  return {
    classifier,
    places: columns.map((column) =>
      column.kind === "number" ? null : new Map(column.values.map((text, place) => [text, place]))
    ),
    scanner: new ReadingScanner(
      columns.map((column) => ({
        name: column.name,
        texts: column.kind === "number" ? null : column.values,
      })),
    ),
    printer: new ClassificationPrinter(classifier),
  };
}

/** The way of a partition's records through a classifier. */
export class ClassificationPipeline implements RecordPipeline {
  readonly topic: string;
  readonly partition: number;
  readonly #current: () => Classifier;
  #desk: Desk;
  readonly #values: Float64Array;
  /** Bytes of the last source, which the next record often has too. */
  #source = "";
  #key: Uint8Array = new Uint8Array(0);
  #fits = false;

  /** @param options.current the model that answers now, asked before each piece; else always `classifier` */
  constructor(
    { topic, partition, classifier, current = () => classifier }: TopicPartition & {
      readonly classifier: Classifier;
      readonly current?: () => Classifier;
    },
  ) {
    this.topic = topic;
    this.partition = partition;
    this.#current = current;
    this.#desk = deskOf(classifier);
    this.#values = new Float64Array(classifier.columns.length);
  }

  get fits(): boolean {
    return this.#fits;
  }

  replay(): void {} // without memory

  take(
    records: readonly IncomingRecord[],
    { nowMs, tally }: { nowMs: number; tally: Tally },
  ): Outputs {
    const outputs = noOutputs();
    if (this.#current() !== this.#desk.classifier) this.#desk = deskOf(this.#current());
    for (const record of records) {
      const answer = this.#decide(record, { nowMs, tally });
      if ("reason" in answer) {
        bury(record, { ...answer, from: this, taking: { nowMs, tally, outputs } });
        continue;
      }
      const value = this.#desk.printer.print(answer, nowMs);
      outputs.predictions.push({ key: this.#key, value });
    }
    return outputs;
  }

  answer(record: IncomingRecord, options: { nowMs: number; tally: Tally }) {
    const answer = this.#decide(record, options);
    if ("reason" in answer) {
      options.tally.deadLetters[answer.reason]++;
      return answer;
    }
    const { id, place, label } = answer;
    const { target, classes, probabilities, byNetwork, baseline } = this.#desk.classifier;
    const by = answeredBy(byNetwork), predicted = classes[place]!;
    const ofClasses = Object.fromEntries(classes.map((name, k) => [name, probabilities[k]!]));
    const plain = {
      ...{ id, prediction: { target, class: predicted, probabilities: ofClasses, by }, baseline },
      scored: label === null ? null : { id, predicted, baseline, actual: label, by },
    };
    return byNetwork ? plain : { ...plain, why: "the network's numbers overflow" };
  }

  /** The reading; its values are in `#values`. */
  #parse(record: IncomingRecord): ScannedReading | ReadingRejection {
    const undecodable = undecodableBurial(record);
    if (undecodable !== null) return undecodable;
    const { value } = record;
    const scanned = value === null ? null : this.#desk.scanner.scan(value, this.#values);
    if (scanned !== null) return scanned;
    const parsed = parseJsonReading(value);
    if (parsed.reason !== null) return parsed;
    const { reading: { id, source, features, label = null }, timestampMs } = parsed;
    const { places: allPlaces, classifier: { columns } } = this.#desk;
    for (let c = 0; c < columns.length; c++) {
      const { name } = columns[c]!;
      if (!Object.hasOwn(features, name)) return rejectMissing(name);
      const found = features[name]!, places = allPlaces[c]!;
      if (places === null) {
        if (typeof found !== "number") return rejectType(name, found, "not-a-number");
        this.#values[c] = found;
      } else {
        if (typeof found !== "string") return rejectType(name, found, "not-a-text");
        this.#values[c] = places.get(found) ?? -1;
      }
    }
    return { id, source, timestampMs, label };
  }

  /** What becomes of a record, and the counts of it; the probabilities are the classifier's then. */
  #decide(
    record: IncomingRecord,
    { nowMs, tally }: { readonly nowMs: number; readonly tally: Tally },
  ): ClassAnswer | ReadingRejection {
    tally.read++;
    const reading = this.#parse(record);
    if ("reason" in reading) return reading;
    this.#fits = true;
    const { id, source, label } = reading;
    const { classifier } = this.#desk;
    const place = classifier.classify(this.#values);
    const latencyMs = latencyOf(record, nowMs);
    if (source !== this.#source) {
      this.#source = source;
      this.#key = encoder.encode(source);
    }
    if (classifier.byNetwork) tally.predictedByNetwork++;
    else tally.predictedByBaseline++;
    tally.unseenValues += classifier.unseen;
    if (label !== null) {
      tally.scored++;
      tally.labelled++;
      if (classifier.classes[place] === label) tally.right++;
      else if (!classifier.classes.includes(label)) tally.unknownLabels++;
      if (classifier.baseline === label) tally.rightByBaseline++;
    }
    tally.latency.add(latencyMs);
    return { id, input: record.value!, place, label, latencyMs };
  }
}
