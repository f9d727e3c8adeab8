/** Raw requests to whichever broker is there. */
import assert from "node:assert/strict";
import { createTopicsApi } from "../../src/wire/api/admin.ts";
import { fetchApi, listOffsetsApi, metadataApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode, errorName } from "../../src/wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../src/wire/schema.ts";
import { WireClient } from "../broker/client.ts";
import { type TestClusterKind, uniqueName } from "../support/cluster.ts";

export { errorName as nameOf };

/** No topic id. */
export const NO_ID = "0".repeat(32);

/** Registers a test that gets a connection to a broker. */
export function brokerTest(
  cluster: TestClusterKind,
  name: string,
  body: (client: WireClient) => Promise<void>,
): void {
  Deno.test({
    name: `broker, ${cluster.name}: ${name}`,
    ignore: cluster.missing !== null,
    fn: async () => {
      await using running = await cluster.open();
      using client = await WireClient.connect({ port: Number(running.bootstrapServer.split(":").at(-1)) });
      await body(client);
    },
  });
}

/** Asks for a topic of one partition; what is answered, by name. */
export async function createTopic(
  client: WireClient,
  name: string,
  configs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const wanted = {
    name,
    partitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
  const { topics } = await client.ask(createTopicsApi, { topics: [wanted], timeoutMs: 10_000 });
  return errorName(topics[0]!.errorCode);
}

/** A topic that nobody else uses, with a leader. */
export async function newTopic(
  client: WireClient,
  configs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = uniqueName("raw");
  assert.equal(await createTopic(client, name, configs), "NONE");
  for (;;) {
    const { topics } = await client.ask(metadataApi, { topics: [{ topicId: NO_ID, name }] });
    if (topics[0]?.partitions[0]?.errorCode === ErrorCode.NONE) return name;
  }
}

type Appended = ResponseOf<typeof produceApi>["responses"][number]["partitions"][number];

/** Sends one batch to partition 0. */
export async function produce(
  client: WireClient,
  { topic, batch, version }: { topic: string; batch: Uint8Array; version?: number },
): Promise<Appended> {
  const topics = [{ name: topic, partitions: [{ partition: 0, records: [batch] }] }];
  const { responses } = await client.ask(produceApi, { acks: -1, timeoutMs: 10_000, topics }, version);
  return responses[0]!.partitions[0]!;
}

type FetchRequest = RequestOf<typeof fetchApi>;
type FetchPartition = FetchRequest["topics"][number]["partitions"][number];

/** Fetches from partitions of topics, by name, without waiting. */
export async function fetchRaw(
  client: WireClient,
  topics: readonly string[],
  { version = 12, partition = {}, ...request }: Partial<Omit<FetchRequest, "topics">> & {
    partition?: Partial<FetchPartition>;
    version?: number;
  } = {},
): Promise<ResponseOf<typeof fetchApi>> {
  const wanted = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1_000_000,
    ...partition,
  };
  return await client.ask(fetchApi, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 10_000_000,
    topics: topics.map((topic) => ({ topic, topicId: NO_ID, partitions: [wanted] })),
    ...request,
  }, version);
}

/** Asks for the offset at a time in partition 0. */
export async function offsetAt(
  client: WireClient,
  { topic, timestamp, currentLeaderEpoch = -1, version }: {
    topic: string;
    timestamp: number;
    currentLeaderEpoch?: number;
    version?: number;
  },
) {
  const topics = [{ name: topic, partitions: [{ partition: 0, currentLeaderEpoch, timestamp }] }];
  const answer = await client.ask(listOffsetsApi, { replicaId: -1, topics }, version);
  const { errorCode, offset, timestamp: found, leaderEpoch } = answer.topics[0]!.partitions[0]!;
  return { error: errorName(errorCode), offset, timestamp: found, leaderEpoch };
}

/** What a coordinator answers while it starts. */
const NOT_YET = ["NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"];

/** Asks for an error by name until the coordinator has started. */
export async function settled(ask: () => Promise<string>): Promise<string> {
  for (;;) {
    const name = await ask();
    if (!NOT_YET.includes(name)) return name;
  }
}
