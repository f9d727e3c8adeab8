/** What a group, and all groups together, may cost: counted, not timed. */
import assert from "node:assert/strict";
import { Group } from "../../src/broker/groups/group.ts";
import { Holdings } from "../../src/broker/groups/holdings.ts";
import type { JoinReply, JoinRequest, OfferedProtocol } from "../../src/broker/groups/member.ts";
import { GROUP_LIMITS, HOLDINGS_LIMITS } from "../../src/broker/limits.ts";
import { BrokerState } from "../../src/broker/state.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";

const SESSION_MS = 10_000;

function makeGroups(limits: Partial<typeof HOLDINGS_LIMITS> = {}) {
  const holdings = new Holdings({ ...HOLDINGS_LIMITS, ...limits });
  let ids = 0;
  const newGroup = (id: string) =>
    new Group(id, { limits: GROUP_LIMITS, holdings, newMemberId: () => `m${++ids}` });
  return { holdings, newGroup };
}

function join(group: Group, request: Partial<JoinRequest> = {}, nowMs = 0): JoinReply | null {
  let answer: JoinReply | null = null;
  group.join({
    memberId: "",
    groupInstanceId: null,
    clientId: "c",
    clientHost: "h",
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: SESSION_MS,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array(1) }],
    requiresKnownMemberId: true,
    ...request,
  }, { nowMs, reply: (reply) => answer = reply });
  return answer;
}

/** Joins with an id that was asked for before. */
function joinWithId(group: Group, request: Partial<JoinRequest> = {}): JoinReply | null {
  return join(group, { ...request, memberId: join(group, request)!.memberId });
}

Deno.test("two members with thousands of protocols are compared by name, not pairwise", () => {
  const { newGroup } = makeGroups();
  const group = newGroup("g");
  const count = 5000;
  let looks = 0;
  const offer = (prefix: string): OfferedProtocol[] =>
    Array.from({ length: count }, (_, index) => ({
      get name() {
        looks++;
        return `${prefix}-${index}`;
      },
      metadata: new Uint8Array(0),
    }));
  joinWithId(group, { protocols: offer("a") });
  group.tick(100);
  assert.equal(join(group, { protocols: offer("b") })?.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  joinWithId(group, { protocols: [...offer("b"), ...offer("a")] });
  group.tick(SESSION_MS);
  assert.ok(looks < 20 * count, `${looks} looks at ${count} protocols`);
});

Deno.test("ids that were given out are bounded in a group and in all, the oldest go first", () => {
  const { newGroup, holdings } = makeGroups({ pendingIdsMax: 2500 });
  const first = newGroup("first");
  const oldest = join(first)!.memberId;
  for (let count = 0; count < 3 * GROUP_LIMITS.membersMax; count++) join(first);
  assert.equal(holdings.pendingIds, GROUP_LIMITS.membersMax);
  assert.equal(join(first, { memberId: oldest })?.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  const groups = Array.from({ length: 5000 }, (_, index) => newGroup(`g${index}`));
  const ids = groups.map((group) => join(group)!.memberId);
  assert.equal(holdings.pendingIds, 2500);
  assert.equal(join(groups[0]!, { memberId: ids[0]! })?.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(join(groups[4999]!, { memberId: ids[4999]! }), null, "the newest id may be used");
  for (const group of groups) group.tick(SESSION_MS);
  first.tick(SESSION_MS);
  assert.equal(holdings.pendingIds, 0);
});

Deno.test("an id that was given out expires within a minute, whatever session its client asks for", () => {
  const { newGroup, holdings } = makeGroups();
  const group = newGroup("g");
  join(group, { sessionTimeoutMs: GROUP_LIMITS.sessionTimeoutMsMax });
  assert.equal(group.nextDeadlineMs(), GROUP_LIMITS.pendingIdMsMax);
  group.tick(GROUP_LIMITS.pendingIdMsMax);
  assert.equal(holdings.pendingIds, 0);
});

Deno.test("what members bring is bounded over all groups, kept without its request, and given back", () => {
  const { newGroup, holdings } = makeGroups({ memberBytesMax: 10_000 });
  const request = new Uint8Array(1_000_000);
  const protocols = [{ name: "range", metadata: request.subarray(0, 4000) }];
  const groups = [1, 2, 3].map((id) => newGroup(String(id)));
  for (const group of groups.slice(0, 2)) assert.equal(joinWithId(group, { protocols }), null);
  assert.equal(join(groups[2]!, { protocols })?.errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED);
  for (const group of groups) group.tick(100);
  const [member] = groups[0]!.members;
  assert.equal(member!.protocols.get("range")!.buffer.byteLength, 4000);
  let synced: ErrorCode | null = null;
  groups[0]!.sync({
    memberId: member!.id,
    groupInstanceId: null,
    generationId: 1,
    assignments: [{ memberId: member!.id, assignment: request }],
  }, { nowMs: 100, reply: ({ errorCode }) => synced = errorCode });
  assert.equal(synced, ErrorCode.GROUP_MAX_SIZE_REACHED);
  for (const group of groups.slice(0, 2)) {
    group.leave({ memberId: group.members[0]!.id, groupInstanceId: null }, 200);
  }
  assert.equal(holdings.sizeBytes, 0);
});

Deno.test("a request looks at the group that it is about, not at all of them", () => {
  const state = new BrokerState({ directory: null, defaultPartitions: 1, flush: "never" });
  const tick = Group.prototype.tick;
  let ticks = 0;
  Group.prototype.tick = function (nowMs) {
    ticks++;
    tick.call(this, nowMs);
  };
  try {
    for (let index = 0; index < 1000; index++) join(state.groupOrNew(`g${index}`));
    assert.equal(state.tickGroups(1), SESSION_MS);
    ticks = 0;
    for (let count = 0; count < 100; count++) {
      state.group("g7");
      state.tickGroups(2);
    }
    assert.equal(ticks, 100);
    assert.equal(state.tickGroups(SESSION_MS), Infinity);
    assert.equal(state.holdings.pendingIds, 0);
  } finally {
    Group.prototype.tick = tick;
    state.close();
  }
});
