/**
 * What both adapters' producers share: each record's partition, and one queue per partition with one request of
 * at most 1,000 records in flight, so that order holds whatever is retried; partitions go in parallel.
 */
import { DELIVERY_TIMEOUT_MS, SEND_BYTES_MAX, SEND_RECORDS_MAX } from "./limits.ts";
import { partitionOfKey } from "./partitioner.ts";
import { KafkaError, type OutgoingRecord, partitionKey, type TopicPartition } from "./port.ts";

/** A record ready to be sent: key and value as bytes. */
export interface EncodedRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: OutgoingRecord["headers"];
}

/** Records for one partition, to be stored together. */
export interface PartitionBatch extends TopicPartition {
  readonly records: readonly EncodedRecord[];
  /** When to give up, Unix ms. */
  readonly deadlineMs: number;
}

/** What an adapter brings. */
export interface SenderOptions {
  /** Resolves when the batch is acknowledged by all in-sync replicas; retries until the deadline. */
  readonly deliver: (batch: PartitionBatch) => Promise<void>;
  /** How many partitions a topic has. */
  readonly partitionsOf: (topic: string) => Promise<number>;
  readonly deliveryTimeoutMs?: number | undefined;
}

/** One call of `send`, settled when the last of its records is. */
interface Call {
  left: number;
  readonly startedMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Lane extends TopicPartition {
  records: EncodedRecord[];
  calls: Call[];
  head: number;
  draining: Promise<void> | null;
}

const encoder = new TextEncoder();

/** Queues per partition in front of an adapter's request. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #timeoutMs: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #counts = new Map<string, Promise<number>>();
  #turn = 0;
  #closed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#timeoutMs = options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
  }

  /** See {@linkcode Producer.send}. */
  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) throw new KafkaError("closed", "the producer is closed");
    if (records.length === 0) return;
    const count = await this.#count(topic);
    await new Promise<void>((resolve, reject) => {
      const call = { left: records.length, startedMs: Date.now(), resolve, reject };
      const lanes = new Set<Lane>();
      const turn = this.#turn++ % count;
      const placed: { lane: Lane; record: EncodedRecord }[] = [];
      for (const { key, value, headers, partition } of records) {
        const bytes = typeof key === "string" ? encoder.encode(key) : key;
        const chosen = partition ?? (bytes === null ? turn : partitionOfKey(bytes, count));
        if (!Number.isInteger(chosen) || chosen < 0 || chosen >= count) {
          const found = `the topic has partitions 0 to ${count - 1}`;
          return reject(new KafkaError("protocol", `sending to ${topic}-${chosen}: ${found}`));
        }
        placed.push({ lane: this.#lane(topic, chosen), record: { key: bytes, value, headers } });
      }
      for (const { lane, record } of placed) {
        lane.records.push(record);
        lane.calls.push(call);
        lanes.add(lane);
      }
      for (const lane of lanes) lane.draining ??= this.#drain(lane);
    });
  }

  /** Waits until nothing is under way any more; nothing new is taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.draining));
  }

  /** The same promise for every call, so that calls go on in the order in which they came. */
  #count(topic: string): Promise<number> {
    let count = this.#counts.get(topic);
    if (count === undefined) {
      count = this.#options.partitionsOf(topic);
      this.#counts.set(topic, count);
      count.catch(() => this.#counts.delete(topic));
    }
    return count;
  }

  #lane(topic: string, partition: number): Lane {
    const key = partitionKey({ topic, partition });
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { topic, partition, records: [], calls: [], head: 0, draining: null };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  async #drain(lane: Lane): Promise<void> {
    await null; // calls of the same turn join the first batch
    while (lane.head < lane.records.length) {
      const size = batchSize(lane);
      const records = lane.records.slice(lane.head, lane.head + size);
      const calls = lane.calls.slice(lane.head, lane.head + size);
      lane.head += size;
      if (lane.head === lane.records.length || lane.head > 50_000) {
        lane.records.splice(0, lane.head);
        lane.calls.splice(0, lane.head);
        lane.head = 0;
      }
      const { topic, partition } = lane;
      const deadlineMs = calls[0]!.startedMs + this.#timeoutMs;
      await this.#deliver({ topic, partition, records, deadlineMs }, calls);
    }
    lane.draining = null;
  }

  /** Settles the calls. A batch too large for the broker is halved until only the record at fault is refused. */
  async #deliver(batch: PartitionBatch, calls: readonly Call[]): Promise<void> {
    try {
      await this.#options.deliver(batch);
    } catch (error) {
      const half = batch.records.length >> 1;
      if (half === 0 || !(error instanceof KafkaError) || error.kind !== "record-too-large") {
        for (const call of new Set(calls)) call.reject(error);
        return;
      }
      await this.#deliver({ ...batch, records: batch.records.slice(0, half) }, calls.slice(0, half));
      await this.#deliver({ ...batch, records: batch.records.slice(half) }, calls.slice(half));
      return;
    }
    for (const call of calls) {
      if (--call.left === 0) call.resolve();
    }
  }
}

/** How many of the lane's next records go into one request: at least one. */
function batchSize(lane: Lane): number {
  let bytes = 0;
  const end = Math.min(lane.records.length, lane.head + SEND_RECORDS_MAX);
  for (let i = lane.head; i < end; i++) {
    bytes += sizeOf(lane.records[i]!);
    if (bytes > SEND_BYTES_MAX && i > lane.head) return i - lane.head;
  }
  return end - lane.head;
}

/** Bytes of a record, never less than what it takes in a request. */
function sizeOf(record: EncodedRecord): number {
  let bytes = 32 + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const header of record.headers ?? []) bytes += 10 + 3 * header.key.length + header.value.length;
  return bytes;
}
