// Not pure: it runs jobs on a cluster.
/** A watch on a cluster: the jobs of the traffic's partitions, run until they are asked to end. */
import { type JobsRun, type JobsState, runJobs } from "../jobs/run.ts";
import type { WatchJobs, WatchOptions } from "./watch/watch_job.ts";

/** What a watch is made of. */
export interface RunWatchOptions extends JobsRun {
  readonly jobs: WatchJobs;
  readonly topics: WatchOptions["topics"];
}

/** The changelog is `<group>-state-changelog`. */
const JOB_NAME = "state";

/**
 * Watches what comes in on the input topic. Everything that was read is acknowledged, checkpointed and committed when
 * it returns.
 *
 * @throws KafkaError of the cluster.
 */
export async function runWatch({ jobs, topics, ...rest }: RunWatchOptions): Promise<JobsState> {
  return await runJobs({
    ...rest,
    maker: jobs,
    outputs: [topics.processed, topics.anomalies],
    deadLetter: topics.deadLetter,
    jobName: JOB_NAME,
  });
}
