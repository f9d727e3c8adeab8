/**
 * Requests of our own tables by way of kafkajs' connections: its admin client has no call for some of them, and leaves
 * fields of others out. They go over connections of their own.
 */
import type { Kafka } from "kafkajs";
import type { Asked, Nodes } from "../inspection.ts";
import { KafkaError } from "../port.ts";
import type { Fields, Message } from "../../wire/schema.ts";
import { retry } from "./failure.ts";
import { type Exchange, exchangeOf } from "./protocol.ts";

/** A broker, as kafkajs has it. */
interface Broker {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;
  readonly connectionPool: { send(exchange: Exchange): Promise<unknown> };
}

/** The part of kafkajs' cluster that is used. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findBroker(options: { nodeId: number }): Promise<Broker>;
  readonly brokerPool: {
    readonly brokers: Readonly<Record<number, Broker>>;
    findConnectedBroker(): Promise<Broker>;
  };
}

/** See {@linkcode Nodes}. */
export class KafkajsNodes implements Nodes {
  readonly retry = retry;
  readonly #cluster: Cluster;

  constructor(kafka: Kafka) {
    this.#cluster = clusterOf(kafka);
  }

  async ask<Q extends Fields, S extends Fields>(
    node: number | null,
    { api, versions: [first, last] }: Asked<Q, S>,
    request: Message<Q>,
  ): Promise<Message<S>> {
    const { brokerPool } = this.#cluster;
    await this.#cluster.connect();
    if (node !== null && brokerPool.brokers[node] === undefined) await this.#cluster.refreshMetadata();
    const broker = node === null
      ? await brokerPool.findConnectedBroker()
      : await this.#cluster.findBroker({ nodeId: node });
    const known = broker.versions[api.key];
    const version = Math.min(last, known?.maxVersion ?? -1);
    if (version < Math.max(first, known?.minVersion ?? 0)) {
      throw new KafkaError("protocol", `the broker does not know version ${first} of ${api.name}`);
    }
    return await broker.connectionPool.send(exchangeOf(api, { version, request })) as Message<S>;
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }
}

/** kafkajs keeps its clusters to itself: the function that makes one stands under a symbol. */
function clusterOf(kafka: Kafka): Cluster {
  const made = Object.getOwnPropertySymbols(kafka).find(({ description }) =>
    description === "private:Kafka:createCluster"
  );
  const create = made && (kafka as unknown as Record<symbol, (options: unknown) => Cluster>)[made];
  if (create === undefined) throw new Error("this version of kafkajs makes its clusters elsewhere");
  return create({ allowAutoTopicCreation: false });
}
