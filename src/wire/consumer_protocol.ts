/**
 * What members of a classic consumer group write to each other, and who gets what. Version 0 is written; of later
 * versions what stands behind is left alone. Source: Kafka's `ConsumerProtocolSubscription.json`,
 * `ConsumerProtocolAssignment.json`.
 */
import { WireReader } from "./reader.ts";
import {
  array,
  bytes,
  type Fields,
  int16,
  int32,
  type Message,
  readFields,
  string,
  writeFields,
} from "./schema.ts";
import { WireWriter } from "./writer.ts";

/** Assignors under whose names this member joins; it assigns round robin under each of them. */
export const ASSIGNOR_NAMES = ["roundrobin", "range", "RoundRobinAssigner"] as const;

/** A member and the topics it reads. */
export interface Subscription {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** A partition of a topic. */
export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
}

const CODING = { version: 0, flexible: false };
const subscriptionFields = { version: int16(), topics: array(string()) };
const assignmentFields = {
  version: int16(),
  topics: array({ topic: string(), partitions: array(int32()) }),
};
const userData = { userData: bytes() };

function encode<F extends Fields>(fields: F, value: Message<F>): Uint8Array {
  const writer = new WireWriter();
  writeFields(fields, { writer, value, coding: CODING });
  writeFields(userData, { writer, value: { userData: null }, coding: CODING });
  return writer.bytes();
}

function decode<F extends Fields>(fields: F, bytes: Uint8Array): Message<F> {
  return readFields(fields, { reader: new WireReader(bytes), coding: CODING });
}

/** The metadata that a member joins with. */
export function encodeSubscription(topics: readonly string[]): Uint8Array {
  return encode(subscriptionFields, { version: 0, topics: [...topics] });
}

/**
 * The topics in a member's metadata, whatever its version.
 * @throws {WireError} where it is no metadata.
 */
export function decodeSubscription(metadata: Uint8Array): string[] {
  return decode(subscriptionFields, metadata).topics;
}

/** A member's partitions. */
export function encodeAssignment(partitions: readonly AssignedPartition[]): Uint8Array {
  const topics = [...Map.groupBy(partitions, (one) => one.topic)].map(([topic, ones]) => ({
    topic,
    partitions: ones.map((one) => one.partition),
  }));
  return encode(assignmentFields, { version: 0, topics });
}

/**
 * The partitions in an assignment; none in an empty one.
 * @throws {WireError} where it is no assignment.
 */
export function decodeAssignment(assignment: Uint8Array): AssignedPartition[] {
  if (assignment.length === 0) return [];
  return decode(assignmentFields, assignment).topics
    .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

/** Deals the partitions out in turn, to members that read the topic. */
export function assignRoundRobin(
  members: readonly Subscription[],
  partitions: readonly AssignedPartition[],
): Map<string, AssignedPartition[]> {
  const sorted = members.toSorted((a, b) => a.memberId < b.memberId ? -1 : 1);
  const result = new Map<string, AssignedPartition[]>(sorted.map((one) => [one.memberId, []]));
  let turn = 0;
  for (const { topic, partition } of partitions) {
    for (let tried = 0; tried < sorted.length; tried++) {
      const member = sorted[turn++ % sorted.length]!;
      if (!member.topics.includes(topic)) continue;
      result.get(member.memberId)!.push({ topic, partition });
      break;
    }
  }
  return result;
}
