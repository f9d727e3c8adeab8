// Not pure: it runs jobs on a cluster.
/** Forecasts on a cluster: the jobs of packets' partitions, run until they are asked to end. */
import type { Swap } from "../models/swap/intake.ts";
import type { JobsState, OpenRun } from "../jobs/run.ts";
import { runWindowedJobs, type WindowedRun } from "../jobs/run_windowed.ts";
import type { AlertingJob, ForecastJobs, ForecastJobsOptions } from "./forecast_job.ts";
import type { TrafficModel } from "./model/model.ts";

/** What a run of forecasts is made of. */
export interface RunForecastOptions extends WindowedRun {
  readonly jobs: ForecastJobs;
  readonly topics: ForecastJobsOptions["topics"];
  onOpened?(run: OpenRun<AlertingJob>): void;
  /** Called once with how to exchange the model, so that nothing that the old one has forecast is forecast again. */
  readonly onSwap?: (swap: Swap<TrafficModel>) => void;
}

/**
 * Forecasts what comes in on the input topic. Everything that was read is acknowledged, saved as a snapshot and committed
 * when it returns.
 *
 * @throws KafkaError of the cluster.
 */
export async function runForecast({ jobs, topics, onSwap, ...rest }: RunForecastOptions): Promise<JobsState> {
  return await runWindowedJobs({
    ...rest,
    maker: jobs,
    outputs: [topics.forecasts, topics.alerts],
    deadLetter: topics.deadLetter,
    onOpen: (atSnapshot) => onSwap?.((model, done) => atSnapshot(() => done(jobs.swap(model)))),
  });
}
