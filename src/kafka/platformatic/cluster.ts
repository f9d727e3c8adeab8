/**
 * Connections to the brokers of a cluster, by way of @platformatic/kafka's `Connection`; messages are ours (`apis.ts`).
 * Its `Consumer` and `Producer` are not used: they rejoin and commit again by themselves, drop the order of
 * overlapping sends on a retry, and make an object per message; what the port promises needs the requests.
 */
import { Connection, type ConnectionOptions as LibraryOptions } from "@platformatic/kafka";
import { type Address, parseBootstrap, requireConfidentialLogin } from "../bootstrap.ts";
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "../limits.ts";
import { type ConnectionOptions, KafkaError } from "../port.ts";
import { BrokerError, connectionFailure, reasonOf, throwIfFailed } from "../protocol_errors.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Asked } from "../inspection.ts";
import { Outage } from "../outage.ts";
import { Backoff } from "../../runtime/wait.ts";
import type { metadataApi } from "../../wire/api/records.ts";
import type { Fields, Message, ResponseOf } from "../../wire/schema.ts";
import { NO_UUID } from "../../wire/schema.ts";
import { APIS, type Versions, versionsOf } from "./apis.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { LIBRARY, mayPass } from "./failure.ts";

/** Requests of different lanes do not wait for each other: a long fetch must not delay a heartbeat. */
export type Lane = "main" | "inspect" | "produce" | `fetch-${number}` | `group-${number}`;

/** Where a broker is, and which lane to take. */
export interface Route {
  readonly address: Address;
  readonly lane: Lane;
  /** @default REQUEST_TIMEOUT_MS */
  readonly timeoutMs?: number;
}

/** A cluster's connections and what is known of its brokers. */
export class Cluster {
  readonly #options: ConnectionOptions;
  readonly #bootstrap: readonly Address[];
  readonly #outage: Outage;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #brokers = new Map<number, Address>();
  #versions: ReadonlyMap<number, { minVersion: number; maxVersion: number }> | null = null;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#bootstrap = parseBootstrap(options.bootstrapServer);
    this.#outage = new Outage((message) => this.warn(message));
  }

  /** Tries until a broker answers. */
  async connect(): Promise<void> {
    const deadline = Date.now() + (this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
    const backoff = new Backoff(50, 1_000);
    for (;;) {
      try {
        await this.metadata([]);
        return;
      } catch (error) {
        if (error instanceof UserError) throw error;
        const failure = connectionFailure(error, { options: this.#options, library: LIBRARY });
        if (failure.kind === "authentication" || Date.now() >= deadline) throw failure;
      }
      await backoff.wait();
    }
  }

  /** No broker could be reached the last time that it was tried. */
  get isAway(): boolean {
    return this.#outage.isAway;
  }

  /** Says something that a person should know. */
  warn(message: string): void {
    this.#options.onWarning?.(message);
  }

  /** What the first reachable broker knows of topics (`null`: all of them). Brokers' addresses are remembered. */
  async metadata(topics: readonly string[] | null): Promise<ResponseOf<typeof metadataApi>> {
    const connection = await this.any();
    const response = await this.request(connection, APIS.metadata, {
      topics: topics && topics.map((name) => ({ topicId: NO_UUID, name })),
      ...{ allowAutoTopicCreation: false, includeClusterAuthorizedOperations: false },
      includeTopicAuthorizedOperations: false,
    });
    this.#brokers.clear();
    for (const broker of response.brokers) this.#brokers.set(broker.nodeId, broker);
    return response;
  }

  /** A connection to any broker that can be reached. */
  async any(lane: Lane = "main"): Promise<Connection> {
    let failure: unknown;
    for (const address of [...this.#brokers.values(), ...this.#bootstrap]) {
      try {
        return await this.connection({ address, lane });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** A connection to a broker by its number. */
  async node(id: number, lane: Lane): Promise<Connection> {
    const address = this.#brokers.get(id);
    if (address === undefined) {
      throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE, `broker ${id} is not in the cluster now`);
    }
    return await this.connection({ address, lane });
  }

  /** Opens a connection, or gives the open one. */
  async connection(route: Route): Promise<Connection> {
    if (this.#closed) throw new KafkaError("closed", "the Kafka client is closed");
    const key = `${route.lane} ${route.address.host}:${route.address.port}`;
    const open = this.#connections.get(key);
    if (open !== undefined) {
      const connection = await open;
      if (connection.isConnected()) return connection;
      if (this.#connections.get(key) === open) this.#connections.delete(key);
      return await this.connection(route);
    }
    const opening = this.#open(route, () => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key);
    });
    this.#connections.set(key, opening);
    return await opening;
  }

  async #open(route: Route, gone: () => void): Promise<Connection> {
    const { tls, sasl, clientId, connectTimeoutMs } = this.#options;
    requireConfidentialLogin(route.address.host, this.#options);
    const options: LibraryOptions = {
      connectTimeout: Math.min(5_000, connectTimeoutMs ?? CONNECT_TIMEOUT_MS),
      requestTimeout: route.timeoutMs ?? REQUEST_TIMEOUT_MS,
      ...(tls === undefined ? {} : { tls: { ...tls } }),
      ...(sasl === undefined ? {} : { sasl }),
    };
    const connection = new Connection(clientId, options);
    const address = `${route.address.host}:${route.address.port}`;
    connection.on("error", gone); // also keeps an error that nobody waits for from ending the program
    connection.on("close", gone);
    try {
      await connection.connect(route.address.host, route.address.port);
      if (this.#versions === null) await this.#learnVersions(connection);
      const closed = this.#outage.reached(address);
      connection.on("error", closed);
      connection.on("close", closed);
      return connection;
    } catch (error) {
      gone();
      if (mayPass(error) && !this.#closed) this.#outage.lost(address, reasonOf(error));
      await connection.close();
      throw error;
    }
  }

  async #learnVersions(connection: Connection): Promise<void> {
    const client = { clientSoftwareName: "streamflow", clientSoftwareVersion: "1" };
    const response = await APIS.apiVersions[0]!.async(connection, client);
    throwIfFailed(response.errorCode);
    this.#versions = new Map(response.apiKeys.map((api) => [api.apiKey, api]));
  }

  /** Sends a request; an answer with error codes in it is an answer, not a failure. */
  async request<Q extends Fields, S extends Fields>(
    connection: Connection,
    versions: Versions<Q, S>,
    request: Message<Q>,
  ): Promise<Message<S>> {
    const api = this.#find(versions);
    if (api !== undefined) return await api.async(connection, request);
    const key = versions[0]!.key;
    const range = this.#versions?.get(key);
    const known = range ? `versions ${range.minVersion} to ${range.maxVersion}` : "no version";
    const wanted = versions.map((one) => one.version).join(", ");
    throw new KafkaError("protocol", `the broker knows ${known} of API ${key}; needed is one of ${wanted}`);
  }

  /** {@linkcode Nodes.ask}: connections of their own, so that nobody who looks holds up who works. */
  async ask<Q extends Fields, S extends Fields>(
    node: number | null,
    asked: Asked<Q, S>,
    request: Message<Q>,
  ): Promise<Message<S>> {
    if (node !== null && !this.#brokers.has(node)) await this.metadata([]);
    const connection = node === null ? await this.any("inspect") : await this.node(node, "inspect");
    return await this.request(connection, versionsOf(asked), request);
  }

  /** Whether the broker knows one of the versions. */
  knows<Q extends Fields, S extends Fields>(versions: Versions<Q, S>): boolean {
    return this.#find(versions) !== undefined;
  }

  #find<Q extends Fields, S extends Fields>(versions: Versions<Q, S>): Versions<Q, S>[number] | undefined {
    const range = this.#versions?.get(versions[0]!.key);
    return versions.find((one) =>
      range !== undefined && one.version >= range.minVersion && one.version <= range.maxVersion
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = await Promise.allSettled(this.#connections.values());
    this.#connections.clear();
    await Promise.all(open.map((one) => one.status === "fulfilled" ? one.value.close() : undefined));
  }

  /** Closes the connections of a lane. */
  async closeLane(lane: Lane): Promise<void> {
    const mine = [...this.#connections].filter(([key]) => key.startsWith(`${lane} `));
    for (const [key] of mine) this.#connections.delete(key);
    const open = await Promise.allSettled(mine.map(([, opening]) => opening));
    await Promise.all(open.map((one) => one.status === "fulfilled" ? one.value.close() : undefined));
  }
}
