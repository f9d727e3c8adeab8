// Not pure: it runs jobs on a cluster.
/** A watch on a cluster: the jobs of the traffic's partitions, run until they are asked to end. */
import type { JobsState } from "../jobs/run.ts";
import { runWindowedJobs, type WindowedRun } from "../jobs/run_windowed.ts";
import type { WatchJobs, WatchOptions } from "./watch/watch_job.ts";

/** What a watch is made of. */
export interface RunWatchOptions extends WindowedRun {
  readonly jobs: WatchJobs;
  readonly topics: WatchOptions["topics"];
}

/**
 * Watches what comes in on the input topic. Everything that was read is acknowledged, saved as a snapshot and committed when
 * it returns.
 *
 * @throws KafkaError of the cluster.
 */
export async function runWatch({ jobs, topics, ...rest }: RunWatchOptions): Promise<JobsState> {
  return await runWindowedJobs({
    ...rest,
    maker: jobs,
    outputs: [topics.processed, topics.anomalies],
    deadLetter: topics.deadLetter,
  });
}
