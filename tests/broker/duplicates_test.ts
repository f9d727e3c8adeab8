/** Every API, asked for the same thing ten thousand times in one request: it is answered, and paid for, once. */
import assert from "node:assert/strict";
import { HANDLERS } from "../../src/broker/handlers.ts";
import type { Handler, RequestContext } from "../../src/broker/handler.ts";
import { Group } from "../../src/broker/groups/group.ts";
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { BrokerState } from "../../src/broker/state.ts";
import { Turn, Turns } from "../../src/broker/turns.ts";
import { writeResponse } from "../../src/wire/message.ts";
import type { Fields, Message } from "../../src/wire/schema.ts";
import { batchOf } from "../support/batches.ts";
import { fetchPartition, withDefaults } from "./client.ts";
import { finish } from "../../src/wire/steps.ts";

const NO_ID = "0".repeat(32);
const MANY = 10_000;

/** A request that names the same thing `count` times; `null`: the API's requests hold no list. */
type Asking = ((count: number) => Record<string, unknown>) | null;

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const topics = <P>(one: P) => (count: number) => ({
  topics: [...times(count, { name: "t", partitions: [one] }), { name: "t", partitions: times(count, one) }],
});

const ASKING: Readonly<Record<string, Asking>> = {
  // A repeated partition of Produce brings records of its own.
  Produce: null,
  Fetch: (count) => ({
    maxBytes: 0x7fffffff,
    topics: times(count, { topic: "t", topicId: NO_ID, partitions: [fetchPartition()] }),
  }),
  ListOffsets: topics({ partition: 0, currentLeaderEpoch: -1, timestamp: 1 }),
  Metadata: (count) => ({ topics: times(count, { topicId: NO_ID, name: "t" }) }),
  OffsetCommit: (count) => ({
    groupId: "g",
    generationId: -1,
    ...topics({ partition: 0, offset: 1, leaderEpoch: -1, metadata: "m", commitTimestamp: -1 })(count),
  }),
  OffsetFetch: (count) => ({
    groups: times(count, { groupId: "g", memberId: null, memberEpoch: -1, topics: null }),
  }),
  FindCoordinator: (count) => ({ coordinatorKeys: times(count, "g") }),
  JoinGroup: (count) => ({
    groupId: "joined",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: "consumer",
    protocols: times(count, { name: "range", metadata: new Uint8Array(100) }),
  }),
  Heartbeat: null,
  LeaveGroup: (count) => ({
    groupId: "g",
    members: times(count, { memberId: "m", groupInstanceId: null, reason: null }),
  }),
  SyncGroup: (count) => ({
    groupId: "g",
    assignments: times(count, { memberId: "m", assignment: new Uint8Array(100) }),
  }),
  DescribeGroups: (count) => ({ groups: times(count, "g") }),
  ListGroups: (count) => ({ statesFilter: times(count, "Stable"), typesFilter: times(count, "classic") }),
  ApiVersions: null,
  CreateTopics: (count) => ({
    topics: times(count, { name: "new", partitions: 1, replicationFactor: 1, assignments: [], configs: [] }),
  }),
  DeleteTopics: (count) => ({ topics: times(count, { name: "gone", topicId: NO_ID }) }),
  DeleteRecords: topics({ partition: 0, offset: 1 }),
  InitProducerId: null,
  OffsetForLeaderEpoch: (count) => ({
    topics: times(count, {
      topic: "t",
      partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }],
    }),
  }),
  DescribeConfigs: (count) => ({
    resources: times(count, { resourceType: 2, resourceName: "t", configurationKeys: null }),
  }),
  DescribeLogDirs: (count) => ({ topics: times(count, { name: "t", partitions: [0] }) }),
  CreatePartitions: (count) => ({ topics: times(count, { name: "t", count: 3, assignments: null }) }),
  DeleteGroups: (count) => ({ groups: times(count, "gone") }),
  ListPartitionReassignments: null,
  DescribeCluster: null,
};

/** Runs with a state of one topic and one group, whose logs and groups count what they are asked. */
async function withState(
  run: (context: Omit<RequestContext, "version">, calls: { count: number }) => unknown,
) {
  const turns = new Turns();
  const state = new BrokerState({ directory: null, defaultPartitions: 1, flush: "never" });
  const calls = { count: 0 };
  const undo: (() => void)[] = [];
  const counts = (prototype: object, names: readonly string[]) => {
    for (const name of names) {
      const original = Reflect.get(prototype, name);
      Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
        calls.count++;
        return Reflect.apply(original, this, args);
      });
      undo.push(() => Reflect.set(prototype, name, original));
    }
  };
  finish(state.createTopic("t", { partitions: 2, configs: {} }));
  state.log("t", 0)!.append(batchOf(["a", "b"]), Date.now());
  state.groupOrNew("g");
  counts(PartitionLog.prototype, ["read", "bytesFrom", "offsetForTimestamp", "deleteRecordsBefore"]);
  counts(Group.prototype, ["leave", "sync", "join"]);
  try {
    await run({
      state,
      nowMs: Date.now(),
      clientId: "c",
      clientHost: "h",
      advertised: { host: "h", port: 1 },
      signal: new AbortController().signal,
      turn: new Turn(turns),
      freeBytes: () => 1e9,
      hold: () => {},
    }, calls);
  } finally {
    for (const one of undo) one();
    turns.close();
    state.close();
  }
}

/** Bytes of the answer, and calls of logs and groups that it took. */
async function costOf(handler: Handler, request: Record<string, unknown>) {
  const { api, versions: [, version] } = handler;
  const cost = { sizeBytes: 0, calls: 0 };
  await withState(async (context, calls) => {
    const whole = withDefaults(api.request, request as Partial<Message<Fields>>);
    const value = await handler.handle(whole, { ...context, version });
    assert.ok(value !== null);
    for (const chunk of writeResponse(api, { value, version, correlationId: 1 })) {
      cost.sizeBytes += chunk.length;
    }
    cost.calls = calls.count;
  });
  return cost;
}

for (const handler of HANDLERS.values()) {
  const { name } = handler.api;
  Deno.test(`${name} is answered once, however often it names the same thing`, async () => {
    const asking = ASKING[name];
    assert.ok(asking !== undefined, `${name} has no row in this table`);
    if (asking === null) return;
    const once = await costOf(handler, asking(1));
    const often = await costOf(handler, asking(MANY));
    // A refusal says in words how often.
    assert.ok(
      often.sizeBytes <= once.sizeBytes + 100,
      `${often.sizeBytes} instead of ${once.sizeBytes} bytes`,
    );
    assert.equal(often.calls, once.calls);
  });
}
