/** What members of a classic consumer group tell each other (`ConsumerProtocol*.json`, version 0), and who gets what. */
import type { TopicPartition } from "./port.ts";

/** Assignors under whose names this member joins; it assigns round robin under each of them. */
export const ASSIGNOR_NAMES = ["roundrobin", "range", "RoundRobinAssigner"] as const;

/** A member and the topics it reads. */
export interface Subscription {
  readonly memberId: string;
  readonly topics: readonly string[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The metadata that a member joins with. */
export function encodeSubscription(topics: readonly string[]): Uint8Array {
  const writer = new Writer();
  writer.int16(0);
  writer.int32(topics.length);
  for (const topic of topics) writer.string(topic);
  writer.int32(-1); // no user data
  return writer.bytes();
}

/** The topics in a member's metadata, whatever its version. */
export function decodeSubscription(metadata: Uint8Array): string[] {
  const reader = new Reader(metadata);
  reader.int16();
  return Array.from({ length: reader.count() }, () => reader.string());
}

/** A member's partitions. */
export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const writer = new Writer();
  const topics = Map.groupBy(partitions, (one) => one.topic);
  writer.int16(0);
  writer.int32(topics.size);
  for (const [topic, ones] of topics) {
    writer.string(topic);
    writer.int32(ones.length);
    for (const one of ones) writer.int32(one.partition);
  }
  writer.int32(-1);
  return writer.bytes();
}

/** The partitions in an assignment; none in an empty one. */
export function decodeAssignment(assignment: Uint8Array): TopicPartition[] {
  if (assignment.length === 0) return [];
  const reader = new Reader(assignment);
  reader.int16();
  const partitions: TopicPartition[] = [];
  for (let topics = reader.count(); topics > 0; topics--) {
    const topic = reader.string();
    for (let count = reader.count(); count > 0; count--) {
      partitions.push({ topic, partition: reader.int32() });
    }
  }
  return partitions;
}

/** Deals the partitions out in turn, to members that read the topic. */
export function assignRoundRobin(
  members: readonly Subscription[],
  partitions: readonly TopicPartition[],
): Map<string, TopicPartition[]> {
  const sorted = members.toSorted((a, b) => a.memberId < b.memberId ? -1 : 1);
  const result = new Map<string, TopicPartition[]>(sorted.map((one) => [one.memberId, []]));
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

class Writer {
  readonly #bytes: number[] = [];

  int16(value: number): void {
    this.#bytes.push((value >> 8) & 0xff, value & 0xff);
  }

  int32(value: number): void {
    this.int16(value >> 16);
    this.int16(value);
  }

  string(text: string): void {
    const bytes = encoder.encode(text);
    this.int16(bytes.length);
    this.#bytes.push(...bytes);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reading past the end throws `RangeError`. */
class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int16(): number {
    this.#at += 2;
    return this.#view.getInt16(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4);
  }

  /** A count of things that take at least two bytes each. */
  count(): number {
    const count = this.int32();
    if (count < 0 || count > this.#view.byteLength) throw new RangeError(`a count of ${count}`);
    return count;
  }

  string(): string {
    const length = this.int16();
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at, length);
    this.#at += length;
    return decoder.decode(bytes);
  }
}
