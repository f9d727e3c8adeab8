/** Readings → predictions: what is done with one partition, and the counts of all. */
import type { IncomingRecord, OutgoingRecord, TopicPartition } from "../kafka/port.ts";
import type { Emit, Job, JobMaker } from "../jobs/job.ts";
import { UserError } from "../runtime/errors.ts";
import { MISFIT_RECORDS_MIN } from "./limits.ts";
import type { Outputs } from "./outputs.ts";
import type { PipelineMaker, RecordPipeline } from "./pipeline.ts";
import { Tally } from "./tally.ts";

/** Names that a message lists, before it counts them. */
const NAMES_LISTED_MAX = 8;

/** Makes the jobs of partitions. */
export class PredictionJobs implements JobMaker {
  /** Counts so far. */
  readonly tally: Tally;
  readonly #options: {
    readonly pipelines: PipelineMaker;
    readonly output: string;
    readonly deadLetter: string;
  };
  #fits = false;

  /** @param options.output topic for predictions; `tally` receives the counts */
  constructor(options: {
    readonly pipelines: PipelineMaker;
    readonly output: string;
    readonly deadLetter: string;
    readonly tally?: Tally;
  }) {
    this.#options = options;
    this.tally = options.tally ?? new Tally();
  }

  /** Where to begin to read, so that the state is whole at `offset`. */
  rewindFrom(offset: number): number {
    return this.#options.pipelines.rewindFrom(offset);
  }

  make({ topic, partition }: TopicPartition): Job {
    const pipeline = this.#options.pipelines.make({ topic, partition });
    return {
      replay: (records) => pipeline.replay(records),
      take: (records, emit, { nowMs }) => this.#take(records, { topic, pipeline, emit, nowMs }),
    };
  }

  #take(
    records: readonly IncomingRecord[],
    { topic, pipeline, emit, nowMs }: {
      readonly topic: string;
      readonly pipeline: RecordPipeline;
      readonly emit: Emit;
      readonly nowMs: number;
    },
  ): void {
    const outputs = pipeline.take(records, { nowMs, tally: this.tally });
    this.#checkFit(outputs, { topic, fits: pipeline.fits });
    const { output, deadLetter } = this.#options;
    for (const record of outputs.predictions) emit(output, record);
    for (const record of outputs.deadLetters) emit(deadLetter, record);
  }

  /** A model for other features would turn the whole topic into dead letters: say so instead. */
  #checkFit({ deadLetters }: Outputs, { topic, fits }: { topic: string; fits: boolean }): void {
    if (this.#fits) return;
    const misfits = this.tally.deadLetters["missing-feature"];
    if (fits) this.#fits = true;
    else if (misfits >= MISFIT_RECORDS_MIN) {
      const { name, wanted } = this.#options.pipelines;
      const letter = deadLetters.findLast((found) => textOf(found, "reason") === "missing-feature");
      const found = letter === undefined
        ? ""
        : `, the last at offset ${textOf(letter, "offset")}: ${textOf(letter, "detail")}`;
      throw new UserError(
        `the model ${name} does not fit the topic ${topic}: it needs ${
          listed(wanted)
        }, and each of the first ` +
          `${misfits} readings lacks one${found}`,
        {
          hint: `name another topic with --input, or another model with --model; ` +
            `'streamflow train --from-topic ${topic}' makes one that forecasts`,
        },
      );
    }
  }
}

/** A header of ours on a dead letter. */
function textOf({ headers = [] }: OutgoingRecord, name: string): string {
  return new TextDecoder().decode(headers.findLast(({ key }) => key === `streamflow.${name}`)?.value);
}

/** Names of features; of many the first ones and their number. */
function listed(names: readonly string[]): string {
  return names.length <= NAMES_LISTED_MAX
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")}, … (${names.length} features)`;
}
