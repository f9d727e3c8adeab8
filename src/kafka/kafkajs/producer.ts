/** A producer by way of kafkajs: one `send` per partition, one under way in each. */
import { Buffer } from "node:buffer";
import kafkajs from "kafkajs";
import { REQUEST_TIMEOUT_MS, RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from "../limits.ts";
import type { OutgoingRecord, Producer, ProducerOptions } from "../port.ts";
import { BrokerError, throwIfFailed } from "../protocol_errors.ts";
import { type EncodedRecord, type PartitionBatch, Sender } from "../sender.ts";
import { Backoff } from "../../runtime/wait.ts";
import { notDelivered, Refusals } from "../outage.ts";
import { codeOf, fromKafkajs, mayPass } from "./failure.ts";
import type { KafkajsConnection } from "./group.ts";
import { ErrorCode } from "../../wire/error_code.ts";

/** See {@linkcode Producer}. */
export class KafkajsProducer implements Producer {
  readonly #producer: kafkajs.Producer;
  readonly #sender: Sender;
  readonly #refusals: Refusals;

  /**
   * `kafka` must not retry by itself: a retry of its `send` skips brokers that have answered, also for partitions
   * that a broker has only just taken over, and resolves although their records are stored nowhere.
   */
  constructor({ kafka, admin, warn }: KafkajsConnection, options: ProducerOptions = {}) {
    this.#refusals = new Refusals(warn);
    this.#producer = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    this.#sender = new Sender({
      deliver: (batch) => this.#deliver(batch),
      partitionsOf: async (topic) => (await admin.describeTopics([topic]))[0]?.partitions.length ?? 0,
      deliveryTimeoutMs: options.deliveryTimeoutMs,
    });
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    await this.#sender.send(topic, records);
  }

  async #deliver(batch: PartitionBatch): Promise<void> {
    const { topic, partition } = batch;
    const what = `sending ${batch.records.length} records to ${topic}-${partition}`;
    const messages = batch.records.map((record) => messageOf(record, partition));
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    for (;;) {
      try {
        await this.#attempt(batch, messages);
        return this.#refusals.stored();
      } catch (error) {
        const code = codeOf(error);
        if (!mayPass(error)) throw fromKafkajs(error, what);
        if (Date.now() >= batch.deadlineMs) throw notDelivered(what, { code, error });
        this.#refusals.refused(what, { code, untilMs: batch.deadlineMs });
      }
      await backoff.wait();
    }
  }

  async #attempt({ topic, partition }: PartitionBatch, messages: kafkajs.Message[]): Promise<void> {
    await this.#producer.connect();
    const answer = await this.#producer.send({ topic, messages, acks: -1, timeout: REQUEST_TIMEOUT_MS });
    const mine = answer.find((one) => one.topicName === topic && one.partition === partition);
    if (mine === undefined || answer.length !== 1) {
      throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE, `the answer does not name ${topic}-${partition}`);
    }
    throwIfFailed(mine.errorCode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sender.close();
    await this.#producer.disconnect();
  }
}

function messageOf(record: EncodedRecord, partition: number): kafkajs.Message {
  const message: kafkajs.Message = { key: bufferOf(record.key), value: bufferOf(record.value), partition };
  if (record.headers !== undefined && record.headers.length > 0) {
    const headers: Record<string, Buffer[]> = Object.create(null);
    for (const { key, value } of record.headers) (headers[key] ??= []).push(bufferOf(value)!);
    message.headers = headers;
  }
  return message;
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
