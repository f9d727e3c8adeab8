/** A totals publisher on a cluster: makes sure of the topics, opens client and group, and adds up until it ends. */
import type { KafkaClient, RecordChunk } from "../kafka/port.ts";
import { sleep } from "../runtime/clock.ts";
import { idleOptions, watchIdle } from "../jobs/idle.ts";
import { systemClock } from "../jobs/clock.ts";
import { sendingLetters } from "../records/dead_letters/send.ts";
import type { DeadLetterReason } from "../records/dead_letters/reason.ts";
import { TotalsPublisher } from "./publisher.ts";
import type { Total } from "../records/youtube_totals.ts";
import { LAST_PUBLISH_WITHIN_MS, PUBLISH_EVERY_MS } from "./totals_limits.ts";

/** What the topic of events is created with: it is the state, and does not grow old. */
export const EVENTS_TOPIC_CONFIGS: Readonly<Record<string, string>> = { "retention.ms": "-1" };

/** What the topic of totals is created with: of each video the newest one stays. */
const TOTALS_TOPIC_CONFIGS: Readonly<Record<string, string>> = { "cleanup.policy": "compact" };

/** What a consumer of likes is made of. */
export interface TotalsConsumerOptions {
  readonly client: KafkaClient;
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
  readonly group: string;
  /** A member that is silent for so long loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** Partitions of the input topic where it is created. @default the broker's */
  readonly partitions?: number | undefined;
  /** Copies of topics that are created. @default the broker's */
  readonly replicationFactor?: number | undefined;
  /** End after so long without a new record. */
  readonly untilIdleMs?: number | undefined;
  /** Publish what is in hand, commit, then return. */
  readonly signal: AbortSignal;
  /** Told after every publication, and at least every second; cheap. */
  readonly onState?: (state: TotalsState) => void;
  /** Once for every topic that had to be created. */
  readonly onTopicCreated?: (name: string) => void;
}

/** Where a consumer is. */
export interface TotalsState {
  /** Most likes first; empty while the state is being rebuilt. */
  readonly ranking: readonly Total[];
  readonly read: number;
  readonly changes: number;
  readonly replayed: number;
  readonly published: number;
  readonly deadLetters: Readonly<Partial<Record<DeadLetterReason, number>>>;
  /** How often something was forgotten because there was too much. */
  readonly forgotten: { readonly comments: number; readonly videos: number };
  /** Records not read yet. */
  readonly lag: number;
  /** Partitions of this member: the ranking is of their videos alone. */
  readonly partitions: number;
  /** Partitions that the topic had at the start. */
  readonly partitionsOfAll: number;
}

function stateOf(publisher: TotalsPublisher, partitionsOfAll: number): TotalsState {
  const { counts, forgotten, lag, partitions } = publisher;
  return { ranking: publisher.ranking(), ...counts, forgotten, lag, partitions, partitionsOfAll };
}

async function ensureTopics(options: TotalsConsumerOptions): Promise<void> {
  const { client: { admin }, input, output, deadLetter, partitions = -1, replicationFactor = -1 } = options;
  const existing = new Set(await admin.listTopics());
  const wanted = [
    { name: input, partitions, configs: EVENTS_TOPIC_CONFIGS },
    { name: output, partitions, configs: TOTALS_TOPIC_CONFIGS },
    { name: deadLetter, partitions: 1, configs: {} },
  ];
  for (const topic of wanted) {
    if (existing.has(topic.name)) continue;
    // Without the configs where the broker does not take them.
    const created = await admin.createTopic({ ...topic, replicationFactor, fallbackConfigs: {} });
    if (created) options.onTopicCreated?.(topic.name);
  }
}

/**
 * Adds up what comes in on the input topic until the signal aborts or it has been idle long enough. Everything that
 * was read is published and committed when it returns.
 *
 * @throws KafkaError of the cluster.
 */
export async function consumeTotals(options: TotalsConsumerOptions): Promise<TotalsState> {
  const { client, input, output, deadLetter, group, sessionTimeoutMs, signal } = options;
  await ensureTopics(options);
  const partitionsOfAll = (await client.admin.describeTopics([input]))[0]?.partitions.length ?? 0;
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const idle = watchIdle({ ...idleOptions(options), clock: systemClock, stop });
  try {
    await using producer = await client.producer();
    const publisher: TotalsPublisher = new TotalsPublisher({
      output,
      deadLetter,
      send: sendingLetters((topic, records) => producer.send(topic, records), deadLetter),
      commit: (offsets) => consumer.commit(offsets),
      nowMs: Date.now,
    });
    await using consumer = await client.groupConsumer({
      groupId: group,
      topics: [input],
      from: "beginning",
      sessionTimeoutMs,
      startAt: (assigned) => {
        idle.assigned(1);
        return publisher.startAt(assigned);
      },
      onAssigned: (partitions) => idle.assigned(partitions.length),
      onRevoked: (partitions) => {
        idle.revoked();
        publisher.onRevoked(partitions);
      },
      signal: ended.signal,
    });
    await addUp(consumer.chunks(), {
      publisher,
      ended,
      onState: () => options.onState?.(stateOf(publisher, partitionsOfAll)),
      onRecords: () => idle.restart(),
    });
    const last = stateOf(publisher, partitionsOfAll);
    options.onState?.(last);
    return last;
  } finally {
    idle.cancel();
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Takes chunks as they come; between two of them publishes, once a second. */
async function addUp(chunks: AsyncIterable<RecordChunk>, { publisher, ended, onState, onRecords }: {
  readonly publisher: TotalsPublisher;
  readonly ended: AbortController;
  readonly onState: () => void;
  readonly onRecords: () => void;
}): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const { signal } = ended;
  let dueMs = 0;
  let next: Promise<IteratorResult<RecordChunk>> | null = null;
  let publishing = Promise.resolve();
  while (!signal.aborted) {
    next ??= iterator.next();
    const found = await earlier(next, { ms: dueMs - Date.now(), signal });
    if (found !== null) {
      next = null;
      if (found.done === true) break;
      if (found.value.records.length > 0) onRecords();
      publisher.take(found.value);
    }
    if (Date.now() >= dueMs) {
      dueMs = Date.now() + PUBLISH_EVERY_MS;
      publishing = publisher.publish();
      // A cluster that is away holds up the next publication, but not the end.
      await earlier(publishing, { ms: Infinity, signal });
      onState();
    }
  }
  const timeUp = new AbortController();
  const last = publishing.then(() => publisher.publish());
  await Promise.race([last, sleep(LAST_PUBLISH_WITHIN_MS, timeUp.signal)]);
  last.catch(() => {}); // whatever it says after its time, the next run publishes it again
  timeUp.abort();
  // Not awaited: a generator that waits for records would not answer before the next one.
  next?.catch(() => {});
  if (next === null) iterator.return?.().then(undefined, () => {});
}

/** What comes within the time; `null` where nothing does, or the signal aborts first. */
async function earlier<T>(
  promise: Promise<T>,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): Promise<T | null> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal.addEventListener("abort", stop);
  try {
    const passed = sleep(Math.max(0, ms), enough.signal);
    return await Promise.race([promise, passed.then(() => null)]);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}
