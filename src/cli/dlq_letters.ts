/** Dead letters as `dlq` reads them: those with the given reasons and places, and which of them were replayed. */
import { settingOf } from "../config/settings.ts";
import type { KafkaClient } from "../kafka/port.ts";
import { UserError } from "../runtime/errors.ts";
import { nearest } from "../runtime/suggest.ts";
import { ReplayLog } from "../records/dead_letters/replay.ts";
import { type DeadLetter, readDeadLetter } from "../records/dead_letters/read.ts";

/** Which dead letters are meant. */
export interface LetterChoice {
  readonly client: KafkaClient;
  /** The topic of dead letters. */
  readonly deadLetter: string;
  /** One of these; all where it is left out. */
  readonly reason: readonly string[] | undefined;
  /** `17` or `0/17` (partition/offset); all where there is none. */
  readonly places: readonly string[];
  readonly signal: AbortSignal;
}

/** Where is kept what was replayed. */
export function replayedTopicOf(deadLetter: string): string {
  return `${deadLetter}-replayed`;
}

/**
 * @returns Whether there is a topic of dead letters: without `--dead-letter` it begins with the first of them.
 * @throws {UserError} where the topic that `--dead-letter` names does not exist, or a place is none.
 */
export async function findLetters({ client, deadLetter, places }: LetterChoice): Promise<boolean> {
  const wrong = places.find((place) => !/^(\d{1,10}\/)?\d{1,15}$/.test(place));
  if (wrong !== undefined) {
    throw new UserError(`'${wrong}' is no place of a dead letter`, {
      hint: "give its offset, or partition/offset: 17 or 0/17; 'streamflow dlq list' names some",
      exitCode: 2,
    });
  }
  const topics = await client.admin.listTopics();
  if (topics.includes(deadLetter)) return true;
  if (deadLetter === settingOf("deadLetter").default && places.length === 0) return false;
  const near = nearest(deadLetter, topics);
  throw new UserError(`there is no topic '${deadLetter}'`, {
    hint: near === undefined
      ? "'streamflow topics list' shows what there is; the usual one begins with the first dead letter"
      : `did you mean --dead-letter ${near}?`,
  });
}

/** The chosen dead letters that are there now, as they come. */
export async function* readLetters(choice: LetterChoice): AsyncGenerator<DeadLetter[]> {
  const { client, deadLetter, signal } = choice;
  const reasons = choice.reason && new Set(choice.reason);
  const places = new Set(choice.places);
  const isChosen = ({ reason, place: { partition, offset } }: DeadLetter) =>
    (reasons === undefined || reasons.has(reason)) &&
    (places.size === 0 || places.has(`${offset}`) || places.has(`${partition}/${offset}`));
  for await (
    const chunk of client.read({ topics: [deadLetter], from: "beginning", until: "end", signal })
  ) {
    // What could not be read of the topic itself says neither reason nor origin.
    yield chunk.records.filter(({ undecodable }) => undecodable === undefined)
      .map((record) => readDeadLetter(record, { topic: chunk.topic, partition: chunk.partition }))
      .filter(isChosen);
  }
}

/** What was replayed before; nothing where nobody ever replayed. */
export async function readReplayLog({ client, deadLetter, signal }: LetterChoice): Promise<ReplayLog> {
  const log = new ReplayLog();
  const topic = replayedTopicOf(deadLetter);
  if (!(await client.admin.listTopics()).includes(topic)) return log;
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const record of records) log.take(record);
  }
  return log;
}
