/** Jobs on a cluster: makes sure of the topics, opens producer and group, and runs until it ends. */
import type { GroupConsumer, KafkaClient, NewTopic, OutgoingRecord, Producer } from "../kafka/port.ts";
import { sendingLetters } from "../records/dead_letters/send.ts";
import { type JobClock, systemClock } from "./clock.ts";
import type { Commit, Shell } from "./commit/commit.ts";
import { JobCounters } from "./counters.ts";
import { commitOffsets } from "./commit/offsets.ts";
import { idleOptions, type IdleWatch, watchIdle } from "./idle.ts";
import type { Job } from "./job.ts";
import type { Restore } from "./restore/restore.ts";
import { JobRunner } from "./runner.ts";

/** What whoever asks for a run decides; the rest is the kind of jobs' own. */
export interface JobsRun {
  readonly client: KafkaClient;
  readonly input: string;
  readonly group: string;
  /** Where to begin when the group has committed nothing. @default "beginning" */
  readonly from?: "beginning" | "latest" | undefined;
  /** A member that is silent for so long loses its partitions. @default the adapter's, 30 s */
  readonly sessionTimeoutMs?: number | undefined;
  /** Partitions of the input topic where it is created. @default the broker's */
  readonly partitions?: number | undefined;
  /** Copies of topics that are created. @default the broker's */
  readonly replicationFactor?: number | undefined;
  /** Where what is emitted to one of these names goes in place of the cluster: resolves when it is kept. */
  readonly elsewhere?: ReadonlyMap<string, (records: readonly OutgoingRecord[]) => Promise<void>> | undefined;
  /** End after so many records. */
  readonly limit?: number | undefined;
  /** End after so long without a new record. */
  readonly untilIdleMs?: number | undefined;
  /** Whether something is still being made of the records: that time is not idle. @default never */
  readonly isBusy?: (() => boolean) | undefined;
  /** Finish what is in hand, then return. */
  readonly signal: AbortSignal;
  /** Once for every topic that had to be created. */
  readonly onTopicCreated?: ((name: string) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Once, when the cluster is there: how to look at the run at any time. */
  onOpened?(run: OpenRun): void;
  readonly clock?: JobClock;
}

/** A run, to look at. */
export interface OpenRun<J extends Job = Job> {
  /** Where it is now; cheap. */
  state(): JobsState<J>;
  readonly counters: JobCounters;
}

/** A topic that is created where it does not exist. */
export type WantedTopic =
  & Pick<NewTopic, "name" | "configs" | "fallbackConfigs">
  /** @default as many as the input has */
  & { readonly partitions?: number };

/** How state is restored and offsets are committed. */
export interface Strategies<J extends Job> {
  readonly restore: Restore<J>;
  /** @default offsets alone */
  readonly commits?: (shell: Shell<J>) => Commit<J>;
}

/** The cluster, as strategies need it. */
export interface OpenedCluster {
  /** Creates a topic where it does not exist. */
  ensure(topic: WantedTopic): Promise<void>;
  /** The run ends. */
  readonly signal: AbortSignal;
  readonly clock: JobClock;
}

/** What it takes to run jobs. */
export interface RunJobsOptions<J extends Job> extends JobsRun {
  readonly strategies: (cluster: OpenedCluster) => Strategies<J> | Promise<Strategies<J>>;
  /** Topics that the jobs emit to, beside dead letters. */
  readonly outputs: readonly WantedTopic[];
  readonly deadLetter: string;
  /** What the input topic is created with. */
  readonly inputConfigs?: Pick<NewTopic, "configs" | "fallbackConfigs">;
  /** See {@linkcode Job.publish}. */
  readonly publishEveryMs?: number;
  onOpened?(run: OpenRun<J>): void;
  /** At intervals; cheap. */
  readonly onState?: ((state: JobsState<J>) => void) | undefined;
  /** @default 1000 */
  readonly stateEveryMs?: number | undefined;
}

/** Where the jobs are. */
export interface JobsState<J extends Job = Job> {
  /** Records taken that were new to the group; those taken again after a crash count again. */
  readonly read: number;
  /** Records read again to rebuild state. */
  readonly replayed: number;
  /** Records sent and acknowledged, by topic. */
  readonly sent: Readonly<Record<string, number>>;
  /** Records not committed yet, by `topic/partition`, of the partitions held (at the end: held last). */
  readonly lag: Readonly<Record<string, number>>;
  /** Jobs of the partitions held whose state is whole. */
  readonly jobs: readonly J[];
}

/** Records not committed yet, of all partitions held. */
export function totalLag({ lag }: Pick<JobsState, "lag">): number {
  return Object.values(lag).reduce((sum, records) => sum + records, 0);
}

function stateOf<J extends Job>(runner: JobRunner<J>): JobsState<J> {
  const { counts: { read, replayed }, sent } = runner;
  return { read, replayed, sent: { ...sent }, lag: runner.lag(), jobs: runner.jobs() };
}

/** Creates topics that do not exist; one that says nothing of its partitions has as many as the input. */
async function topicCreator(
  { client: { admin }, input, replicationFactor = -1, onTopicCreated }: JobsRun,
): Promise<(topic: WantedTopic) => Promise<void>> {
  const existing = new Set(await admin.listTopics());
  return async ({ name, partitions: wanted, ...configs }) => {
    if (existing.has(name)) return;
    existing.add(name);
    const partitions = wanted ?? (await admin.describeTopics([input]))[0]?.partitions.length ?? -1;
    if (await admin.createTopic({ name, partitions, replicationFactor, ...configs })) onTopicCreated?.(name);
  };
}

/**
 * Runs the jobs of the input's partitions until the signal aborts, the limit is reached or it has been idle long
 * enough. Everything that was read is acknowledged and committed when it returns.
 *
 * @throws KafkaError of the cluster, and what a job throws.
 */
export async function runJobs<J extends Job>(options: RunJobsOptions<J>): Promise<JobsState<J>> {
  const { clock = systemClock, input, outputs, deadLetter, inputConfigs, onState, signal } = options;
  const ensure = await topicCreator(options);
  await ensure({ name: input, partitions: options.partitions ?? -1, ...inputConfigs });
  for (const output of outputs) await ensure(output);
  await ensure({ name: deadLetter, partitions: 1 });
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  let isBehind = () => false;
  const idle = watchIdle({ ...idleOptions(options), clock, stop, isBehind: () => isBehind() });
  try {
    const strategies = await options.strategies({ ensure, clock, signal: ended.signal });
    // Closed in reverse: the group is left when everything of it is acknowledged and committed.
    await using opened = new AsyncDisposableStack();
    const counters = new JobCounters();
    const { runner, consumer } = await open(options, {
      ...{ strategies, clock, idle, counters, opened, signal: ended.signal },
    });
    isBehind = runner.isBehind;
    options.onOpened?.({ state: () => stateOf(runner), counters });
    const every = onState && setInterval(() => onState(stateOf(runner)), options.stateEveryMs ?? 1_000);
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

/** Opens producer and group at the same time; both are closed with `opened`. */
async function open<J extends Job>(
  options: RunJobsOptions<J>,
  { strategies: { restore, commits = commitOffsets }, clock, idle, counters, opened, signal }: {
    strategies: Strategies<J>;
    clock: JobClock;
    idle: IdleWatch;
    counters: JobCounters;
    opened: AsyncDisposableStack;
    signal: AbortSignal;
  },
): Promise<{ runner: JobRunner<J>; consumer: GroupConsumer }> {
  const { client, input, deadLetter, group, from = "beginning", sessionTimeoutMs, elsewhere } = options;
  const { limit, publishEveryMs, onWarning } = options;
  const runner: JobRunner<J> = new JobRunner<J>({
    ...{ restore, commits, clock, signal, limit, publishEveryMs, onWarning, tracing: client.tracing },
    send: sendingLetters(
      (topic, records) =>
        counters.send(topic, elsewhere?.get(topic)?.(records) ?? producer.send(topic, records)),
      deadLetter,
    ),
    commit: (offsets) => counters.commit(consumer.commit(offsets)),
    onActivity: () => {
      counters.lastRecordMs = clock.nowMs();
      idle.restart();
    },
  });
  const [producing, consuming] = await Promise.allSettled([
    client.producer(),
    client.groupConsumer({
      groupId: group,
      topics: [input],
      from,
      startAt: (assigned) => {
        idle.assigned(1);
        return runner.startAt(assigned);
      },
      onAssigned: (partitions) => {
        counters.rebalances++;
        idle.assigned(partitions.length);
      },
      onRevoked: (partitions) => {
        idle.revoked();
        runner.onRevoked(partitions);
      },
      signal,
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    }),
  ]);
  if (producing.status === "fulfilled") opened.use(producing.value);
  if (consuming.status === "fulfilled") opened.use(consuming.value);
  if (producing.status === "rejected") throw producing.reason;
  if (consuming.status === "rejected") throw consuming.reason;
  const producer: Producer = producing.value;
  const consumer: GroupConsumer = consuming.value;
  return { runner, consumer };
}
