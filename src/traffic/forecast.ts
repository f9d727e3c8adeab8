// Not pure: it runs jobs on a cluster.
/** Forecasts on a cluster: the jobs of packets' partitions, run until they are asked to end. */
import type { Swap } from "../models/swap/intake.ts";
import { type JobsRun, type JobsState, runJobs } from "../jobs/run.ts";
import type { ForecastJobs, ForecastJobsOptions } from "./forecast_job.ts";
import type { TrafficModel } from "./model/model.ts";

/** What a run of forecasts is made of. */
export interface RunForecastOptions extends JobsRun {
  readonly jobs: ForecastJobs;
  readonly topics: ForecastJobsOptions["topics"];
  /** Called once with how to exchange the model, so that nothing that the old one has emitted is emitted by the new one again. */
  readonly onSwap?: (swap: Swap<TrafficModel>) => void;
}

/** The changelog is `<group>-state-changelog`. */
const JOB_NAME = "state";

/**
 * Forecasts what comes in on the input topic. Everything that was read is acknowledged, checkpointed and committed
 * when it returns.
 *
 * @throws KafkaError of the cluster.
 */
export async function runForecast({ jobs, topics, onSwap, ...rest }: RunForecastOptions): Promise<JobsState> {
  return await runJobs({
    ...rest,
    maker: jobs,
    outputs: [topics.forecasts, topics.alerts],
    deadLetter: topics.deadLetter,
    jobName: JOB_NAME,
    onOpen: (atCheckpoint) => onSwap?.((model, done) => atCheckpoint(() => done(jobs.swap(model)))),
  });
}
