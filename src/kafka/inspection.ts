/**
 * What a person looks at: topics with their settings, sizes and offsets, groups with their members and commits, records
 * at an offset. Written once on Kafka's messages; an adapter sends them ({@linkcode Nodes}). Nothing is left behind on
 * the cluster.
 */
import { describeConfigsApi, describeLogDirsApi } from "../wire/api/admin.ts";
import { describeGroupsApi, findCoordinatorApi, listGroupsApi, offsetFetchApi } from "../wire/api/groups.ts";
import { fetchApi, listOffsetsApi, metadataApi } from "../wire/api/records.ts";
import { ErrorCode } from "../wire/error_code.ts";
import { type Api, type Fields, type Message, NO_UUID, type ResponseOf } from "../wire/schema.ts";
import { chunkOf, describedGroup, fetchRequest, inspected, READ_COMMITTED } from "./inspected.ts";
import { INSPECTION_PATIENCE_MS } from "./limits.ts";
import type {
  FetchedChunk,
  FetchPosition,
  GroupDescription,
  GroupListing,
  InspectedTopic,
  Inspection,
  ReplicaSize,
  TopicConfig,
} from "./inspection_port.ts";
import { KafkaError, type PartitionOffsets, type TopicDescription } from "./port.ts";
import { throwIfFailed } from "./protocol_errors.ts";
import type { Retry } from "./retry.ts";
import { type CommittedOffset, committedTopicId } from "./topic_id.ts";

/** A request and the versions of it that are spoken here, the first and the last. */
export interface Asked<Q extends Fields, S extends Fields> {
  readonly api: Api<Q, S>;
  readonly versions: readonly [number, number];
}

/** How an adapter sends requests to brokers. */
export interface Nodes {
  /** @param node the broker's number; `null`: any that can be reached */
  ask<Q extends Fields, S extends Fields>(
    node: number | null,
    asked: Asked<Q, S>,
    request: Message<Q>,
  ): Promise<Message<S>>;
  /** Tries again by the adapter's rules. */
  readonly retry: Retry;
}

const METADATA = { api: metadataApi, versions: [9, 12] } as const;
const LIST_OFFSETS = { api: listOffsetsApi, versions: [6, 9] } as const;
const FETCH = { api: fetchApi, versions: [12, 13] } as const;
const DESCRIBE_CONFIGS = { api: describeConfigsApi, versions: [4, 4] } as const;
const DESCRIBE_LOG_DIRS = { api: describeLogDirsApi, versions: [2, 4] } as const;
const LIST_GROUPS = { api: listGroupsApi, versions: [4, 5] } as const;
const DESCRIBE_GROUPS = { api: describeGroupsApi, versions: [5, 5] } as const;
const FIND_COORDINATOR = { api: findCoordinatorApi, versions: [4, 5] } as const;
const OFFSET_FETCH = { api: offsetFetchApi, versions: [8, 9] } as const;

const TOPIC_RESOURCE = 2;
const GROUP_KEY = 0;
const EARLIEST = -2;
const LATEST = -1;
/** Kafka's number for a setting that the topic itself has. */
const TOPIC_SOURCE = 1;

/** See {@linkcode Inspection}. */
export class ClusterInspection implements Inspection {
  readonly #nodes: Nodes;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  async topics(names: readonly string[] | null): Promise<InspectedTopic[]> {
    if (names?.length === 0) return [];
    const topics = await this.#attempt("looking up topics", async () => {
      const { topics } = await this.#metadata(names);
      for (const { errorCode, name } of topics) {
        const isUnknown = errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        if (isUnknown || (errorCode === ErrorCode.INVALID_TOPIC_EXCEPTION && names !== null)) {
          throw new KafkaError("unknown-topic", `topic "${name}" does not exist`);
        }
        if (names !== null) throwIfFailed(errorCode, name);
      }
      return topics;
    });
    return topics.map(inspected).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  async offsets(topics: readonly InspectedTopic[]): Promise<PartitionOffsets[]> {
    const what = "asking for the offsets of topics";
    const [first, next] = await Promise.all([
      this.#attempt(what, () => this.#listOffsets(topics, EARLIEST)),
      this.#attempt(what, () => this.#listOffsets(topics, LATEST)),
    ]);
    const ends = new Map(next.map((one) => [`${one.partition} ${one.topic}`, one.offset]));
    return first.flatMap(({ topic, partition, offset }) => {
      const highWatermark = ends.get(`${partition} ${topic}`);
      return highWatermark === undefined ? [] : [{ topic, partition, logStartOffset: offset, highWatermark }];
    });
  }

  async configs(topic: string): Promise<TopicConfig[]> {
    return await this.#attempt(`asking for the settings of topic "${topic}"`, async () => {
      const { results } = await this.#nodes.ask(null, DESCRIBE_CONFIGS, {
        resources: [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: null }],
        ...{ includeSynonyms: false, includeDocumentation: true },
      });
      const found = results[0];
      throwIfFailed(found?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, found?.errorMessage);
      return found!.configs.map(({ name, value, configSource, isSensitive, documentation }) => ({
        ...{ name, value, isSet: configSource === TOPIC_SOURCE, isSensitive, documentation },
      })).sort((a, b) => a.name < b.name ? -1 : 1);
    });
  }

  async logSizes(topics: readonly TopicDescription[]): Promise<ReplicaSize[]> {
    if (topics.length === 0) return [];
    const wanted = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((one) => one.partition),
    }));
    const replicas = topics.flatMap(({ partitions }) => partitions.flatMap((one) => one.replicas));
    const nodes = [...new Set(replicas)];
    // One attempt: a broker that is down, or does not say, must not keep back what the others say.
    const parts = await Promise.allSettled(nodes.map((node) => this.#logSizesOf(node, wanted)));
    return parts.flatMap((one) => one.status === "fulfilled" ? one.value : []);
  }

  async #logSizesOf(
    broker: number,
    topics: { name: string; partitions: number[] }[],
  ): Promise<ReplicaSize[]> {
    const once = { timeoutMs: 0, what: `asking broker ${broker} for the sizes of its logs` };
    const answer = await this.#nodes.retry(
      once,
      () => this.#nodes.ask(broker, DESCRIBE_LOG_DIRS, { topics }),
    );
    const found = answer.results.flatMap(({ topics }) =>
      topics.flatMap(({ name, partitions }) => partitions.map((one) => ({ topic: name, ...one })))
    );
    return found.filter(({ isFuture }) => !isFuture)
      .map(({ topic, partition, sizeBytes }) => ({ topic, partition, broker, sizeBytes }));
  }

  async groups(): Promise<GroupListing[]> {
    return await this.#attempt("listing groups", async () => {
      const { brokers } = await this.#metadata([]);
      const parts = brokers.map(async ({ nodeId }) => {
        const answer = await this.#nodes.ask(nodeId, LIST_GROUPS, { statesFilter: [], typesFilter: [] });
        throwIfFailed(answer.errorCode);
        return answer.groups.map(({ groupId, groupState: state, protocolType }) => ({
          ...{ groupId, state, protocolType },
        }));
      });
      return (await Promise.all(parts)).flat().sort((a, b) => a.groupId < b.groupId ? -1 : 1);
    });
  }

  async describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]> {
    const described = await this.#byCoordinator("describing groups", groupIds, async (node, groups) => {
      const answer = await this.#nodes.ask(node, DESCRIBE_GROUPS, {
        ...{ groups: [...groups], includeAuthorizedOperations: false },
      });
      return answer.groups;
    });
    return described.filter(({ errorCode }) => errorCode === ErrorCode.NONE).map(describedGroup);
  }

  async committed(groupIds: readonly string[]): Promise<Map<string, CommittedOffset[]>> {
    const what = "asking for the offsets of groups";
    const found = await this.#byCoordinator(what, groupIds, async (node, groups) => {
      const wanted = groups.map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null }));
      const request = { groupId: "", topics: null, groups: wanted, requireStable: false };
      return (await this.#nodes.ask(node, OFFSET_FETCH, request)).groups;
    });
    return new Map(found.map(({ groupId, topics }) => [
      groupId,
      topics.flatMap(({ name: topic, partitions }) =>
        partitions.filter(({ offset }) => offset >= 0).map(({ partition, offset, metadata }) => ({
          ...{ topic, partition, offset, topicId: committedTopicId(metadata) },
        }))
      ),
    ]));
  }

  async fetch(
    topic: InspectedTopic,
    { positions, bytesMax }: { positions: readonly FetchPosition[]; bytesMax: number },
  ): Promise<FetchedChunk[]> {
    const leaders = new Map(topic.partitions.map(({ partition, leader }) => [partition, leader]));
    const nodes = [...Map.groupBy(positions, ({ partition }) => leaders.get(partition) ?? -1)];
    const once = { timeoutMs: 0, what: `reading ${topic.name}` };
    const parts = nodes.filter(([node]) => node >= 0).map(([node, wanted]) =>
      this.#nodes.retry(once, async () => {
        const answer = await this.#nodes.ask(node, FETCH, fetchRequest(topic, { wanted, bytesMax }));
        throwIfFailed(answer.errorCode);
        return answer.responses.flatMap(({ partitions }) => partitions).map((one) =>
          chunkOf(one, wanted.find(({ partition }) => partition === one.partition)?.offset ?? 0)
        );
      })
    );
    return (await Promise.all(parts)).flat();
  }

  async #metadata(names: readonly string[] | null): Promise<ResponseOf<typeof metadataApi>> {
    return await this.#nodes.ask(null, METADATA, {
      topics: names && names.map((name) => ({ topicId: NO_UUID, name })),
      ...{ allowAutoTopicCreation: false, includeClusterAuthorizedOperations: false },
      includeTopicAuthorizedOperations: false,
    });
  }

  /** Partitions without a leader are left out. */
  async #listOffsets(topics: readonly InspectedTopic[], timestamp: number) {
    const all = topics.flatMap(({ name: topic, partitions }) => partitions.map((one) => ({ topic, ...one })));
    const parts = [...Map.groupBy(all.filter(({ leader }) => leader >= 0), ({ leader }) => leader)]
      .map(async ([node, led]) => {
        const wanted = [...Map.groupBy(led, ({ topic }) => topic)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition }) => ({ partition, currentLeaderEpoch: -1, timestamp })),
        }));
        const request = { replicaId: -1, isolationLevel: READ_COMMITTED, topics: wanted };
        const answer = await this.#nodes.ask(node, LIST_OFFSETS, request);
        return answer.topics.flatMap(({ name: topic, partitions }) =>
          // A leader that has just moved, or a topic that was deleted meanwhile, is seen by the next who asks.
          partitions.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
            .map(({ partition, offset }) => ({ topic, partition, offset }))
        );
      });
    return (await Promise.all(parts)).flat();
  }

  /** Asks the coordinator of each group, all groups of one coordinator in one request. */
  async #byCoordinator<T extends { readonly groupId: string; readonly errorCode: number }>(
    what: string,
    groupIds: readonly string[],
    ask: (node: number, groups: readonly string[]) => Promise<T[]>,
  ): Promise<T[]> {
    if (groupIds.length === 0) return [];
    return await this.#attempt(what, async () => {
      const request = { key: "", keyType: GROUP_KEY, coordinatorKeys: [...groupIds] };
      const { coordinators } = await this.#nodes.ask(null, FIND_COORDINATOR, request);
      for (const { errorCode, errorMessage } of coordinators) throwIfFailed(errorCode, errorMessage);
      const nodes = [...Map.groupBy(coordinators, ({ nodeId }) => nodeId)];
      const parts = nodes.map(([node, ones]) => ask(node, ones.map(({ key }) => key)));
      const answers = (await Promise.all(parts)).flat();
      for (const { groupId, errorCode } of answers) {
        if (errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) throwIfFailed(errorCode, groupId);
      }
      return answers;
    });
  }

  #attempt<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    return this.#nodes.retry({ timeoutMs: INSPECTION_PATIENCE_MS, what }, attempt);
  }
}
