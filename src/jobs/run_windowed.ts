/** Jobs with windows on a cluster: their snapshots go to a changelog. */
import type { KafkaClient } from "../kafka/port.ts";
import { SnapshotCommit } from "./commit/snapshots.ts";
import type { WindowedJob, WindowedJobMaker } from "./job.ts";
import { CHANGELOG_BYTES_MAX, CHANGELOG_SEGMENT_BYTES } from "./limits.ts";
import { ChangelogReader } from "./restore/changelog.ts";
import { fromSnapshots } from "./restore/snapshots.ts";
import {
  type JobsRun,
  type JobsState,
  type OpenedCluster,
  type OpenRun,
  runJobs,
  type Strategies,
} from "./run.ts";

/** What whoever asks for a run of jobs with windows decides. */
export interface WindowedRun extends JobsRun {
  /** See {@linkcode SnapshotOptions}. */
  readonly idleTimeoutMs: number;
  readonly closeAfterMs: number;
  readonly snapshotEveryMs?: number;
  readonly onWarning: (message: string) => void;
  onOpened?(run: OpenRun<WindowedJob>): void;
  /** Once a second; cheap. */
  readonly onState?: (state: JobsState) => void;
}

/** What it takes to run them. */
export interface RunWindowedOptions extends WindowedRun {
  readonly maker: WindowedJobMaker;
  /** Topics that the jobs emit to, beside dead letters: created with as many partitions as the input has. */
  readonly outputs: readonly string[];
  readonly deadLetter: string;
  /** Called once with how to do something right after a snapshot of all, see {@linkcode SnapshotCommit.atSnapshot}. */
  readonly onOpen?: ((atSnapshot: (callback: () => void) => void) => void) | undefined;
}

/** Brokers without compaction keep as much as it takes to go on instead. */
const CHANGELOG_CONFIGS = {
  configs: { "cleanup.policy": "compact" },
  fallbackConfigs: {
    "retention.ms": "-1",
    "retention.bytes": String(CHANGELOG_BYTES_MAX),
    "segment.bytes": String(CHANGELOG_SEGMENT_BYTES),
  },
};

async function readChangelog(
  client: KafkaClient,
  { topic, signal }: { topic: string; signal: AbortSignal },
): Promise<ChangelogReader> {
  const reader = new ChangelogReader();
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const record of records) reader.take(record);
  }
  return reader;
}

/**
 * Runs jobs whose state is saved as snapshots in `<group>-state-changelog`, which is named as Kafka Streams names them.
 *
 * @throws KafkaError of the cluster, and what a job throws.
 */
export async function runWindowedJobs(options: RunWindowedOptions): Promise<JobsState> {
  const { outputs, ...rest } = options;
  return await runJobs<WindowedJob>({
    ...rest,
    outputs: outputs.map((name) => ({ name })),
    strategies: (cluster) => strategiesOf(options, cluster),
  });
}

async function strategiesOf(
  options: RunWindowedOptions,
  { ensure, signal, clock }: OpenedCluster,
): Promise<Strategies<WindowedJob>> {
  const { client, maker, group, onWarning, onOpen } = options;
  const { idleTimeoutMs, closeAfterMs, snapshotEveryMs } = options;
  const topic = `${group}-state-changelog`;
  await ensure({ name: topic, ...CHANGELOG_CONFIGS });
  const partitions = (await client.admin.describeTopics([topic]))[0]!.partitions.length;
  return {
    restore: fromSnapshots({
      ...{ maker, clock, onWarning },
      readChangelog: () => readChangelog(client, { topic, signal }),
      logEnds: async (name) =>
        (await client.admin.topicOffsets(name)).map((one) => ({ ...one, offset: one.highWatermark })),
    }),
    commits: (shell) => {
      const commit = new SnapshotCommit(shell, {
        ...{ changelog: { topic, partitions }, signature: maker.signature },
        ...{ idleTimeoutMs, closeAfterMs, snapshotEveryMs },
        newTenure: () => crypto.randomUUID(),
      });
      onOpen?.((callback) => commit.atSnapshot(callback));
      return commit;
    },
  };
}
