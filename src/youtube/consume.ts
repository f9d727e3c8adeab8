/** Totals of likes on a cluster: the jobs of the events' partitions, run until they are asked to end. */
import { wholeLog } from "../jobs/restore/log.ts";
import { type JobsRun, type JobsState, runJobs, totalLag } from "../jobs/run.ts";
import type { DeadLetterReason } from "../records/dead_letters/reason.ts";
import type { Total } from "../records/youtube_totals.ts";
import { rank } from "./totals.ts";
import { type TotalsJob, TotalsJobs } from "./totals_job.ts";
import { PUBLISH_EVERY_MS } from "./totals_limits.ts";

/** What the topic of events is created with: it is the state, and does not grow old. */
export const EVENTS_TOPIC_CONFIGS: Readonly<Record<string, string>> = { "retention.ms": "-1" };

/** What the topic of totals is created with: of each video the newest one stays. */
const TOTALS_TOPIC_CONFIGS: Readonly<Record<string, string>> = { "cleanup.policy": "compact" };

/** What a consumer of likes is made of. */
export interface TotalsConsumerOptions extends JobsRun {
  readonly output: string;
  readonly deadLetter: string;
  /** Once, when the cluster is there: how to look at the totals at any time. */
  readonly onTotals?: (totals: () => TotalsState) => void;
  /** About once a second, and at the end; cheap. */
  readonly onState?: (state: TotalsState) => void;
}

/** Where a consumer is. */
export interface TotalsState {
  /** Most likes first; none of a partition whose state is being rebuilt. */
  readonly ranking: readonly Total[];
  /** Records that were new to the group. */
  readonly read: number;
  /** Of them, events that changed a total. */
  readonly changes: number;
  /** Records read again to rebuild the state. */
  readonly replayed: number;
  /** Totals that were published and acknowledged. */
  readonly published: number;
  readonly deadLetters: Readonly<Partial<Record<DeadLetterReason, number>>>;
  /** How often something was forgotten because there was too much. */
  readonly forgotten: { readonly comments: number; readonly videos: number };
  /** Records not committed yet. */
  readonly lag: number;
  /** Partitions of this member: the ranking is of their videos alone. */
  readonly partitions: number;
  /** Partitions that the topic had at the start. */
  readonly partitionsOfAll: number;
}

function stateOf(
  state: JobsState<TotalsJob>,
  { jobs: { changes, deadLetters, topics }, partitionsOfAll }: {
    readonly jobs: TotalsJobs;
    readonly partitionsOfAll: number;
  },
): TotalsState {
  const { read, replayed, sent, lag } = state;
  const forgotten = { comments: 0, videos: 0 };
  for (const { totals } of state.jobs) {
    forgotten.comments += totals.forgotten.comments;
    forgotten.videos += totals.forgotten.videos;
  }
  return {
    ranking: rank(state.jobs.flatMap(({ totals }) => totals.ranking())),
    ...{ read, changes, replayed, published: sent[topics.output] ?? 0, deadLetters: { ...deadLetters } },
    ...{ forgotten, lag: totalLag(state), partitions: Object.keys(lag).length, partitionsOfAll },
  };
}

/**
 * Adds up what comes in on the input topic until the signal aborts or it has been idle long enough. Everything that
 * was read is published and committed when it returns.
 *
 * @throws KafkaError of the cluster.
 */
export async function consumeTotals(
  { onState, onTotals, ...options }: TotalsConsumerOptions,
): Promise<TotalsState> {
  const { client, input, output, deadLetter, partitions = -1 } = options;
  const jobs = new TotalsJobs({ output, deadLetter });
  let partitionsOfAll = 0;
  const toTotals = (state: JobsState<TotalsJob>) => stateOf(state, { jobs, partitionsOfAll });
  const last = toTotals(
    await runJobs<TotalsJob>({
      ...options,
      // Without the configs where the broker does not take them.
      inputConfigs: { configs: EVENTS_TOPIC_CONFIGS, fallbackConfigs: {} },
      outputs: [{ name: output, partitions, configs: TOTALS_TOPIC_CONFIGS, fallbackConfigs: {} }],
      strategies: async () => {
        partitionsOfAll = (await client.admin.describeTopics([input]))[0]?.partitions.length ?? 0;
        return { restore: wholeLog(jobs) };
      },
      publishEveryMs: PUBLISH_EVERY_MS,
      onOpened: (run) => {
        options.onOpened?.(run);
        onTotals?.(() => toTotals(run.state()));
      },
      onState: onState && ((state) => onState(toTotals(state))),
    }),
  );
  onState?.(last);
  return last;
}
