/** Jobs on a cluster: makes sure of the topics, opens producer and group, and runs until it ends. */
import type { GroupConsumer, KafkaClient, NewTopic, Producer } from "../kafka/port.ts";
import { idleOptions, watchIdle } from "./idle.ts";
import { type JobClock, systemClock } from "./clock.ts";
import { ChangelogReader } from "./restore/changelog.ts";
import { sendingLetters } from "../records/dead_letters/send.ts";
import type { JobMaker } from "./job.ts";
import { CHANGELOG_BYTES_MAX, CHANGELOG_SEGMENT_BYTES } from "./limits.ts";
import { JobRunner } from "./runner.ts";

/** What it takes to run jobs. */
export interface RunJobsOptions {
  readonly client: KafkaClient;
  readonly maker: JobMaker;
  readonly input: string;
  /** Topics that the jobs emit to, beside dead letters: created with as many partitions as the input has. */
  readonly outputs: readonly string[];
  readonly deadLetter: string;
  readonly group: string;
  /** The changelog is `<group>-<jobName>-changelog`, as Kafka Streams names them. */
  readonly jobName: string;
  readonly idleTimeoutMs: number;
  readonly closeAfterMs: number;
  /** End after so long without a new record. */
  readonly untilIdleMs?: number | undefined;
  /** Where to begin when the group has committed nothing. @default "beginning" */
  readonly from?: "beginning" | "latest" | undefined;
  /** A member that is silent for so long loses its partitions. @default the adapter's, 30 s */
  readonly sessionTimeoutMs?: number | undefined;
  /** Partitions of the input topic where it is created. @default the broker's */
  readonly partitions?: number | undefined;
  /** Copies of topics that are created. @default the broker's */
  readonly replicationFactor?: number | undefined;
  /** Finish what is in hand, then return. */
  readonly signal: AbortSignal;
  /** Once for every topic that had to be created. */
  readonly onTopicCreated?: ((name: string) => void) | undefined;
  readonly onWarning: (message: string) => void;
  /** Told once a second; cheap. */
  readonly onState?: ((state: JobsState) => void) | undefined;
  /** Told once: how to do something right after a checkpoint of everything, see {@linkcode JobRunner.atCheckpoint}. */
  readonly onOpen?: ((atCheckpoint: (callback: () => void) => void) => void) | undefined;
  readonly clock?: JobClock;
  readonly checkpointEveryMs?: number | undefined;
}

/** What whoever asks for a run decides; the rest is the kind of jobs' own. */
export type JobsRun = Omit<
  RunJobsOptions,
  "maker" | "outputs" | "deadLetter" | "jobName" | "onOpen" | "clock"
>;

/** Where the jobs are. */
export interface JobsState {
  /** Records taken; those taken again after a crash count again. */
  readonly read: number;
  /** Records sent and acknowledged, by topic. */
  readonly sent: Readonly<Record<string, number>>;
  readonly checkpoints: number;
  /** Records not read yet, of the partitions held. */
  readonly lag: number;
  readonly partitions: number;
}

function stateOf({ counts: { read, sent, checkpoints }, lag, partitions }: JobRunner): JobsState {
  return { read, sent: { ...sent }, checkpoints, lag, partitions };
}

/** Brokers without compaction keep as much as it takes to go on instead. */
const CHANGELOG_CONFIGS: Pick<NewTopic, "configs" | "fallbackConfigs"> = {
  configs: { "cleanup.policy": "compact" },
  fallbackConfigs: {
    "retention.ms": "-1",
    "retention.bytes": String(CHANGELOG_BYTES_MAX),
    "segment.bytes": String(CHANGELOG_SEGMENT_BYTES),
  },
};

/** Creates the topics that do not exist. @returns the changelog's number of partitions */
async function ensureTopics(options: RunJobsOptions, changelog: string): Promise<number> {
  const { client: { admin }, input, outputs, deadLetter, replicationFactor = -1, onTopicCreated } = options;
  const existing = new Set(await admin.listTopics());
  const create = async (topic: Omit<NewTopic, "replicationFactor">) => {
    if (existing.has(topic.name)) return;
    if (await admin.createTopic({ ...topic, replicationFactor })) onTopicCreated?.(topic.name);
  };
  await create({ name: input, partitions: options.partitions ?? -1 });
  const [description] = await admin.describeTopics([input]);
  const partitions = description?.partitions.length ?? -1;
  for (const output of outputs) await create({ name: output, partitions });
  await create({ name: deadLetter, partitions: 1 });
  await create({ name: changelog, partitions, ...CHANGELOG_CONFIGS });
  return (await admin.describeTopics([changelog]))[0]?.partitions.length ?? partitions;
}

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
 * Runs the jobs of the input's partitions until the signal aborts or it has been idle long enough. Everything that was
 * read is acknowledged, checkpointed and committed when it returns.
 *
 * @throws KafkaError of the cluster, and what a job throws.
 */
export async function runJobs(options: RunJobsOptions): Promise<JobsState> {
  const { client, clock = systemClock, signal, onState } = options;
  const changelog = `${options.group}-${options.jobName}-changelog`;
  const partitions = await ensureTopics(options, changelog);
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const idle = watchIdle({ ...idleOptions(options), clock, stop });
  try {
    // Closed in reverse: the group is left when everything of it is acknowledged and committed.
    await using producer: Producer = await client.producer();
    const runner: JobRunner = new JobRunner({
      ...options,
      changelog: { topic: changelog, partitions },
      readChangelog: () => readChangelog(client, { topic: changelog, signal: ended.signal }),
      logEnds: async (topic) =>
        (await client.admin.topicOffsets(topic)).map((one) => ({ ...one, offset: one.highWatermark })),
      send: sendingLetters((topic, records) => producer.send(topic, records), options.deadLetter),
      commit: (offsets) => consumer.commit(offsets),
      newTenure: () => crypto.randomUUID(),
      onActivity: () => idle.restart(),
      clock,
      signal: ended.signal,
    });
    await using consumer: GroupConsumer = await client.groupConsumer({
      groupId: options.group,
      topics: [options.input],
      from: options.from ?? "beginning",
      startAt: (assigned) => {
        idle.assigned(1);
        return runner.startAt(assigned);
      },
      onAssigned: (partitions) => idle.assigned(partitions.length),
      onRevoked: (partitions) => {
        idle.revoked();
        runner.onRevoked(partitions);
      },
      signal: ended.signal,
      ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    });
    options.onOpen?.((callback) => runner.atCheckpoint(callback));
    const every = onState && setInterval(() => onState(stateOf(runner)), 1_000);
    try {
      await runner.run(consumer.chunks());
    } finally {
      clearInterval(every);
    }
    return stateOf(runner);
  } finally {
    idle.cancel();
    signal.removeEventListener("abort", stop);
    stop();
  }
}
