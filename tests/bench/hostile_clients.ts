/** Small clients that ask much of a broker, in a worker of their own: `postMessage({ port, name })` begins, any answer says that it has. */
import { batchOf } from "../support/batches.ts";
import { fetchPartition, WireClient, withDefaults } from "../broker/client.ts";
import { createTopicsApi, deleteTopicsApi } from "../../src/wire/api/admin.ts";
import { joinGroupApi } from "../../src/wire/api/groups.ts";
import {
  apiVersionsApi,
  deleteRecordsApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  produceApi,
} from "../../src/wire/api/records.ts";
import type { Api, Fields, Message } from "../../src/wire/schema.ts";

const NO_ID = "0".repeat(32);
const MIB = 1024 * 1024;

type Broker = { readonly port: number };

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

async function createTopic(broker: Broker, { name, partitions }: { name: string; partitions: number }) {
  using client = await WireClient.connect(broker);
  const topics = [{ name, partitions, replicationFactor: 1, assignments: [], configs: [] }];
  await client.ask(createTopicsApi, { topics, timeoutMs: 10_000 });
}

/** A topic of one partition with records of 1 kB in batches of 500. */
async function fill(broker: Broker, { topic, sizeBytes }: { topic: string; sizeBytes: number }) {
  await createTopic(broker, { name: topic, partitions: 1 });
  using client = await WireClient.connect(broker);
  const values = times(500, () => "x".repeat(1000));
  for (let sent = 0; sent < sizeBytes; sent += 500_000) {
    const records = [batchOf(values, { timestampMs: Date.now() - 10_000 })];
    await client.ask(produceApi, {
      acks: -1,
      timeoutMs: 10_000,
      topics: [{ name: topic, partitions: [{ partition: 0, records }] }],
    });
  }
}

/** Asks the same thing again and again on some connections, for ever. */
async function askForEver<Q extends Fields, S extends Fields>(
  broker: Broker,
  { api, request, version, connections = 4 }: {
    api: Api<Q, S>;
    request: Partial<Message<Q>>;
    version: number;
    connections?: number;
  },
): Promise<never> {
  const whole = withDefaults(api.request, request);
  await Promise.all(times(connections, async () => {
    for (;;) {
      using client = await WireClient.connect(broker);
      // The broker may close the connection: the next one goes on.
      try {
        for (;;) {
          await client.send(api, { version, request: whole });
          if (await client.nextFrame() === null) break;
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) {
          throw error;
        }
      }
    }
  }));
  throw new Error("unreachable");
}

/** Sends the same thing many times on some connections and reads nothing. */
async function sendWithoutReading<Q extends Fields>(
  broker: Broker,
  { api, request, version, count, connections }: {
    api: Api<Q, Fields>;
    request: Partial<Message<Q>>;
    version: number;
    count: number;
    connections: number;
  },
): Promise<void> {
  const whole = withDefaults(api.request, request);
  const clients = await Promise.all(times(connections, () => WireClient.connect(broker)));
  await Promise.all(clients.map(async (client) => {
    // The broker may close the connection.
    const send = () => client.send(api, { version, request: whole }).catch(() => null);
    for (let sent = 0; sent < count && await send() !== null; sent++);
  }));
}

function fetchOf(topic: string, { minBytes, maxWaitMs }: { minBytes: number; maxWaitMs: number }) {
  const topics = [{ topic, topicId: NO_ID, partitions: [fetchPartition()] }];
  return { minBytes, maxWaitMs, maxBytes: 0x7fffffff, topics };
}

/** Waiting fetches, each on a connection of its own and sent again when it was answered. */
async function waitForEver(broker: Broker, options: { topic: string; count: number; minBytes: number }) {
  const { topic, count, minBytes } = options;
  const request = fetchOf(topic, { minBytes, maxWaitMs: 60_000 });
  await askForEver(broker, { api: fetchApi, request, version: 12, connections: count });
}

function joinOf(groupId: string, names: readonly string[]) {
  const protocols = names.map((name) => ({ name, metadata: new Uint8Array(0) }));
  return {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: "consumer",
    protocols,
  };
}

/** A client: first what it needs, then what it does until it is stopped. */
interface HostileClient {
  readonly name: string;
  readonly prepare?: (broker: Broker) => Promise<void>;
  readonly run: (broker: Broker) => Promise<unknown>;
}

const DATA = "data";
const prepareData = (broker: Broker) => fill(broker, { topic: DATA, sizeBytes: 50 * MIB });
const prepareWide = (broker: Broker) => createTopic(broker, { name: "wide", partitions: 1000 });

/** The well-behaved client's topic. */
export const TOPIC = "well-behaved";

/** All of them. */
export const HOSTILE_CLIENTS: readonly HostileClient[] = [
  { name: "nobody", run: () => Promise.resolve() },
  {
    name: "Metadata, one topic of 1,000 partitions 20,000 times",
    prepare: prepareWide,
    run: (broker) =>
      askForEver(broker, {
        api: metadataApi,
        version: 9,
        request: { topics: times(20_000, () => ({ topicId: NO_ID, name: "wide" })) },
      }),
  },
  {
    name: "Metadata of all topics, 20,000 partitions",
    prepare: async (broker) => {
      for (let index = 0; index < 19; index++) {
        await createTopic(broker, { name: `wide-${index}`, partitions: 1000 });
      }
    },
    run: (broker) => askForEver(broker, { api: metadataApi, version: 9, request: { topics: null } }),
  },
  {
    name: "1,000 fetches of 50 MB on each of 10 connections, nothing read",
    prepare: prepareData,
    run: (broker) =>
      sendWithoutReading(broker, {
        api: fetchApi,
        version: 12,
        request: fetchOf(DATA, { minBytes: 1, maxWaitMs: 0 }),
        count: 1000,
        connections: 10,
      }),
  },
  {
    name: "fetches of 50 MB on 4 connections",
    prepare: prepareData,
    run: (broker) =>
      askForEver(broker, {
        api: fetchApi,
        version: 12,
        request: fetchOf(DATA, { minBytes: 1, maxWaitMs: 0 }),
      }),
  },
  {
    name: "ListOffsets, 100 times one partition of 50 MB by time",
    prepare: prepareData,
    run: (broker) => {
      const partition = { partition: 0, currentLeaderEpoch: -1, timestamp: Date.now() - 9_600 };
      const topics = [{ name: DATA, partitions: times(100, () => partition) }];
      return askForEver(broker, { api: listOffsetsApi, version: 5, request: { replicaId: -1, topics } });
    },
  },
  {
    name: "DeleteRecords, 2,000 times one partition",
    prepare: prepareData,
    run: (broker) => {
      const topics = [{ name: DATA, partitions: times(2000, (index) => ({ partition: 0, offset: index })) }];
      return askForEver(broker, { api: deleteRecordsApi, version: 2, request: { topics, timeoutMs: 1000 } });
    },
  },
  {
    name: "DeleteRecords of 1,000 partitions",
    prepare: prepareWide,
    run: (broker) => {
      const topics = [{ name: "wide", partitions: times(1000, (partition) => ({ partition, offset: -1 })) }];
      return askForEver(broker, { api: deleteRecordsApi, version: 2, request: { topics, timeoutMs: 1000 } });
    },
  },
  {
    name: "JoinGroup, 20,000 protocols against 20,000",
    run: async (broker) => {
      const join = (prefix: string) => joinOf("g", times(20_000, (index) => `${prefix}${index}`));
      using first = await WireClient.connect(broker);
      await first.ask(joinGroupApi, join("a"), 3);
      await askForEver(broker, { api: joinGroupApi, version: 3, request: join("b") });
    },
  },
  {
    name: "JoinGroup without member id, without end",
    run: (broker) => askForEver(broker, { api: joinGroupApi, version: 9, request: joinOf("g", ["range"]) }),
  },
  {
    name: "CreateTopics, 20,000 bad names",
    run: (broker) => {
      const one = { partitions: 1, replicationFactor: 1, assignments: [], configs: [] };
      const topics = times(20_000, (index) => ({ name: `bad name ${index}`, ...one }));
      return askForEver(broker, { api: createTopicsApi, version: 5, request: { topics, timeoutMs: 1000 } });
    },
  },
  {
    name: "CreateTopics, 1,000 topics of 10 partitions",
    run: (broker) => {
      const one = { partitions: 10, replicationFactor: 1, assignments: [], configs: [] };
      const topics = times(1000, (index) => ({ name: `topic-${index}`, ...one }));
      return askForEver(broker, { api: createTopicsApi, version: 5, request: { topics, timeoutMs: 1000 } });
    },
  },
  {
    name: "CreateTopics and DeleteTopics, 5,000 partitions",
    run: async (broker) => {
      for (;;) {
        await createTopic(broker, { name: "wide", partitions: 5000 });
        using client = await WireClient.connect(broker);
        await client.ask(deleteTopicsApi, { topics: [{ name: "wide", topicId: NO_ID }], timeoutMs: 1000 });
      }
    },
  },
  {
    name: "Metadata of 5,000 unknown names",
    run: (broker) =>
      askForEver(broker, {
        api: metadataApi,
        version: 9,
        request: { topics: times(5000, (index) => ({ topicId: NO_ID, name: `unknown-${index}` })) },
      }),
  },
  {
    name: "20 fetches that wait for 2³¹−1 bytes of 50 MB",
    prepare: prepareData,
    run: (broker) => waitForEver(broker, { topic: DATA, count: 20, minBytes: 2 ** 31 - 1 }),
  },
  {
    name: "500 fetches that wait on another topic",
    prepare: (broker) => createTopic(broker, { name: "other", partitions: 1 }),
    run: (broker) => waitForEver(broker, { topic: "other", count: 500, minBytes: 1 }),
  },
  {
    name: "3 fetches of the same topic that wait for 1,000,000 bytes",
    run: (broker) => waitForEver(broker, { topic: TOPIC, count: 3, minBytes: 1_000_000 }),
  },
  {
    name: "a fetch of the same topic that waits for 40 MB",
    run: (broker) => waitForEver(broker, { topic: TOPIC, count: 1, minBytes: 40 * MIB }),
  },
  {
    name: "20 connections that hold 60 MB of a request of 63 MB",
    run: async (broker) => {
      const part = new Uint8Array(60 * MIB);
      new DataView(part.buffer).setInt32(0, 63 * MIB);
      await Promise.all(times(20, async () => {
        for (;;) {
          const client = await WireClient.connect(broker);
          await client.sendBytes(part).catch(() => {});
          if (await client.nextFrame().catch(() => null) === null) client[Symbol.dispose]();
        }
      }));
    },
  },
  {
    name: "ApiVersions without end on 50 connections, nothing read",
    run: (broker) =>
      sendWithoutReading(broker, {
        api: apiVersionsApi,
        version: 3,
        request: {},
        count: 100_000,
        connections: 50,
      }),
  },
  {
    name: "2,000 connections that ask nothing",
    run: async (broker) => {
      for (;;) {
        const clients = [];
        for (let count = 0; count < 2000; count++) clients.push(await WireClient.connect(broker));
        for (const client of clients) client[Symbol.dispose]();
      }
    },
  },
];

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<{ port: number; name: string }>) => void) | null;
  postMessage(value: unknown): void;
};

if ("WorkerGlobalScope" in globalThis) {
  scope.onmessage = async ({ data: { port, name } }) => {
    const client = HOSTILE_CLIENTS.find((one) => one.name === name)!;
    await client.prepare?.({ port });
    scope.postMessage("begins");
    await client.run({ port });
  };
}
