/**
 * A consumer group with the classic protocol, as a state machine: time comes as `nowMs`, answers leave through the
 * callbacks that came with the questions, and {@linkcode Group.tick} does what is due.
 *
 * Empty → PreparingRebalance (members join) → CompletingRebalance (the leader assigns) → Stable.
 * A static member that comes back unchanged takes its old place without a rebalance (KIP-345).
 * Left out: skipping the assignment (KIP-814); a leader that comes back gets the answer that its old id leads.
 */
import { ErrorCode } from "../../wire/error_code.ts";
import type { Holdings } from "./holdings.ts";
import {
  type JoinReply,
  type JoinRequest,
  type Member,
  refuseJoin,
  refuseSync,
  sameOffers,
  sizeOfMember,
  type SyncReply,
  type SyncRequest,
  toOffers,
} from "./member.ts";
import { Roster } from "./roster.ts";

/** What a group allows. */
export interface GroupLimits {
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  /** How long an empty group waits for more members before its first generation. */
  readonly initialRebalanceDelayMs: number;
  readonly membersMax: number;
  /** How long an id that was given out may be used, at most. */
  readonly pendingIdMsMax: number;
}

/** What a group is made of. */
export interface GroupOptions {
  readonly limits: GroupLimits;
  /** What it holds together with the other groups. */
  readonly holdings: Holdings;
  readonly newMemberId: (clientId: string) => string;
}

/** Kafka's names of the states. */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

/** One group. */
export class Group {
  readonly id: string;
  readonly #limits: GroupLimits;
  readonly #newMemberId: (clientId: string) => string;
  readonly #holdings: Holdings;
  readonly #members: Roster;
  /** Ids given out with MEMBER_ID_REQUIRED, and until when they may be used. */
  readonly #pending = new Map<string, number>();
  #state: GroupState = "Empty";
  #generationId = 0;
  #protocolType: string | null = null;
  #protocolName: string | null = null;
  #leaderId: string | null = null;
  /** While preparing: not before, and at the latest. While completing: at the latest. */
  #earliestMs = 0;
  #latestMs = Infinity;
  #emptySinceMs = -Infinity;

  constructor(id: string, options: GroupOptions) {
    this.id = id;
    this.#limits = options.limits;
    this.#holdings = options.holdings;
    this.#members = new Roster(options.holdings);
    this.#newMemberId = options.newMemberId;
  }

  /** Where the group stands. */
  get state(): GroupState {
    return this.#state;
  }

  /** Whether nobody is in it, or about to be. */
  get isIdle(): boolean {
    return this.#state === "Empty" && this.nextDeadlineMs() === Infinity;
  }

  /** When its last member left; −∞ where it never had one. */
  get emptySinceMs(): number {
    return this.#emptySinceMs;
  }

  /** Counts completed rebalances. */
  get generationId(): number {
    return this.#generationId;
  }

  /** `consumer` for consumers; `null` before the first member. */
  get protocolType(): string | null {
    return this.#protocolType;
  }

  /** What the members agreed on. */
  get protocolName(): string | null {
    return this.#protocolName;
  }

  /** The members, in the order of joining. */
  get members(): readonly Member[] {
    return this.#members.all();
  }

  /** A member joins, or joins again. `reply` is called once: now, or when the rebalance completes. */
  join(request: JoinRequest, { nowMs, reply }: { nowMs: number; reply: (reply: JoinReply) => void }): void {
    const refusal = this.#refusalOfJoin(request);
    if (refusal !== ErrorCode.NONE) return reply(refuseJoin(refusal, request.memberId));
    if (request.memberId === "" && request.groupInstanceId === null && request.requiresKnownMemberId) {
      const id = this.#newMemberId(request.clientId);
      const { membersMax, pendingIdMsMax } = this.#limits;
      const untilMs = nowMs + Math.min(request.sessionTimeoutMs, pendingIdMsMax);
      this.#holdings.addPending(this.#pending, { id, untilMs, ownMax: membersMax });
      return reply(refuseJoin(ErrorCode.MEMBER_ID_REQUIRED, id));
    }
    const known = this.#members.get(request.memberId);
    if (known === undefined) this.#admit(request, { nowMs, reply });
    else this.#rejoin(known, { request, nowMs, reply });
    this.tick(nowMs);
  }

  #refusalOfJoin(request: JoinRequest): ErrorCode {
    const { sessionTimeoutMsMin, sessionTimeoutMsMax, membersMax } = this.#limits;
    if (request.sessionTimeoutMs < sessionTimeoutMsMin || request.sessionTimeoutMs > sessionTimeoutMsMax) {
      return ErrorCode.INVALID_SESSION_TIMEOUT;
    }
    if (request.protocols.length === 0 || request.protocolType === "") {
      return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
    }
    const member = this.#members.get(request.memberId);
    const isAlone = this.#members.size === (member === undefined ? 0 : 1);
    const agrees = isAlone || (request.protocolType === this.#protocolType &&
      this.#members.sharesOneOf(request.protocols, request.memberId));
    if (!agrees) return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
    const fenced = this.#fencing(request);
    if (fenced !== ErrorCode.NONE) return fenced;
    const isKnown = member !== undefined || this.#pending.has(request.memberId);
    if (request.memberId !== "" && !isKnown) return ErrorCode.UNKNOWN_MEMBER_ID;
    const isFull = member === undefined && this.#members.size >= membersMax;
    return isFull || !this.#holdings.mayHold(sizeOfJoin(request))
      ? ErrorCode.GROUP_MAX_SIZE_REACHED
      : ErrorCode.NONE;
  }

  /** A static member's instance id belongs to the member that joined with it last. */
  #fencing({ memberId, groupInstanceId }: { memberId: string; groupInstanceId: string | null }): ErrorCode {
    if (groupInstanceId === null || memberId === "") return ErrorCode.NONE;
    const owner = this.#members.ownerOf(groupInstanceId);
    return owner !== undefined && owner.id !== memberId ? ErrorCode.FENCED_INSTANCE_ID : ErrorCode.NONE;
  }

  #admit(request: JoinRequest, { nowMs, reply }: { nowMs: number; reply: (reply: JoinReply) => void }): void {
    const previous = request.groupInstanceId === null
      ? undefined
      : this.#members.ownerOf(request.groupInstanceId);
    if (previous !== undefined) this.#drop(previous, ErrorCode.FENCED_INSTANCE_ID);
    this.#holdings.deletePending(this.#pending, request.memberId);
    const id = request.memberId === "" ? this.#newMemberId(request.clientId) : request.memberId;
    this.#protocolType = request.protocolType;
    const protocols = toOffers(request.protocols);
    const isUnchanged = this.#state === "Stable" && previous !== undefined &&
      sameOffers(previous.protocols, protocols);
    const member: Member = {
      id,
      groupInstanceId: request.groupInstanceId,
      clientId: request.clientId,
      clientHost: request.clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: Math.max(request.rebalanceTimeoutMs, request.sessionTimeoutMs),
      protocols,
      assignment: isUnchanged ? previous.assignment : new Uint8Array(0),
      lastSeenMs: nowMs,
      joinReply: isUnchanged ? null : reply,
      syncReply: null,
    };
    this.#members.add(member);
    if (!isUnchanged) return this.#prepare(nowMs);
    const answer = this.#joined(member);
    if (previous.id === this.#leaderId) this.#leaderId = id;
    reply(answer);
  }

  #rejoin(
    member: Member,
    { request, nowMs, reply }: { request: JoinRequest; nowMs: number; reply: (reply: JoinReply) => void },
  ): void {
    const protocols = toOffers(request.protocols);
    const changed = !sameOffers(member.protocols, protocols);
    this.#members.update(member, () => member.protocols = protocols);
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = Math.max(request.rebalanceTimeoutMs, request.sessionTimeoutMs);
    member.lastSeenMs = nowMs;
    const wantsRebalance = changed || (this.#state === "Stable" && member.id === this.#leaderId);
    if (this.#state !== "PreparingRebalance" && !wantsRebalance) return reply(this.#joined(member));
    member.joinReply?.(refuseJoin(ErrorCode.UNKNOWN_MEMBER_ID, member.id));
    member.joinReply = reply;
    this.#prepare(nowMs);
  }

  #joined(member: Member): JoinReply {
    const isLeader = member.id === this.#leaderId;
    return {
      errorCode: ErrorCode.NONE,
      memberId: member.id,
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      leader: this.#leaderId ?? "",
      members: !isLeader ? [] : this.members.map(({ id, groupInstanceId, protocols }) => ({
        memberId: id,
        groupInstanceId,
        metadata: protocols.get(this.#protocolName ?? "") ?? new Uint8Array(0),
      })),
    };
  }

  #prepare(nowMs: number): void {
    for (const member of this.members) {
      member.syncReply?.(refuseSync(ErrorCode.REBALANCE_IN_PROGRESS));
      member.syncReply = null;
    }
    if (this.#state === "PreparingRebalance") return;
    this.#earliestMs = this.#state === "Empty" ? nowMs + this.#limits.initialRebalanceDelayMs : nowMs;
    this.#latestMs = nowMs + this.#members.rebalanceTimeoutMs();
    this.#state = "PreparingRebalance";
  }

  #complete(nowMs: number): void {
    for (const member of this.members) if (member.joinReply === null) this.#members.remove(member);
    this.#generationId++;
    const members = this.members;
    const first = members[0];
    if (first === undefined) {
      this.#state = "Empty";
      this.#emptySinceMs = nowMs;
      this.#leaderId = null;
      this.#protocolName = null;
      this.#latestMs = Infinity;
      return;
    }
    if (this.#leaderId === null || this.#members.get(this.#leaderId) === undefined) this.#leaderId = first.id;
    this.#protocolName = this.#members.vote();
    this.#state = "CompletingRebalance";
    this.#latestMs = nowMs + this.#members.rebalanceTimeoutMs();
    for (const member of members) {
      member.lastSeenMs = nowMs;
      const reply = member.joinReply!;
      member.joinReply = null;
      reply(this.#joined(member));
    }
  }

  #checkMember(
    { memberId, groupInstanceId, generationId }: {
      memberId: string;
      groupInstanceId: string | null;
      generationId: number;
    },
  ): Member | ErrorCode {
    const fenced = this.#fencing({ memberId, groupInstanceId });
    if (fenced !== ErrorCode.NONE) return fenced;
    const member = this.#members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    return generationId === this.#generationId ? member : ErrorCode.ILLEGAL_GENERATION;
  }

  /** A member asks for its share; the leader brings everyone's. */
  sync(request: SyncRequest, { nowMs, reply }: { nowMs: number; reply: (reply: SyncReply) => void }): void {
    const member = this.#checkMember(request);
    if (typeof member === "number") return reply(refuseSync(member));
    member.lastSeenMs = nowMs;
    if (this.#state === "PreparingRebalance") return reply(refuseSync(ErrorCode.REBALANCE_IN_PROGRESS));
    if (this.#state === "Stable") return reply(this.#synced(member));
    const sizeBytes = request.assignments.reduce((sum, { assignment }) => sum + assignment.length, 0);
    if (!this.#holdings.mayHold(sizeBytes)) return reply(refuseSync(ErrorCode.GROUP_MAX_SIZE_REACHED));
    member.syncReply?.(refuseSync(ErrorCode.UNKNOWN_MEMBER_ID));
    member.syncReply = reply;
    if (member.id !== this.#leaderId) return;
    const shares = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    this.#state = "Stable";
    this.#latestMs = Infinity;
    for (const other of this.members) {
      const share = shares.get(other.id)?.slice() ?? new Uint8Array(0);
      this.#members.update(other, () => other.assignment = share);
      other.lastSeenMs = other.syncReply === null ? other.lastSeenMs : nowMs;
      other.syncReply?.(this.#synced(other));
      other.syncReply = null;
    }
  }

  #synced(member: Member): SyncReply {
    return {
      errorCode: ErrorCode.NONE,
      protocolType: this.#protocolType,
      protocolName: this.#protocolName,
      assignment: member.assignment,
    };
  }

  /** A member says that it is alive; REBALANCE_IN_PROGRESS makes it join again. */
  heartbeat(
    request: { memberId: string; groupInstanceId: string | null; generationId: number },
    nowMs: number,
  ): ErrorCode {
    const member = this.#checkMember(request);
    if (typeof member === "number") return member;
    member.lastSeenMs = nowMs;
    return this.#state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** A member leaves. */
  leave(request: { memberId: string; groupInstanceId: string | null }, nowMs: number): ErrorCode {
    const { memberId, groupInstanceId } = request;
    if (this.#holdings.deletePending(this.#pending, memberId)) return ErrorCode.NONE;
    const byInstance = memberId === "" && groupInstanceId !== null
      ? this.#members.ownerOf(groupInstanceId)
      : undefined;
    const fenced = this.#fencing(request);
    if (fenced !== ErrorCode.NONE) return fenced;
    const member = byInstance ?? this.#members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    this.#drop(member, ErrorCode.UNKNOWN_MEMBER_ID);
    this.#prepare(nowMs);
    this.tick(nowMs);
    return ErrorCode.NONE;
  }

  #drop(member: Member, errorCode: ErrorCode): void {
    member.joinReply?.(refuseJoin(errorCode, member.id));
    member.syncReply?.(refuseSync(errorCode));
    this.#members.remove(member);
  }

  /** Whether a commit may be stored. Without a generation only while nobody is a member. */
  checkCommit(
    request: { memberId: string; groupInstanceId: string | null; generationId: number },
    nowMs: number,
  ): ErrorCode {
    if (request.generationId < 0 && this.#state === "Empty") return ErrorCode.NONE;
    const member = this.#checkMember(request);
    if (typeof member === "number") return member;
    member.lastSeenMs = nowMs;
    return this.#state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** Does what is due: sessions and unused ids expire, a rebalance completes. */
  tick(nowMs: number): void {
    for (const [id, untilMs] of this.#pending) {
      if (nowMs >= untilMs) this.#holdings.deletePending(this.#pending, id);
    }
    this.#expireSessions(nowMs);
    if (this.#state === "CompletingRebalance" && nowMs >= this.#latestMs) this.#expelUnsynced(nowMs);
    if (this.#state !== "PreparingRebalance") return;
    const allJoined = this.#pending.size === 0 && this.#members.haveAllJoined;
    if (nowMs >= this.#latestMs || (allJoined && nowMs >= this.#earliestMs)) this.#complete(nowMs);
  }

  #expireSessions(nowMs: number): void {
    for (const member of this.members) {
      const isWaiting = member.joinReply !== null || member.syncReply !== null;
      if (isWaiting || nowMs < member.lastSeenMs + member.sessionTimeoutMs) continue;
      this.#drop(member, ErrorCode.UNKNOWN_MEMBER_ID);
      this.#prepare(nowMs);
    }
  }

  /** The leader, or a member, never came for its share. */
  #expelUnsynced(nowMs: number): void {
    for (const member of this.members) {
      if (member.syncReply === null) this.#drop(member, ErrorCode.UNKNOWN_MEMBER_ID);
    }
    this.#prepare(nowMs);
  }

  /** When {@linkcode Group.tick} has something to do next; `Infinity` where only a request can change anything. */
  nextDeadlineMs(): number {
    let next = Infinity;
    for (const untilMs of this.#pending.values()) next = Math.min(next, untilMs);
    for (const member of this.members) {
      if (member.joinReply === null && member.syncReply === null) {
        next = Math.min(next, member.lastSeenMs + member.sessionTimeoutMs);
      }
    }
    if (this.#state === "CompletingRebalance") next = Math.min(next, this.#latestMs);
    if (this.#state !== "PreparingRebalance") return next;
    const allJoined = this.#pending.size === 0 && this.#members.haveAllJoined;
    return Math.min(next, allJoined ? Math.max(this.#earliestMs, 0) : this.#latestMs);
  }
}

/** What a member would hold if it joined like this. */
function sizeOfJoin({ memberId, groupInstanceId, clientId, protocols }: JoinRequest): number {
  const offers = new Map(protocols.map(({ name, metadata }) => [name, metadata]));
  return sizeOfMember({
    id: memberId,
    groupInstanceId,
    clientId,
    protocols: offers,
    assignment: new Uint8Array(0),
  });
}
