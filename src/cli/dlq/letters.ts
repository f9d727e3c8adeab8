/** Dead letters as `dlq` reads them: those with the given reasons and places, and which of them were replayed. */
import { settingOf } from "../../config/settings.ts";
import { UserError } from "../../runtime/errors.ts";
import { nearest } from "../../runtime/suggest.ts";
import type { DeadLetter } from "../../records/dead_letters/read.ts";
import { type DeadLetterTopic, readDeadLetters } from "../../records/dead_letters/topic.ts";

/** Which dead letters are meant. */
export interface LetterChoice extends DeadLetterTopic {
  /** One of these; all where it is left out. */
  readonly reason: readonly string[] | undefined;
  /** `17` or `0/17` (partition/offset); all where there is none. */
  readonly places: readonly string[];
}

/**
 * @returns Whether there is a topic of dead letters: without `--dead-letter` it begins with the first of them.
 * @throws {UserError} where the topic that `--dead-letter` names does not exist, or a place is none.
 */
export async function findLetters({ client, deadLetter, places }: LetterChoice): Promise<boolean> {
  const wrong = places.find((place) => !/^(\d{1,10}\/)?\d{1,15}$/.test(place));
  if (wrong !== undefined) {
    throw new UserError(`'${wrong}' is not the position of a dead letter`, {
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
  const reasons = choice.reason && new Set(choice.reason);
  const places = new Set(choice.places);
  const isChosen = ({ reason, place: { partition, offset } }: DeadLetter) =>
    (reasons === undefined || reasons.has(reason)) &&
    (places.size === 0 || places.has(`${offset}`) || places.has(`${partition}/${offset}`));
  for await (const letters of readDeadLetters(choice)) yield letters.filter(isChosen);
}
