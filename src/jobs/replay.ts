/**
 * Dead letters to the topics that they came from, each once.
 *
 * A compacted topic beside that of the dead letters says of each letter that it is about to be sent, and then that it
 * was. A replay that was killed in between is found out by the next one: it looks for the letters' markers on their
 * topics before it sends them again. Two replays at the same time do not know of each other.
 */
import type { KafkaClient, OutgoingRecord, Producer } from "../kafka/port.ts";
import { formatCount } from "../runtime/progress.ts";
import { UserError } from "../runtime/errors.ts";
import { sizeOf } from "../records/dead_letters/print.ts";
import { type DeadLetter, REPLAYED_HEADER } from "../records/dead_letters/read.ts";
import {
  markerOf,
  type Obstacle,
  obstacleOf,
  replayEntry,
  replayOf,
} from "../records/dead_letters/replay.ts";
import { type DeadLetterTopic, readReplayLog, replayedTopicOf } from "../records/dead_letters/topic.ts";

/** Letters that are sent at once. */
const BATCH_RECORDS_MAX = 500;
/** Their size in bytes. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
/** Topics that do not exist are counted by name up to here. */
const UNKNOWN_TOPICS_MAX = 100;
/** Markers of replayed records that are remembered of a topic, and the length of one in bytes. */
const MARKERS_MAX = 1_000_000;
const MARKER_BYTES_MAX = 300;

/** What became of the letters. */
export interface ReplayOutcome {
  replayed: number;
  /** Replayed by an earlier run. */
  before: number;
  readonly left: Record<Obstacle, number>;
  /** Letters by topics that do not exist. */
  readonly unknownTopics: Map<string, number>;
}

/** What the letters' topics are like, asked once each. */
class Origins {
  readonly #client: KafkaClient;
  readonly #signal: AbortSignal;
  readonly #partitions = new Map<string, Promise<number>>();
  #topics: Promise<Set<string>> | null = null;
  readonly #markers = new Map<string, Promise<Set<string>>>();

  constructor(client: KafkaClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Number of its partitions; `null` where there is no such topic. */
  async partitionsOf(topic: string): Promise<number | null> {
    const { admin } = this.#client;
    // Letters may name any topic: what is not there is not remembered.
    if (!(await (this.#topics ??= admin.listTopics().then((names) => new Set(names)))).has(topic)) {
      return null;
    }
    return await this.#partitions.getOrInsertComputed(
      topic,
      async () => (await admin.describeTopics([topic]))[0]!.partitions.length,
    );
  }

  /** Whether the letter has reached its topic: after a run that was killed. */
  async hold(letter: DeadLetter): Promise<boolean> {
    const { topic } = letter.from!;
    return (await this.#markers.getOrInsertComputed(topic, () => this.#readMarkers(topic)))
      .has(markerOf(letter));
  }

  async #readMarkers(topic: string): Promise<Set<string>> {
    const found = new Set<string>();
    const decoder = new TextDecoder();
    const options = { topics: [topic], from: "beginning", until: "end", signal: this.#signal } as const;
    for await (const { records } of this.#client.read(options)) {
      for (const { headers } of records) {
        for (const { key, value } of headers) {
          if (key === REPLAYED_HEADER && value.length <= MARKER_BYTES_MAX) found.add(decoder.decode(value));
        }
        if (found.size > MARKERS_MAX) {
          throw new UserError(`topic ${topic} holds more than ${formatCount(MARKERS_MAX)} replayed records`, {
            hint: "replay to a topic that is not so long, or delete what is old of it",
          });
        }
      }
    }
    return found;
  }
}

/** Sends what it is given, a batch at a time. */
class Sender {
  readonly #producer: Producer;
  readonly #logTopic: string;
  #batch: { readonly letter: DeadLetter; readonly record: OutgoingRecord }[] = [];
  #bytes = 0;
  readonly #outcome: ReplayOutcome;

  constructor(
    producer: Producer,
    { logTopic, outcome }: { readonly logTopic: string; readonly outcome: ReplayOutcome },
  ) {
    this.#producer = producer;
    this.#logTopic = logTopic;
    this.#outcome = outcome;
  }

  /** Letters that were given. */
  get taken(): number {
    return this.#outcome.replayed + this.#batch.length;
  }

  async add(letter: DeadLetter, record: OutgoingRecord): Promise<void> {
    this.#batch.push({ letter, record });
    this.#bytes += sizeOf(record);
    if (this.#batch.length >= BATCH_RECORDS_MAX || this.#bytes >= BATCH_BYTES_MAX) await this.flush();
  }

  /** An earlier run has sent it, but did not come to say so. */
  async confirm(letter: DeadLetter): Promise<void> {
    await this.#producer.send(this.#logTopic, [replayEntry(letter, "replayed")]);
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const letters = this.#batch.map(({ letter }) => letter);
    await this.#producer.send(this.#logTopic, letters.map((letter) => replayEntry(letter, "sending")));
    const byTopic = Map.groupBy(this.#batch, ({ letter }) => letter.from!.topic);
    await Promise.all(
      [...byTopic].map(([topic, batch]) => this.#producer.send(topic, batch.map(({ record }) => record))),
    );
    await this.#producer.send(this.#logTopic, letters.map((letter) => replayEntry(letter, "replayed")));
    this.#outcome.replayed += letters.length;
    this.#batch = [];
    this.#bytes = 0;
  }
}

/** Before the first letter. */
export function noOutcome(): ReplayOutcome {
  return {
    replayed: 0,
    before: 0,
    left: { "came-back": 0, "no-origin": 0, truncated: 0 },
    unknownTopics: new Map(),
  };
}

/**
 * Replays letters of a topic; the topic beside it, {@linkcode replayedTopicOf}, must be there.
 *
 * @param options `again`: those that came back after a replay as well; `limit`: so many at most; `outcome` receives
 * the counts
 * @throws KafkaError of the cluster; {@linkcode UserError} where a topic holds too many replayed records
 */
export async function replayLetters(
  letters: AsyncIterable<readonly DeadLetter[]>,
  { from, again, limit, outcome }: {
    readonly from: DeadLetterTopic;
    readonly again: boolean;
    readonly limit: number;
    readonly outcome: ReplayOutcome;
  },
): Promise<void> {
  const { client, deadLetter, signal } = from;
  const logTopic = replayedTopicOf(deadLetter);
  const log = await readReplayLog(from);
  const origins = new Origins(client, signal);
  await using producer = await client.producer();
  const starts = await client.admin.topicOffsets(deadLetter);
  const old = log.forget(new Map(starts.map((one) => [one.partition, one.logStartOffset])));
  if (old.length > 0) await producer.send(logTopic, old);
  const sender = new Sender(producer, { logTopic, outcome });
  reading:
  for await (const chunk of letters) {
    for (const letter of chunk) {
      if (signal.aborted || sender.taken >= limit) break reading;
      const state = log.stateOf(letter);
      if (state === "replayed") outcome.before++;
      else {
        const obstacle = obstacleOf(letter, { again });
        const topic = letter.from?.topic ?? "";
        const partitions = obstacle === null ? await origins.partitionsOf(topic) : null;
        if (obstacle !== null) outcome.left[obstacle]++;
        else if (partitions === null) {
          const name = outcome.unknownTopics.size < UNKNOWN_TOPICS_MAX ? topic : "others";
          outcome.unknownTopics.set(name, (outcome.unknownTopics.get(name) ?? 0) + 1);
        } else if (state === "sending" && await origins.hold(letter)) {
          await sender.confirm(letter);
          outcome.before++;
        } else if (!signal.aborted) await sender.add(letter, replayOf(letter, partitions));
      }
    }
  }
  await sender.flush();
}
