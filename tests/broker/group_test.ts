/** Consumer groups on a clock of the test's own. */
import assert from "node:assert/strict";
import { Group } from "../../src/broker/groups/group.ts";
import { Holdings } from "../../src/broker/groups/holdings.ts";
import type { JoinReply, JoinRequest, SyncReply } from "../../src/broker/groups/member.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";

const SESSION_MS = 10_000;
const REBALANCE_MS = 60_000;

function makeGroup(initialRebalanceDelayMs = 0): Group {
  let ids = 0;
  return new Group("g", {
    limits: {
      sessionTimeoutMsMin: 1000,
      sessionTimeoutMsMax: 60_000,
      initialRebalanceDelayMs,
      membersMax: 10,
      pendingIdMsMax: 60_000,
    },
    holdings: new Holdings({ memberBytesMax: 1e6, pendingIdsMax: 100 }),
    newMemberId: (clientId) => `${clientId}-${++ids}`,
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Joins; the box gets the answer when there is one. */
function join(
  group: Group,
  { nowMs = 0, ...request }: Partial<JoinRequest> & { nowMs?: number } = {},
): { reply: JoinReply | null } {
  const box: { reply: JoinReply | null } = { reply: null };
  group.join({
    memberId: "",
    groupInstanceId: null,
    clientId: "c",
    clientHost: "h",
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: REBALANCE_MS,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: bytesOf("m") }],
    requiresKnownMemberId: false,
    ...request,
  }, {
    nowMs,
    reply(reply) {
      assert.equal(box.reply, null, "answered twice");
      box.reply = reply;
    },
  });
  return box;
}

function sync(
  group: Group,
  { nowMs = 0, shares = {}, ...request }: {
    memberId: string;
    generationId: number;
    shares?: Record<string, string>;
    nowMs?: number;
    groupInstanceId?: string | null;
  },
): { reply: SyncReply | null } {
  const box: { reply: SyncReply | null } = { reply: null };
  const assignments = Object.entries(shares).map(([memberId, share]) => ({
    memberId,
    assignment: bytesOf(share),
  }));
  group.sync({ groupInstanceId: null, ...request, assignments }, {
    nowMs,
    reply(reply) {
      assert.equal(box.reply, null, "answered twice");
      box.reply = reply;
    },
  });
  return box;
}

function shareOf({ reply }: { reply: SyncReply | null }): string {
  assert.equal(reply?.errorCode, ErrorCode.NONE);
  return new TextDecoder().decode(reply.assignment);
}

/** A stable group of one member. */
function makeStable(
  options: Partial<JoinRequest> = {},
): { group: Group; memberId: string; generationId: number } {
  const group = makeGroup();
  const { memberId, generationId } = join(group, options).reply!;
  const groupInstanceId = options.groupInstanceId ?? null;
  sync(group, { memberId, generationId, groupInstanceId, shares: { [memberId]: "all" } });
  assert.equal(group.state, "Stable");
  return { group, memberId, generationId };
}

const HEARTBEAT = { groupInstanceId: null };

Deno.test("join() and sync() make two members a generation, with shares by the leader", () => {
  const group = makeGroup(50);
  const first = join(group, { clientId: "a" });
  const second = join(group, { clientId: "b", nowMs: 20 });
  assert.equal(first.reply, null);
  assert.equal(group.nextDeadlineMs(), 50);
  group.tick(49);
  assert.equal(group.state, "PreparingRebalance");
  group.tick(50);
  assert.equal(first.reply!.generationId, 1);
  assert.equal(second.reply!.generationId, 1);
  assert.equal(first.reply!.leader, "a-1");
  assert.deepEqual(first.reply!.members.map(({ memberId }) => memberId), ["a-1", "b-2"]);
  assert.deepEqual(second.reply!.members, []);
  assert.equal(group.state, "CompletingRebalance");
  const waiting = sync(group, { memberId: "b-2", generationId: 1 });
  assert.equal(waiting.reply, null);
  const led = sync(group, { memberId: "a-1", generationId: 1, shares: { "a-1": "0", "b-2": "1" } });
  assert.deepEqual([shareOf(led), shareOf(waiting)], ["0", "1"]);
  assert.equal(group.state, "Stable");
});

Deno.test("join() from version 4 on gives a new member its id first", () => {
  const group = makeGroup();
  const { reply } = join(group, { requiresKnownMemberId: true });
  assert.equal(reply!.errorCode, ErrorCode.MEMBER_ID_REQUIRED);
  assert.equal(group.members.length, 0);
  const again = join(group, { requiresKnownMemberId: true, memberId: reply!.memberId });
  assert.equal(again.reply!.errorCode, ErrorCode.NONE);
  assert.equal(again.reply!.memberId, reply!.memberId);
});

Deno.test("join() waits for members that were given an id, as long as they may use it", () => {
  const group = makeGroup();
  const promised = join(group, { requiresKnownMemberId: true }).reply!.memberId;
  const first = join(group);
  assert.equal(first.reply, null);
  join(group, { requiresKnownMemberId: true, memberId: promised });
  assert.equal(first.reply!.members.length, 2);
  const late = join(group, { requiresKnownMemberId: true }).reply!.memberId;
  join(group, { memberId: promised });
  const again = join(group, { memberId: first.reply!.memberId, nowMs: 1 });
  assert.equal(again.reply!.generationId, 1);
  group.leave({ memberId: promised, groupInstanceId: null }, 2);
  const third = join(group, { memberId: first.reply!.memberId, nowMs: 3 });
  assert.equal(third.reply, null);
  group.tick(SESSION_MS);
  assert.equal(third.reply!.generationId, 2);
  assert.equal(join(group, { memberId: late }).reply!.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
});

Deno.test("join() refuses what does not fit", () => {
  const { group } = makeStable();
  assert.equal(join(group, { memberId: "nobody" }).reply!.errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(join(group, { sessionTimeoutMs: 1 }).reply!.errorCode, ErrorCode.INVALID_SESSION_TIMEOUT);
  const other = [{ name: "roundrobin", metadata: bytesOf("") }];
  assert.equal(join(group, { protocols: other }).reply!.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(join(group, { protocols: [] }).reply!.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  assert.equal(
    join(group, { protocolType: "connect" }).reply!.errorCode,
    ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
  );
  assert.equal(group.state, "Stable");
});

Deno.test("join() takes the protocol that all offer and most prefer", () => {
  const group = makeGroup(10);
  const offer = (...names: string[]) => names.map((name) => ({ name, metadata: bytesOf(name) }));
  const first = join(group, { protocols: offer("x", "range", "sticky") });
  join(group, { protocols: offer("sticky", "range") });
  join(group, { protocols: offer("sticky", "range") });
  group.tick(10);
  assert.equal(first.reply!.protocolName, "sticky");
  assert.deepEqual(first.reply!.members.map(({ metadata }) => new TextDecoder().decode(metadata)), [
    "sticky",
    "sticky",
    "sticky",
  ]);
});

Deno.test("heartbeat() makes members join again when one comes, and a new generation has both", () => {
  const { group, memberId } = makeStable();
  assert.equal(group.heartbeat({ ...HEARTBEAT, memberId, generationId: 1 }, 1), ErrorCode.NONE);
  const second = join(group, { clientId: "d", nowMs: 2 });
  assert.equal(second.reply, null);
  assert.equal(
    group.heartbeat({ ...HEARTBEAT, memberId, generationId: 1 }, 3),
    ErrorCode.REBALANCE_IN_PROGRESS,
  );
  assert.equal(sync(group, { memberId, generationId: 1 }).reply!.errorCode, ErrorCode.REBALANCE_IN_PROGRESS);
  const first = join(group, { memberId, nowMs: 4 });
  assert.deepEqual([first.reply!.generationId, second.reply!.generationId], [2, 2]);
  assert.equal(first.reply!.leader, memberId);
  assert.equal(group.heartbeat({ ...HEARTBEAT, memberId, generationId: 1 }, 5), ErrorCode.ILLEGAL_GENERATION);
  assert.equal(sync(group, { memberId, generationId: 1 }).reply!.errorCode, ErrorCode.ILLEGAL_GENERATION);
  assert.equal(
    group.heartbeat({ ...HEARTBEAT, memberId: "nobody", generationId: 2 }, 5),
    ErrorCode.UNKNOWN_MEMBER_ID,
  );
});

Deno.test("tick() drops a member that fell silent and rebalances the others", () => {
  const { group, memberId } = makeStable();
  const second = join(group, { clientId: "d", nowMs: 100 });
  join(group, { memberId, nowMs: 100 });
  sync(group, { memberId, generationId: 2, nowMs: 100 });
  sync(group, { memberId: second.reply!.memberId, generationId: 2, nowMs: 100 });
  group.heartbeat({ ...HEARTBEAT, memberId, generationId: 2 }, 9000);
  assert.equal(group.nextDeadlineMs(), 100 + SESSION_MS);
  group.tick(100 + SESSION_MS);
  assert.deepEqual(group.members.map(({ id }) => id), [memberId]);
  assert.equal(group.state, "PreparingRebalance");
  assert.equal(join(group, { memberId, nowMs: 10_200 }).reply!.generationId, 3);
  group.tick(10_200 + SESSION_MS);
  assert.deepEqual([group.state, group.members.length, group.nextDeadlineMs()], ["Empty", 0, Infinity]);
});

Deno.test("tick() goes on without members that do not join again in time", () => {
  const { group, memberId } = makeStable({ sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000 });
  const second = join(group, { nowMs: 1000, sessionTimeoutMs: 60_000 });
  group.heartbeat({ ...HEARTBEAT, memberId, generationId: 1 }, 59_000);
  group.tick(60_999);
  assert.equal(second.reply, null);
  group.tick(61_000);
  assert.equal(second.reply!.leader, second.reply!.memberId);
  assert.equal(group.members.length, 1);
});

Deno.test("tick() starts over when the leader brings no shares", () => {
  const group = makeGroup(10);
  const leader = join(group, { sessionTimeoutMs: 60_000 });
  const other = join(group, { sessionTimeoutMs: 60_000 });
  group.tick(10);
  const waiting = sync(group, { memberId: other.reply!.memberId, generationId: 1, nowMs: 20 });
  group.heartbeat({ ...HEARTBEAT, memberId: leader.reply!.memberId, generationId: 1 }, 30_000);
  assert.equal(group.nextDeadlineMs(), 10 + REBALANCE_MS);
  group.tick(10 + REBALANCE_MS);
  assert.equal(waiting.reply!.errorCode, ErrorCode.REBALANCE_IN_PROGRESS);
  assert.deepEqual(group.members.map(({ id }) => id), [other.reply!.memberId]);
  assert.equal(
    group.heartbeat({ ...HEARTBEAT, memberId: leader.reply!.memberId, generationId: 1 }, 70_000),
    ErrorCode.UNKNOWN_MEMBER_ID,
  );
});

Deno.test("join() of the same member again answers at once, of the leader with a rebalance", () => {
  const { group, memberId } = makeStable();
  const second = join(group, { clientId: "d" });
  join(group, { memberId });
  const id = second.reply!.memberId;
  sync(group, { memberId, generationId: 2, shares: { [memberId]: "0", [id]: "1" } });
  assert.equal(join(group, { memberId: id }).reply!.generationId, 2);
  assert.equal(shareOf(sync(group, { memberId: id, generationId: 2 })), "1");
  assert.equal(group.state, "Stable");
  assert.equal(join(group, { memberId }).reply, null);
  assert.equal(group.state, "PreparingRebalance");
});

Deno.test("leave() rebalances the rest, and leaves an empty group behind the last", () => {
  const { group, memberId } = makeStable();
  assert.equal(group.leave({ memberId: "nobody", groupInstanceId: null }, 0), ErrorCode.UNKNOWN_MEMBER_ID);
  assert.equal(group.leave({ memberId, groupInstanceId: null }, 0), ErrorCode.NONE);
  assert.deepEqual([group.state, group.members.length], ["Empty", 0]);
  assert.equal(join(group).reply!.generationId, 3);
});

Deno.test("checkCommit() takes commits of the generation, or without one while nobody is a member", () => {
  const alone = { memberId: "", generationId: -1, groupInstanceId: null };
  assert.equal(makeGroup().checkCommit(alone, 0), ErrorCode.NONE);
  const { group, memberId } = makeStable();
  assert.equal(group.checkCommit(alone, 0), ErrorCode.UNKNOWN_MEMBER_ID);
  const commit = { memberId, generationId: 1, groupInstanceId: null };
  assert.equal(group.checkCommit(commit, 0), ErrorCode.NONE);
  assert.equal(group.checkCommit({ ...commit, generationId: 0 }, 0), ErrorCode.ILLEGAL_GENERATION);
  assert.equal(group.checkCommit({ ...commit, memberId: "nobody" }, 0), ErrorCode.UNKNOWN_MEMBER_ID);
  join(group, { clientId: "d" });
  assert.equal(group.checkCommit(commit, 0), ErrorCode.NONE);
  join(group, { memberId });
  assert.equal(group.checkCommit({ ...commit, generationId: 2 }, 0), ErrorCode.REBALANCE_IN_PROGRESS);
});

Deno.test("join() of a static member that comes back gives it its place without a rebalance, and fences the old", () => {
  const { group, memberId } = makeStable({ groupInstanceId: "one" });
  const back = join(group, { groupInstanceId: "one", nowMs: 5 }).reply!;
  assert.deepEqual([back.errorCode, back.generationId, back.leader], [ErrorCode.NONE, 1, memberId]);
  assert.notEqual(back.memberId, memberId);
  assert.equal(group.state, "Stable");
  const generationId = 1;
  assert.equal(
    shareOf(sync(group, { memberId: back.memberId, generationId, groupInstanceId: "one" })),
    "all",
  );
  assert.equal(
    group.heartbeat({ memberId, groupInstanceId: "one", generationId }, 6),
    ErrorCode.FENCED_INSTANCE_ID,
  );
  assert.equal(
    join(group, { memberId, groupInstanceId: "one" }).reply!.errorCode,
    ErrorCode.FENCED_INSTANCE_ID,
  );
  assert.equal(
    group.checkCommit({ memberId, groupInstanceId: "one", generationId }, 6),
    ErrorCode.FENCED_INSTANCE_ID,
  );
  const changed = [{ name: "range", metadata: bytesOf("other topics") }];
  const again = join(group, { groupInstanceId: "one", protocols: changed, nowMs: 7 }).reply!;
  assert.deepEqual([again.generationId, again.leader], [2, again.memberId]);
  assert.equal(group.leave({ memberId: "", groupInstanceId: "one" }, 8), ErrorCode.NONE);
  assert.equal(group.state, "Empty");
});
