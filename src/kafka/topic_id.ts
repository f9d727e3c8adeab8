/**
 * Which topic of a name: one that was deleted and made again has another id, and nothing that was known of the old one
 * (offsets, states) is true of it. Ids are 32 hexadecimal digits.
 */
import { NO_UUID } from "../wire/schema.ts";
import type { TopicPartitionOffset } from "./partition.ts";

/** By topic name; `null` where the broker gives topics no ids. */
export type TopicIds = ReadonlyMap<string, string | null>;

/** A committed offset, and of which topic it is; `null` where whoever committed it did not say so. */
export interface CommittedOffset extends TopicPartitionOffset {
  readonly topicId: string | null;
}

/** An id as it came in a broker's answer; `null` where it is none. */
export function topicIdOf(uuid: string): string | null {
  return uuid === NO_UUID ? null : uuid;
}

/** What is committed beside an offset, so that it is not taken for one of a later topic of the same name. */
export function commitMetadata(topicId: string | null | undefined): string | null {
  return topicId === null || topicId === undefined ? null : `topic-id=${topicId}`;
}

/** The id in what was committed beside an offset; `null` where there is none. */
export function committedTopicId(metadata: string | null | undefined): string | null {
  return /^topic-id=([0-9a-f]{32})$/.exec(metadata ?? "")?.[1] ?? null;
}

/** One line for a person. */
export function madeAnew(topic: string): string {
  return `the topic ${topic} was deleted and made again: reading the new one from its beginning`;
}
