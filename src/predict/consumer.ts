// Not pure: it runs jobs on a cluster.
/** Predictions on a cluster: the jobs of the readings' partitions, run until they are asked to end. */
import { rewind } from "../jobs/restore/log.ts";
import { type JobsRun, type JobsState, runJobs } from "../jobs/run.ts";
import type { ReadingReason } from "../records/readings/read.ts";
import { PredictionJobs } from "./jobs.ts";
import type { PipelineMaker } from "./pipeline.ts";
import { type LatencyQuantiles, Tally } from "./tally.ts";

/** What a consumer is made of. */
export interface ConsumerOptions extends JobsRun {
  /** What answers. */
  readonly pipelines: PipelineMaker;
  readonly output: string;
  readonly deadLetter: string;
  /** Receives the counts. @default one of its own */
  readonly tally?: Tally;
  readonly onProgress?: (progress: ConsumerProgress) => void;
  /** @default 1000 */
  readonly progressIntervalMs?: number;
}

/** Where a consumer is. */
export interface ConsumerProgress {
  /** Records that ended as a prediction, a dead letter or a duplicate. */
  readonly read: number;
  readonly predicted: number;
  readonly byNetwork: number;
  readonly byBaseline: number;
  /** Forecasts that came due and were scored. */
  readonly scored: number;
  readonly deadLettered: number;
  /** Dead letters by reason, those that occurred. */
  readonly deadLetters: Readonly<Partial<Record<ReadingReason, number>>>;
  readonly duplicates: number;
  /** Records read again to rebuild state. */
  readonly replayed: number;
  /** Texts that the training data of the model did not have. */
  readonly unseenValues: number;
  /** Classified records with a true class, and how many of them were classified rightly. */
  readonly labelled: number;
  readonly right: number;
  /** Those of them whose true class is none of the model's: never right. */
  readonly unknownLabels: number;
  /** Sources evicted because there were too many. */
  readonly sourcesEvicted: number;
  /** Records not committed yet, by `topic/partition`, of the partitions assigned now (at the end: those held last). */
  readonly lag: Readonly<Record<string, number>>;
  /** From the sending of a reading to its prediction. */
  readonly latencyMs: LatencyQuantiles;
}

function progressOf(tally: Tally, { replayed, lag }: JobsState): ConsumerProgress {
  return {
    read: tally.read,
    predicted: tally.predicted,
    byNetwork: tally.predictedByNetwork,
    byBaseline: tally.predictedByBaseline,
    scored: tally.scored,
    deadLettered: tally.deadLettered,
    deadLetters: Object.fromEntries(Object.entries(tally.deadLetters).filter(([, count]) => count > 0)),
    duplicates: tally.duplicates,
    replayed,
    unseenValues: tally.unseenValues,
    labelled: tally.labelled,
    right: tally.right,
    unknownLabels: tally.unknownLabels,
    sourcesEvicted: tally.sourcesEvicted,
    lag,
    latencyMs: tally.latency.quantiles(),
  };
}

/**
 * Predicts what comes in on the input topic until the signal aborts, the limit is reached or it has been idle long
 * enough. Everything that was read and acknowledged is committed when it returns.
 *
 * @throws KafkaError of the cluster, UserError when the model does not fit the topic.
 */
export async function runConsumer(
  { pipelines, tally = new Tally(), onProgress, progressIntervalMs, ...options }: ConsumerOptions,
): Promise<ConsumerProgress> {
  const { output, deadLetter } = options;
  const jobs = new PredictionJobs({ pipelines, output, deadLetter, tally });
  const final = await runJobs({
    ...options,
    outputs: [{ name: output }],
    strategies: () => ({ restore: rewind(jobs) }),
    onState: onProgress && ((state) => onProgress(progressOf(tally, state))),
    stateEveryMs: progressIntervalMs,
  });
  return progressOf(tally, final);
}
