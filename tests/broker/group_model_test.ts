/** Consumer groups under chance: members come, go, fall silent and answer late; the group always comes to rest. */
import assert from "node:assert/strict";
import { Group } from "../../src/broker/groups/group.ts";
import { Holdings } from "../../src/broker/groups/holdings.ts";
import type { JoinReply, SyncReply } from "../../src/broker/groups/member.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";

const SESSION_MS = 10_000;
const PARTITIONS = 12;
const SEEDS = 60;

/** Mulberry32. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What all clients saw, by generation. */
class Witness {
  readonly #leaders = new Map<number, string>();
  readonly #owners = new Map<string, string>();
  #latest = 0;

  joined({ generationId, memberId, leader, members }: JoinReply): void {
    assert.ok(generationId >= this.#latest, "generations go forward");
    this.#latest = generationId;
    assert.equal(this.#leaders.get(generationId) ?? leader, leader, "one leader per generation");
    this.#leaders.set(generationId, leader);
    assert.equal(members.length > 0, leader === memberId, "the leader, and only it, learns the members");
  }

  /** Nobody may own what another member owns in the same generation. */
  owns(
    memberId: string,
    { generationId, partitions }: { generationId: number; partitions: Uint8Array },
  ): void {
    for (const partition of partitions) {
      const key = `${generationId}:${partition}`;
      assert.equal(this.#owners.get(key) ?? memberId, memberId, "one owner per partition and generation");
      this.#owners.set(key, memberId);
    }
  }
}

class Client {
  readonly #group: Group;
  readonly #witness: Witness;
  phase: "out" | "joining" | "joined" | "syncing" | "stable" | "dead" = "out";
  memberId = "";
  generationId = -1;
  partitions = new Uint8Array(0);
  #others: readonly { readonly memberId: string }[] = [];

  constructor(group: Group, witness: Witness) {
    this.#group = group;
    this.#witness = witness;
  }

  /** Does what a client does next. */
  step(nowMs: number): void {
    if (this.phase === "out") this.#join(nowMs);
    else if (this.phase === "joined") this.#sync(nowMs);
    else if (this.phase === "stable") {
      const { memberId, generationId } = this;
      const request = { memberId, generationId, groupInstanceId: null };
      this.#meet(this.#group.heartbeat(request, nowMs));
    }
  }

  leave(nowMs: number): void {
    if (this.memberId !== "") this.#group.leave({ memberId: this.memberId, groupInstanceId: null }, nowMs);
    this.phase = "dead";
  }

  #join(nowMs: number): void {
    this.phase = "joining";
    this.#group.join({
      memberId: this.memberId,
      groupInstanceId: null,
      clientId: "c",
      clientHost: "h",
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: 30_000,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: new Uint8Array(0) }],
      requiresKnownMemberId: true,
    }, { nowMs, reply: (reply) => this.#onJoin(reply) });
  }

  #onJoin(reply: JoinReply): void {
    if (this.phase !== "joining") return;
    if (reply.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = reply.memberId;
    if (!this.#meet(reply.errorCode)) return;
    this.phase = "joined";
    this.generationId = reply.generationId;
    this.#others = reply.members;
    this.#witness.joined(reply);
  }

  #sync(nowMs: number): void {
    this.phase = "syncing";
    const assignments = this.#others.map(({ memberId }, index) => ({
      memberId,
      assignment: Uint8Array.from({ length: PARTITIONS }, (_, partition) => partition)
        .filter((partition) => partition % this.#others.length === index),
    }));
    const { memberId, generationId } = this;
    this.#group.sync({ memberId, generationId, groupInstanceId: null, assignments }, {
      nowMs,
      reply: (reply) => this.#onSync(reply),
    });
  }

  #onSync(reply: SyncReply): void {
    if (this.phase !== "syncing" || !this.#meet(reply.errorCode)) return;
    this.phase = "stable";
    this.partitions = reply.assignment.slice();
    this.#witness.owns(this.memberId, this);
  }

  /** Reacts to an error as clients do; whether there was none. */
  #meet(errorCode: ErrorCode): boolean {
    if (errorCode === ErrorCode.NONE) return true;
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = "";
    this.phase = "out";
    return false;
  }
}

function runSeed(seed: number): void {
  const random = makeRandom(seed);
  const witness = new Witness();
  let ids = 0;
  const group = new Group("g", {
    limits: {
      sessionTimeoutMsMin: 1000,
      sessionTimeoutMsMax: 60_000,
      initialRebalanceDelayMs: seed % 2 === 0 ? 0 : 100,
      membersMax: 100,
      pendingIdMsMax: 60_000,
    },
    holdings: new Holdings({ memberBytesMax: 1e6, pendingIdsMax: 100 }),
    newMemberId: () => `m${++ids}`,
  });
  let nowMs = 0;
  let clients: Client[] = [];
  const advance = (ms: number) => {
    const until = nowMs + ms;
    for (let due = group.nextDeadlineMs(); due <= until; due = group.nextDeadlineMs()) {
      nowMs = Math.max(nowMs, due);
      group.tick(nowMs);
      assert.ok(group.nextDeadlineMs() > nowMs, "tick() did what was due");
    }
    nowMs = until;
  };
  for (let round = 0; round < 150; round++) {
    const choice = random();
    const client = clients[Math.floor(random() * clients.length)];
    if (clients.length < 2 || (choice < 0.08 && clients.length < 8)) clients.push(new Client(group, witness));
    else if (choice < 0.12) client!.phase = "dead";
    else if (choice < 0.16) client!.leave(nowMs);
    else if (choice < 0.85) client!.step(nowMs);
    else advance(random() * (random() < 0.1 ? 20_000 : 500));
    clients = clients.filter(({ phase }) => phase !== "dead");
  }
  for (let round = 0; round < 100; round++) {
    advance(1000);
    for (const client of clients) client.step(nowMs);
  }
  assert.equal(group.state, "Stable");
  assert.deepEqual(group.members.map(({ id }) => id).sort(), clients.map(({ memberId }) => memberId).sort());
  assert.ok(
    clients.every(({ phase, generationId }) => phase === "stable" && generationId === group.generationId),
  );
  const owned = clients.flatMap(({ partitions }) => [...partitions]).sort((a, b) => a - b);
  assert.deepEqual(owned, Array.from({ length: PARTITIONS }, (_, partition) => partition));
}

Deno.test("Group comes to rest with every partition owned once, whatever members did", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      runSeed(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
