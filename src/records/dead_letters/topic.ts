// Not pure: it reads a topic.
/** A whole topic of dead letters, and the compacted one beside it that says which of them were replayed. */
import type { KafkaClient } from "../../kafka/port.ts";
import { type DeadLetter, readDeadLetter } from "./read.ts";
import { ReplayLog } from "./replay.ts";

/** Where dead letters are. */
export interface DeadLetterTopic {
  readonly client: KafkaClient;
  /** The topic of dead letters. */
  readonly deadLetter: string;
  readonly signal: AbortSignal;
}

/** Where is kept what was replayed. */
export function replayedTopicOf(deadLetter: string): string {
  return `${deadLetter}-replayed`;
}

/** The dead letters that are there now, as they come. */
export async function* readDeadLetters(
  { client, deadLetter, signal }: DeadLetterTopic,
): AsyncGenerator<DeadLetter[]> {
  const chunks = client.read({ topics: [deadLetter], from: "beginning", until: "end", signal });
  for await (const { topic, partition, records } of chunks) {
    // What could not be read of the topic itself says neither reason nor origin.
    yield records.filter(({ undecodable }) => undecodable === undefined)
      .map((record) => readDeadLetter(record, { topic, partition }));
  }
}

/** What was replayed before; nothing where nobody ever replayed. */
export async function readReplayLog({ client, deadLetter, signal }: DeadLetterTopic): Promise<ReplayLog> {
  const log = new ReplayLog();
  const topic = replayedTopicOf(deadLetter);
  if (!(await client.admin.listTopics()).includes(topic)) return log;
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const record of records) log.take(record);
  }
  return log;
}
