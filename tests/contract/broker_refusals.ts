/** Requests that contradict themselves, or name what is not there. */
import assert from "node:assert/strict";
import {
  createTopicsApi,
  deleteTopicsApi,
  describeClusterApi,
  describeConfigsApi,
} from "../../src/wire/api/admin.ts";
import { findCoordinatorApi, heartbeatApi, leaveGroupApi } from "../../src/wire/api/groups.ts";
import { initProducerIdApi, listOffsetsApi, metadataApi } from "../../src/wire/api/records.ts";
import { type TestClusterKind, uniqueName } from "../support/cluster.ts";
import { rawBatch, rawRecord } from "../support/raw_batch.ts";
import {
  brokerTest,
  fetchRaw,
  nameOf,
  newTopic,
  NO_ID,
  offsetAt,
  produce,
  settled,
} from "./broker_client.ts";

const OTHER_ID = "ab".repeat(16);

/** Registers the tests. */
export function refusalsContract(cluster: TestClusterKind): void {
  brokerTest(
    cluster,
    "a topic is created from numbers or from assignments, with settings that have values",
    async (client) => {
      const create = async (
        given: {
          partitions?: number;
          replicationFactor?: number;
          value?: string | null;
          brokerIds?: number[];
        },
      ) => {
        const { partitions = -1, replicationFactor = -1, value = "60000", brokerIds } = given;
        const { topics } = await client.ask(createTopicsApi, {
          topics: [{
            name: uniqueName("c"),
            partitions,
            replicationFactor,
            assignments: brokerIds === undefined ? [] : [{ partition: 0, brokerIds }],
            configs: [{ name: "retention.ms", value }],
          }],
          timeoutMs: 10_000,
        });
        return nameOf(topics[0]!.errorCode);
      };
      assert.equal(await create({}), "NONE");
      assert.equal(await create({ brokerIds: [1] }), "NONE");
      assert.equal(await create({ brokerIds: [1], partitions: 1 }), "INVALID_REQUEST");
      assert.equal(await create({ brokerIds: [1], replicationFactor: 1 }), "INVALID_REQUEST");
      assert.equal(await create({ brokerIds: [9] }), "INVALID_REPLICA_ASSIGNMENT");
      assert.equal(await create({ value: null }), "INVALID_CONFIG");
      assert.equal(await create({ partitions: 0 }), "INVALID_PARTITIONS");
      assert.equal(await create({ replicationFactor: 0 }), "INVALID_REPLICATION_FACTOR");
      assert.equal(await create({ partitions: 1_000_000_000 }), "POLICY_VIOLATION");
    },
  );

  brokerTest(cluster, "a topic is deleted by its name or by its id", async (client) => {
    const remove = async (name: string | null, topicId: string) => {
      const { responses } = await client.ask(deleteTopicsApi, {
        topics: [{ name, topicId }],
        timeoutMs: 10_000,
      });
      return nameOf(responses[0]!.errorCode);
    };
    const topic = await newTopic(client);
    assert.equal(await remove(topic, OTHER_ID), "INVALID_REQUEST");
    assert.equal(await remove(null, NO_ID), "INVALID_REQUEST");
    assert.equal(await remove(null, OTHER_ID), "UNKNOWN_TOPIC_ID");
    const { topics } = await client.ask(metadataApi, { topics: [{ topicId: NO_ID, name: topic }] });
    assert.equal(await remove(null, topics[0]!.topicId), "NONE");
    assert.equal(await remove(topic, NO_ID), "UNKNOWN_TOPIC_OR_PARTITION");
  });

  brokerTest(cluster, "Metadata with an id asks for that id, whatever the name", async (client) => {
    const name = await newTopic(client);
    const { topics } = await client.ask(metadataApi, { topics: [{ topicId: OTHER_ID, name }] });
    assert.equal(nameOf(topics[0]!.errorCode), "UNKNOWN_TOPIC_ID");
  });

  brokerTest(
    cluster,
    "ListOffsets answers a partition that is named twice with INVALID_REQUEST",
    async (client) => {
      const topic = await newTopic(client);
      const one = { partition: 0, currentLeaderEpoch: -1, timestamp: -1 };
      for (const partitions of [[one, one], [one, { ...one, timestamp: -2 }]]) {
        const { topics } = await client.ask(listOffsetsApi, {
          replicaId: -1,
          topics: [{ name: topic, partitions }],
        });
        assert.deepEqual(topics[0]!.partitions.map(({ errorCode }) => nameOf(errorCode)), [
          "INVALID_REQUEST",
        ]);
      }
      assert.equal((await offsetAt(client, { topic, timestamp: -1 })).error, "NONE");
    },
  );

  brokerTest(cluster, "a fetch outside of the log has no offsets", async (client) => {
    const topic = await newTopic(client);
    await produce(client, { topic, batch: rawBatch({ records: rawRecord(), count: 1 }) });
    const { responses } = await fetchRaw(client, [topic], { partition: { fetchOffset: 9 } });
    const { errorCode, highWatermark, logStartOffset, lastStableOffset } = responses[0]!.partitions[0]!;
    assert.deepEqual(
      [nameOf(errorCode), highWatermark, logStartOffset, lastStableOffset],
      ["OFFSET_OUT_OF_RANGE", -1, -1, -1],
    );
  });

  brokerTest(
    cluster,
    "ids of producers, groups, coordinators and endpoints are what they can be",
    async (client) => {
      const init = (
        request: { transactionalId?: string; producerId?: number; producerEpoch?: number },
      ) =>
        settled(async () =>
          nameOf(
            (await client.ask(initProducerIdApi, { transactionTimeoutMs: 60_000, ...request })).errorCode,
          )
        );
      assert.equal(await init({ producerId: 5 }), "INVALID_REQUEST");
      assert.equal(await init({ producerEpoch: 5 }), "INVALID_REQUEST");
      assert.equal(await init({ transactionalId: "" }), "INVALID_REQUEST");
      assert.equal(await init({ producerId: 5, producerEpoch: 1 }), "NONE");
      const noGroup = { groupId: "", memberId: "m", generationId: 1 };
      assert.equal(nameOf((await client.ask(heartbeatApi, noGroup)).errorCode), "INVALID_GROUP_ID");
      assert.equal(nameOf((await client.ask(leaveGroupApi, { groupId: "" })).errorCode), "INVALID_GROUP_ID");
      const wanted = { keyType: 7, coordinatorKeys: ["x"] };
      const { coordinators } = await client.ask(findCoordinatorApi, wanted, 4);
      assert.equal(nameOf(coordinators[0]!.errorCode), "INVALID_REQUEST");
      for (
        const [endpointType, error] of [[1, "NONE"], [2, "MISMATCHED_ENDPOINT_TYPE"], [
          9,
          "UNSUPPORTED_ENDPOINT_TYPE",
        ]] as const
      ) {
        const { errorCode, brokers } = await client.ask(describeClusterApi, { endpointType });
        assert.deepEqual([nameOf(errorCode), brokers.length], [error, error === "NONE" ? 1 : 0]);
      }
      const resources = [{ resourceType: 2, resourceName: "a b", configurationKeys: null }];
      const { results } = await client.ask(describeConfigsApi, { resources });
      assert.equal(nameOf(results[0]!.errorCode), "INVALID_TOPIC_EXCEPTION");
    },
  );
}
