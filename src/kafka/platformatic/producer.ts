/** An idempotent producer: one batch in flight per partition, sent again under the same sequence until acknowledged. */
import { REQUEST_TIMEOUT_MS, RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from "../limits.ts";
import {
  KafkaError,
  type OutgoingRecord,
  partitionKey,
  type Producer,
  type ProducerOptions,
} from "../port.ts";
import { BrokerError, throwIfFailed, toKafkaError } from "../protocol_errors.ts";
import { notDelivered, Refusals } from "../outage.ts";
import { type PartitionBatch, Sender } from "../sender.ts";
import { Backoff } from "../../runtime/wait.ts";
import { APIS } from "./apis.ts";
import { encodeBatch } from "../../wire/encode_batch.ts";
import type { BatchOrigin } from "../../wire/record_batch.ts";
import type { Cluster } from "./cluster.ts";
import { knownLeaders, partitionsOf } from "./offsets.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { mayPass, retry } from "./failure.ts";

/** The broker does not know, or no longer takes, what this producer sends: a new producer id is needed. */
const STATE_LOST: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
]);

const ALL_IN_SYNC = -1;

/** See {@linkcode Producer}. */
export class PlatformaticProducer implements Producer {
  readonly #cluster: Cluster;
  readonly #sender: Sender;
  readonly #refusals: Refusals;
  readonly #leaders = new Map<string, number>();
  /** Of each partition: who sends, and the next sequence. */
  readonly #states = new Map<string, Required<BatchOrigin>>();
  /** Of each partition: the buffer of the last batch that was acknowledged. */
  readonly #buffers = new Map<string, Uint8Array<ArrayBuffer>>();
  #identity: Promise<Required<BatchOrigin>> | null = null;

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster;
    this.#refusals = new Refusals((message) => cluster.warn(message));
    this.#sender = new Sender({
      deliver: (batch) => this.#deliver(batch),
      partitionsOf: async (topic) => {
        const leaders = await partitionsOf(cluster, [topic]);
        for (const one of leaders) {
          if (one.leader >= 0) this.#leaders.set(partitionKey(one), one.leader);
        }
        return leaders.length;
      },
      deliveryTimeoutMs: options.deliveryTimeoutMs,
    });
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await this.#sender.send(topic, records);
  }

  async #deliver(batch: PartitionBatch): Promise<void> {
    const key = partitionKey(batch);
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    const what = `sending ${batch.records.length} records to ${batch.topic}-${batch.partition}`;
    const timestampMs = Date.now();
    let encoded = null as { readonly state: BatchOrigin; readonly bytes: Uint8Array<ArrayBuffer> } | null;
    for (;;) {
      try {
        const state = this.#states.get(key) ?? await this.#newState(key, batch.deadlineMs);
        if (encoded?.state !== state) {
          const reuse = this.#buffers.get(key);
          this.#buffers.delete(key); // what was not acknowledged may still be on its way: not written over
          encoded = { state, bytes: encodeBatch(batch.records, { ...state, timestampMs, reuse }) };
        }
        await this.#attempt(batch, encoded.bytes);
        const baseSequence = (state.baseSequence + batch.records.length) % 2 ** 31;
        this.#states.set(key, { ...state, baseSequence });
        this.#buffers.set(key, new Uint8Array(encoded.bytes.buffer));
        return this.#refusals.stored();
      } catch (error) {
        const code = error instanceof BrokerError ? error.code : null;
        const lost = code !== null && STATE_LOST.has(code);
        if (lost) this.#forget(key);
        if (!lost && !mayPass(error)) throw toKafkaError(error, what);
        if (Date.now() >= batch.deadlineMs) {
          this.#forget(key); // it may have been stored or not: the next sequence is not known
          throw notDelivered(what, { code, error });
        }
        this.#refusals.refused(what, { code, untilMs: batch.deadlineMs });
        this.#leaders.delete(key);
      }
      await backoff.wait();
    }
  }

  async #attempt(batch: PartitionBatch, bytes: Uint8Array): Promise<void> {
    const { topic, partition } = batch;
    const key = partitionKey(batch);
    let leader = this.#leaders.get(key);
    if (leader === undefined) {
      for (const one of await knownLeaders(this.#cluster, [topic])) {
        this.#leaders.set(partitionKey(one), one.leader);
      }
      leader = this.#leaders.get(key);
      if (leader === undefined) {
        throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE, `${topic}-${partition}`);
      }
    }
    const connection = await this.#cluster.node(leader, "produce");
    const response = await this.#cluster.request(connection, APIS.produce, {
      ...{ transactionalId: null, acks: ALL_IN_SYNC, timeoutMs: REQUEST_TIMEOUT_MS },
      topics: [{ name: topic, partitions: [{ partition, records: [bytes] }] }],
    });
    const answer = response.responses[0]?.partitions[0];
    if (answer === undefined || response.responses[0]?.name !== topic || answer.partition !== partition) {
      throw new KafkaError(
        "protocol",
        `sending to ${topic}-${partition}: the answer is for another partition`,
      );
    }
    if (answer.errorCode !== ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      throwIfFailed(answer.errorCode, answer.errorMessage);
    }
  }

  /** A partition begins with the producer id that all share; one that lost its state gets a new one. */
  async #newState(key: string, deadlineMs: number): Promise<Required<BatchOrigin>> {
    const what = "asking for a producer id";
    this.#identity ??= retry({ timeoutMs: Math.max(0, deadlineMs - Date.now()), what }, async () => {
      const connection = await this.#cluster.any();
      const { errorCode, producerId, producerEpoch } = await this.#cluster.request(
        connection,
        APIS.initProducerId,
        { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 },
      );
      throwIfFailed(errorCode);
      return { producerId, producerEpoch, baseSequence: 0 };
    });
    try {
      const identity = await this.#identity;
      this.#states.set(key, identity);
      return identity;
    } catch (error) {
      this.#identity = null;
      throw error;
    }
  }

  #forget(key: string): void {
    this.#states.delete(key);
    this.#identity = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sender.close();
  }
}
