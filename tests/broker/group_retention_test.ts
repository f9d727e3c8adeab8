/** How long groups' offsets are kept, and which go first where there is no room. */
import assert from "node:assert/strict";
import type { JoinReply } from "../../src/broker/groups/member.ts";
import { EXPIRY_GRACE_MS, GROUP_LIMITS, PARTITIONS_MAX } from "../../src/broker/limits.ts";
import { BrokerState, type BrokerStateOptions } from "../../src/broker/state.ts";
import { joinGroupApi, offsetCommitApi } from "../../src/wire/api/groups.ts";
import { createTopicsApi, describeConfigsApi } from "../../src/wire/api/admin.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { startTestBroker, WireClient } from "./client.ts";
import { finish } from "../../src/wire/steps.ts";

const DAY_MS = 86_400_000;

/** Time goes on from behind the pause after a start, in which nothing expires. */
const START_MS = Date.now() + EXPIRY_GRACE_MS + DAY_MS;

function openState(options: Partial<BrokerStateOptions> = {}): BrokerState {
  return new BrokerState({ directory: null, defaultPartitions: 1, flush: "interval", ...options });
}

function commit(state: BrokerState, groupId: string, commitTimeMs: number): void {
  const offset = { topic: "t", partition: 0, offset: 5, leaderEpoch: -1, metadata: null };
  state.commitOffsets([{ groupId, ...offset, commitTimeMs }]);
}

function join(state: BrokerState, groupId: string, nowMs: number): JoinReply {
  let reply: JoinReply | null = null;
  const group = state.groupOrNew(groupId);
  group.join({
    memberId: "",
    groupInstanceId: null,
    clientId: "c",
    clientHost: "h",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array(0) }],
    requiresKnownMemberId: false,
  }, { nowMs, reply: (given) => reply = given });
  group.tick(nowMs + 1_000);
  assert.ok(reply !== null, "the group's only member hears at once");
  return reply;
}

Deno.test("offsets expire when nobody has used their group for a week, and not before", () => {
  const state = openState();
  commit(state, "old", START_MS);
  commit(state, "new", START_MS + DAY_MS);
  state.expireOffsets(START_MS + 7 * DAY_MS - 1);
  assert.deepEqual(state.groupIds(), ["new", "old"]);
  state.expireOffsets(START_MS + 7 * DAY_MS);
  assert.deepEqual(state.groupIds(), ["new"]);
  commit(state, "new", START_MS + 8 * DAY_MS);
  state.expireOffsets(START_MS + 8 * DAY_MS);
  assert.equal(state.offsets("new").size, 1, "a commit begins the week anew");
  state.close();
});

Deno.test("offsets of a group with members do not expire; the week begins when the last one leaves", () => {
  const state = openState();
  commit(state, "g", START_MS);
  const { memberId } = join(state, "g", START_MS);
  state.expireOffsets(START_MS + 30 * DAY_MS);
  assert.equal(state.offsets("g").size, 1);
  const leftMs = START_MS + 30 * DAY_MS;
  assert.equal(state.group("g")!.leave({ memberId, groupInstanceId: null }, leftMs), ErrorCode.NONE);
  state.expireOffsets(leftMs + 7 * DAY_MS - 1);
  assert.equal(state.offsets("g").size, 1);
  state.expireOffsets(leftMs + 7 * DAY_MS);
  assert.equal(state.offsets("g").size, 0);
  state.close();
});

Deno.test("nothing expires just after a start, whatever its age, and what expired stays away", async () => {
  const directory = await Deno.makeTempDir();
  let state = openState({ directory });
  finish(state.createTopic("t", { partitions: 1, configs: {} }));
  commit(state, "old", 1000);
  commit(state, "kept", START_MS);
  state.close();
  state = openState({ directory });
  state.expireOffsets(Date.now());
  assert.deepEqual(state.groupIds(), ["kept", "old"]);
  state.expireOffsets(START_MS);
  state.close();
  state = openState({ directory });
  assert.deepEqual(state.groupIds(), ["kept"]);
  state.close();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("where there is no room for a group, those go that nobody has used for longest", () => {
  const reports: string[] = [];
  const state = openState({ groups: { groupsMax: 4 }, report: (message) => reports.push(message) });
  for (const [index, id] of ["d", "a", "c", "b"].entries()) commit(state, id, START_MS + index);
  join(state, "d", START_MS);
  assert.ok(state.hasRoomFor("a"), "a group that there is needs no room");
  assert.deepEqual(reports, []);
  assert.ok(state.hasRoomFor("e"));
  commit(state, "e", START_MS + 9);
  assert.deepEqual(state.groupIds(), ["b", "c", "d", "e"], "d has a member, a was the next");
  assert.match(reports.join(), /4 consumer groups are the most .* offsets of 1 .* deleted; delete groups/);
  state.close();
});

Deno.test("groups that never committed go before any that did; where all have members none is taken", () => {
  const reports: string[] = [];
  const state = openState({ groups: { groupsMax: 2 }, report: (message) => reports.push(message) });
  commit(state, "committed", START_MS);
  for (const id of ["x", "y"]) state.groupOrNew(id);
  assert.ok(state.hasRoomFor("new"));
  assert.deepEqual([state.groupIds(), reports], [["committed"], []]);
  for (const id of ["committed", "busy"]) join(state, id, START_MS);
  assert.equal(state.hasRoomFor("new"), false);
  assert.match(reports.join(), /no more consumer groups are taken/);
  state.close();
});

Deno.test("10,000 groups are no end: the next ones are taken as well", async () => {
  await using broker = startTestBroker({ groups: { groupsMax: 20 } });
  using client = await WireClient.connect(broker);
  const wanted = { name: "t", partitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  await client.ask(createTopicsApi, { topics: [wanted] });
  for (let index = 0; index < 100; index++) {
    const partitions = [{ partition: 0, offset: index, leaderEpoch: -1, metadata: null }];
    const { topics } = await client.ask(offsetCommitApi, {
      groupId: `run-${index}`,
      generationId: -1,
      topics: [{ name: "t", partitions }],
    });
    assert.equal(topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE, `group ${index}`);
  }
});

Deno.test("a limit is reported when it is reached, not each time that a client asks", () => {
  const reports: string[] = [];
  const state = openState({ groups: { groupsMax: 1 }, report: (message) => reports.push(message) });
  const { memberId } = join(state, "busy", START_MS);
  for (let asked = 0; asked < 3; asked++) assert.equal(state.hasRoomFor("new"), false);
  const many = { partitions: PARTITIONS_MAX, configs: {} };
  finish(state.createTopic("wide", many));
  for (let asked = 0; asked < 3; asked++) {
    const refusal = state.refuseTopic("more", { partitions: 1, configs: {} });
    assert.equal(refusal?.errorCode, ErrorCode.POLICY_VIOLATION);
    assert.match(refusal.message, /delete topics that nobody needs/);
  }
  assert.deepEqual(reports.map((report) => report.split(":")[0]), [
    "no more consumer groups are taken",
    "no more topics are taken",
  ]);
  assert.equal(state.group("busy")!.leave({ memberId, groupInstanceId: null }, START_MS), ErrorCode.NONE);
  assert.ok(state.hasRoomFor("new"));
  finish(state.deleteTopic(state.topic("wide")!));
  assert.equal(state.refuseTopic("more", many), null);
  assert.equal(reports.length, 2);
  state.close();
});

Deno.test("session timeouts are Kafka's by default: 6 s to 30 min", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  const join = async (sessionTimeoutMs: number) => {
    const { errorCode } = await client.ask(joinGroupApi, {
      groupId: "g",
      sessionTimeoutMs,
      rebalanceTimeoutMs: 10_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(0) }],
    });
    return errorCode;
  };
  for (const sessionTimeoutMs of [-1, 0, 5_999, 1_800_001, 2 ** 31 - 1]) {
    assert.equal(await join(sessionTimeoutMs), ErrorCode.INVALID_SESSION_TIMEOUT, `${sessionTimeoutMs} ms`);
  }
  for (const sessionTimeoutMs of [6_000, 1_800_000]) {
    assert.equal(await join(sessionTimeoutMs), ErrorCode.MEMBER_ID_REQUIRED, `${sessionTimeoutMs} ms`);
  }
  const resources = [{ resourceType: 4, resourceName: "1", configurationKeys: null }];
  const { results } = await client.ask(describeConfigsApi, { resources });
  const values = new Map(results[0]?.configs.map(({ name, value }) => [name, value]));
  assert.equal(values.get("group.min.session.timeout.ms"), "6000");
  assert.equal(values.get("offsets.retention.minutes"), String(GROUP_LIMITS.offsetsRetentionMs / 60_000));
});
