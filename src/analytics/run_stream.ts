// Not pure: it runs jobs on a cluster.
/** A live analysis on a cluster: the jobs of the readings' partitions, run until they are asked to end. */
import type { JobsState } from "../jobs/run.ts";
import { runWindowedJobs, type WindowedRun } from "../jobs/run_windowed.ts";
import { type OutputTopics, rowWriter, STORE, topicWriter } from "./outputs.ts";
import { StreamJobs, type StreamOptions } from "./stream_job.ts";
import type { StoredOutputs } from "./stored.ts";

/** What a live analysis is made of. */
export interface RunStreamOptions extends WindowedRun {
  readonly analysis: Omit<StreamOptions, "writer">;
  /** Where what comes out goes. */
  readonly outputs: OutputTopics | StoredOutputs;
}

/**
 * Analyses what comes in on the input topic. Everything that was read is acknowledged by topics or store, saved as a
 * snapshot and committed when it returns.
 *
 * @throws KafkaError of the cluster, StoreError of the store.
 */
export async function runStream({ analysis, outputs, ...rest }: RunStreamOptions): Promise<JobsState> {
  const { forecaster, hasModel, deadLetter } = analysis;
  const isStored = "take" in outputs;
  const maker = new StreamJobs({
    ...analysis,
    writer: ({ topic, partition, topicId = null }) =>
      isStored
        ? rowWriter({ topic, partition, incarnation: outputs.incarnationOf(topicId) }, forecaster)
        : topicWriter(outputs, forecaster),
  });
  return await runWindowedJobs({
    ...rest,
    ...{ maker, deadLetter },
    outputs: isStored
      ? []
      : [...(hasModel ? [outputs.predictions] : []), outputs.anomalies, outputs.statistics],
    elsewhere: isStored ? new Map([[STORE, outputs.take]]) : undefined,
  });
}
