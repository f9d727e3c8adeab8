/** The handlers for groups and their offsets, through the wire, and what survives a restart. */
import assert from "node:assert/strict";
import type { RunningBroker } from "../../src/broker/mod.ts";
import {
  deleteGroupsApi,
  describeGroupsApi,
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  listGroupsApi,
  offsetCommitApi,
  offsetFetchApi,
  syncGroupApi,
} from "../../src/wire/api/groups.ts";
import { initProducerIdApi, metadataApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { startTestBroker, WireClient } from "./client.ts";

const GROUP = "g";

async function createTopic(client: WireClient, name: string): Promise<void> {
  await client.ask(metadataApi, {
    topics: [{ topicId: "0".repeat(32), name }],
    allowAutoTopicCreation: true,
  });
}

function join(client: WireClient, memberId = "") {
  return client.ask(joinGroupApi, {
    groupId: GROUP,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Uint8Array.of(1, 2, 3) }],
  });
}

/** Joins with the id that the first answer gives. */
async function joinAsNew(client: WireClient) {
  const first = await join(client);
  assert.equal(first.errorCode, ErrorCode.MEMBER_ID_REQUIRED);
  return await join(client, first.memberId);
}

function commit(
  client: WireClient,
  options: { generationId?: number; memberId?: string; topic?: string; offset?: number },
) {
  const { generationId = -1, memberId = "", topic = "t", offset = 7 } = options;
  const partitions = [{ partition: 0, offset, leaderEpoch: -1, metadata: "note" }];
  return client.ask(offsetCommitApi, {
    groupId: GROUP,
    generationId,
    memberId,
    topics: [{ name: topic, partitions }],
  });
}

async function committed(client: WireClient) {
  const groups = [{ groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }];
  const answer = await client.ask(offsetFetchApi, { groups });
  return answer.groups[0]?.topics ?? [];
}

Deno.test("a member joins, gets its share, commits and leaves", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  const { memberId, generationId, leader, members } = await joinAsNew(client);
  assert.equal(leader, memberId);
  assert.deepEqual(members.map(({ metadata }) => [...metadata!]), [[1, 2, 3]]);
  const assignments = [{ memberId, assignment: Uint8Array.of(9) }];
  const about = { groupId: GROUP, generationId, memberId };
  const synced = await client.ask(syncGroupApi, { ...about, assignments });
  assert.deepEqual([...synced.assignment!], [9]);
  assert.equal((await client.ask(heartbeatApi, about)).errorCode, ErrorCode.NONE);
  const late = await client.ask(heartbeatApi, { ...about, generationId: generationId - 1 });
  assert.equal(late.errorCode, ErrorCode.ILLEGAL_GENERATION);
  const stored = await commit(client, { generationId, memberId });
  assert.equal(stored.topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE);
  const stranger = await commit(client, { generationId, memberId: "stranger" });
  assert.equal(stranger.topics[0]?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  const { groups } = await client.ask(describeGroupsApi, { groups: [GROUP, "nobody"] });
  assert.deepEqual(groups.map(({ groupState }) => groupState), ["Stable", "Dead"]);
  assert.deepEqual([...groups[0]!.members[0]!.memberAssignment!], [9]);
  const refused = await client.ask(deleteGroupsApi, { groups: [GROUP] });
  assert.equal(refused.results[0]?.errorCode, ErrorCode.NON_EMPTY_GROUP);
  const left = await client.ask(leaveGroupApi, {
    groupId: GROUP,
    members: [{ memberId, groupInstanceId: null, reason: null }],
  });
  assert.equal(left.members[0]?.errorCode, ErrorCode.NONE);
  assert.equal((await client.ask(heartbeatApi, about)).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("a second member makes the first join again, and both share", async () => {
  await using broker = startTestBroker();
  using one = await WireClient.connect(broker);
  using two = await WireClient.connect(broker);
  const first = await joinAsNew(one);
  const about = { groupId: GROUP, generationId: first.generationId, memberId: first.memberId };
  await one.ask(syncGroupApi, {
    ...about,
    assignments: [{ memberId: first.memberId, assignment: Uint8Array.of(1) }],
  });
  const joining = joinAsNew(two);
  while ((await one.ask(heartbeatApi, about)).errorCode !== ErrorCode.REBALANCE_IN_PROGRESS);
  const [again, second] = await Promise.all([join(one, first.memberId), joining]);
  assert.equal(again.generationId, first.generationId + 1);
  assert.equal(second.generationId, again.generationId);
  assert.equal(again.members.length + second.members.length, 2, "the leader alone hears of both");
  const [leader, follower] = again.leader === again.memberId ? [one, two] : [two, one];
  const followerId = again.leader === again.memberId ? second.memberId : again.memberId;
  const { generationId } = again;
  const waiting = follower.ask(syncGroupApi, { groupId: GROUP, generationId, memberId: followerId });
  await leader.ask(syncGroupApi, {
    groupId: GROUP,
    generationId,
    memberId: again.leader,
    assignments: [{ memberId: again.leader, assignment: Uint8Array.of(1) }, {
      memberId: followerId,
      assignment: Uint8Array.of(2),
    }],
  });
  assert.deepEqual([...(await waiting).assignment!], [2]);
});

Deno.test("offsets are committed without members too, and only for what there is", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  assert.equal((await commit(client, {})).topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE);
  const missing = await commit(client, { topic: "missing" });
  assert.equal(missing.topics[0]?.partitions[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const zombie = await client.ask(offsetCommitApi, {
    groupId: "other",
    generationId: 3,
    memberId: "m",
    topics: [{ name: "t", partitions: [{ partition: 0, offset: 1, leaderEpoch: -1, metadata: null }] }],
  });
  assert.equal(zombie.topics[0]?.partitions[0]?.errorCode, ErrorCode.ILLEGAL_GENERATION);
  const topics = await committed(client);
  assert.deepEqual([topics[0]?.partitions[0]?.offset, topics[0]?.partitions[0]?.metadata], [7, "note"]);
  const old = await client.ask(offsetFetchApi, {
    groupId: GROUP,
    topics: [{ name: "t", partitions: [0, 1] }],
  }, 5);
  assert.deepEqual(old.topics[0]?.partitions.map(({ offset }) => offset), [7, -1]);
  const { groups } = await client.ask(listGroupsApi, { statesFilter: ["empty"] });
  assert.deepEqual(groups.map(({ groupId }) => groupId), [GROUP]);
  assert.equal((await client.ask(listGroupsApi, { statesFilter: ["Stable"] })).groups.length, 0);
  const results = async () => (await client.ask(deleteGroupsApi, { groups: [GROUP] })).results[0]?.errorCode;
  assert.deepEqual([await results(), await results()], [ErrorCode.NONE, ErrorCode.GROUP_ID_NOT_FOUND]);
  assert.deepEqual(await committed(client), []);
});

Deno.test("the one node coordinates groups; transactions are refused", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  const found = await client.ask(findCoordinatorApi, { keyType: 0, coordinatorKeys: ["a", "b"] });
  assert.deepEqual(found.coordinators.map(({ port }) => port), [broker.port, broker.port]);
  assert.equal((await client.ask(findCoordinatorApi, { key: "a" }, 0)).port, broker.port);
  const refused = await client.ask(findCoordinatorApi, { keyType: 1, coordinatorKeys: ["tx"] });
  assert.equal(refused.coordinators[0]?.errorCode, ErrorCode.UNSUPPORTED_VERSION);
  const noId = await client.ask(initProducerIdApi, { transactionalId: "tx", transactionTimeoutMs: 1000 });
  assert.equal(noId.errorCode, ErrorCode.UNSUPPORTED_VERSION);
});

Deno.test("topics, offsets, cluster id and producer ids survive a restart", async () => {
  const dataDir = await Deno.makeTempDir();
  const visit = async (look: (client: WireClient, broker: RunningBroker) => Promise<void>) => {
    await using broker = startTestBroker({ dataDir });
    using client = await WireClient.connect(broker);
    await look(client, broker);
  };
  try {
    let before: { clusterId: string; topicId: string; producerId: number } | undefined;
    await visit(async (client, { clusterId }) => {
      await createTopic(client, "t");
      await commit(client, { offset: 5 });
      const { topics } = await client.ask(metadataApi, { topics: null });
      const { producerId } = await client.ask(initProducerIdApi, {});
      before = { clusterId, topicId: topics[0]!.topicId, producerId };
    });
    await visit(async (client, { clusterId }) => {
      const { topics } = await client.ask(metadataApi, { topics: null });
      assert.deepEqual({ clusterId, topicId: topics[0]?.topicId }, {
        clusterId: before?.clusterId,
        topicId: before?.topicId,
      });
      assert.equal((await committed(client))[0]?.partitions[0]?.offset, 5);
      assert.ok((await client.ask(initProducerIdApi, {})).producerId > before!.producerId);
    });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
