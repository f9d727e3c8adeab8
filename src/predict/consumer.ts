// Not pure: it opens the client and the group.
/** A worker on a cluster: makes sure of the topics, opens client and group, and counts until it ends. */
import type { GroupConsumer, KafkaClient, Producer } from "../kafka/port.ts";
import { sendingLetters } from "../records/dead_letters/send.ts";
import type { ReadingReason } from "../records/readings/read.ts";
import { idleOptions, type IdleWatch, watchIdle } from "../jobs/idle.ts";
import { type JobClock, systemClock } from "../jobs/clock.ts";
import type { PipelineMaker } from "./pipeline.ts";
import type { LatencyQuantiles } from "./tally.ts";
import { PredictionWorker } from "./worker.ts";

/** What a consumer is made of. */
export interface ConsumerOptions {
  readonly client: KafkaClient;
  /** What answers. */
  readonly pipelines: PipelineMaker;
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
  readonly group: string;
  /** Where to begin when the group has committed nothing. */
  readonly from: "beginning" | "latest";
  /** A member that is silent for so long loses its partitions. @default the adapter's, 30 s */
  readonly sessionTimeoutMs?: number;
  /** Partitions of the input topic where it is created. @default the broker's */
  readonly partitions?: number;
  /** Copies of topics that are created. @default the broker's */
  readonly replicationFactor?: number;
  /** End after so many records. */
  readonly limit?: number;
  /** End after so long without a new record. */
  readonly untilIdleMs?: number;
  /** Finish what is in hand, then return. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ConsumerProgress) => void;
  /** @default 1000 */
  readonly progressIntervalMs?: number;
  /** Once for every topic that had to be created. */
  readonly onTopicCreated?: (name: string) => void;
  readonly clock?: JobClock;
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
  /** Sources forgotten because there were too many. */
  readonly sourcesEvicted: number;
  /** Records not read yet, by `topic/partition`, of the partitions assigned now (at the end: those held last). */
  readonly lag: Readonly<Record<string, number>>;
  /** From the sending of a reading to its prediction. */
  readonly latencyMs: LatencyQuantiles;
}

function progressOf(worker: PredictionWorker): ConsumerProgress {
  const { tally } = worker;
  return {
    read: tally.read,
    predicted: tally.predicted,
    byNetwork: tally.predictedByNetwork,
    byBaseline: tally.predictedByBaseline,
    scored: tally.scored,
    deadLettered: tally.deadLettered,
    deadLetters: Object.fromEntries(Object.entries(tally.deadLetters).filter(([, count]) => count > 0)),
    duplicates: tally.duplicates,
    replayed: tally.replayed,
    unseenValues: tally.unseenValues,
    labelled: tally.labelled,
    right: tally.right,
    unknownLabels: tally.unknownLabels,
    sourcesEvicted: tally.sourcesEvicted,
    lag: worker.lag(),
    latencyMs: tally.latency.quantiles(),
  };
}

/** Creates the topics that do not exist: predictions with as many partitions as the input has. */
async function ensureTopics(options: ConsumerOptions): Promise<void> {
  const { client: { admin }, input, output, deadLetter, replicationFactor = -1 } = options;
  const existing = new Set(await admin.listTopics());
  const create = async (name: string, partitions: number) => {
    if (await admin.createTopic({ name, partitions, replicationFactor })) options.onTopicCreated?.(name);
  };
  if (!existing.has(input)) await create(input, options.partitions ?? -1);
  if (!existing.has(output)) {
    const [description] = await admin.describeTopics([input]);
    await create(output, description?.partitions.length ?? -1);
  }
  if (!existing.has(deadLetter) && deadLetter !== output) await create(deadLetter, 1);
}

/**
 * Predicts what comes in on the input topic until the signal aborts, the limit is reached or it has been idle long
 * enough. Everything that was read and acknowledged is committed when it returns.
 *
 * @throws KafkaError of the cluster, UserError when the model does not fit the topic.
 */
export async function runConsumer(options: ConsumerOptions): Promise<ConsumerProgress> {
  const { clock = systemClock, onProgress, signal } = options;
  await ensureTopics(options);
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const idle = watchIdle({ ...idleOptions(options), clock, stop });
  try {
    // Closed in reverse: the group is left when everything of it is acknowledged and committed.
    await using opened = new AsyncDisposableStack();
    const { worker, consumer } = await open(options, { clock, idle, opened, signal: ended.signal });
    const every = onProgress && setInterval(
      () => onProgress(progressOf(worker)),
      options.progressIntervalMs ?? 1_000,
    );
    try {
      await worker.run(consumer.chunks());
    } finally {
      clearInterval(every);
    }
    return progressOf(worker);
  } finally {
    idle.cancel();
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Opens producer and group at the same time; both are closed with `opened`. */
async function open(
  options: ConsumerOptions,
  { clock, idle, opened, signal }: {
    clock: JobClock;
    idle: IdleWatch;
    opened: AsyncDisposableStack;
    signal: AbortSignal;
  },
): Promise<{ worker: PredictionWorker; consumer: GroupConsumer }> {
  const { client, pipelines, input, output, deadLetter, group, from, limit } = options;
  let seen = 0;
  const worker: PredictionWorker = new PredictionWorker({
    pipelines,
    output,
    deadLetter,
    send: sendingLetters((topic, records) => producer.send(topic, records), deadLetter),
    commit: (offsets) => consumer.commit(offsets),
    clock,
    signal,
    ...(limit === undefined ? {} : { limit }),
    onPiece: () => {
      const { read, replayed } = worker.tally;
      if (read + replayed > seen) idle.restart();
      seen = read + replayed;
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
        return worker.startAt(assigned);
      },
      onAssigned: (partitions) => idle.assigned(partitions.length),
      onRevoked: (partitions) => {
        idle.revoked();
        worker.onRevoked(partitions);
      },
      signal,
      ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    }),
  ]);
  if (producing.status === "fulfilled") opened.use(producing.value);
  if (consuming.status === "fulfilled") opened.use(consuming.value);
  if (producing.status === "rejected") throw producing.reason;
  if (consuming.status === "rejected") throw consuming.reason;
  const producer: Producer = producing.value;
  const consumer: GroupConsumer = consuming.value;
  return { worker, consumer };
}
