/** A member of a consumer group, as its coordinator sees it, and what members ask and are told. */
import type { ErrorCode } from "../../wire/error_code.ts";

/** A way to share partitions that a member offers, with its opaque subscription. */
export interface OfferedProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** JoinGroup, as far as the group cares. */
export interface JoinRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly OfferedProtocol[];
  /** From JoinGroup 4 on a new member first learns its id and joins again with it (KIP-394). */
  readonly requiresKnownMemberId: boolean;
}

/** What a member learns from joining. */
export interface JoinReply {
  readonly errorCode: ErrorCode;
  readonly memberId: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  /** All members, for the leader; empty for the others. */
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Uint8Array;
  }[];
}

/** SyncGroup, as far as the group cares. */
export interface SyncRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
  /** By member; given by the leader alone. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** What a member learns from syncing. */
export interface SyncReply {
  readonly errorCode: ErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** State of one member. */
export interface Member {
  readonly id: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly OfferedProtocol[];
  assignment: Uint8Array;
  lastSeenMs: number;
  /** Answers the JoinGroup that it waits in. */
  joinReply: ((reply: JoinReply) => void) | null;
  /** Answers the SyncGroup that it waits in. */
  syncReply: ((reply: SyncReply) => void) | null;
}

/** A refusal to join. */
export function refuseJoin(errorCode: ErrorCode, memberId: string): JoinReply {
  return {
    errorCode,
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: "",
    members: [],
  };
}

/** A refusal to sync. */
export function refuseSync(errorCode: ErrorCode): SyncReply {
  return { errorCode, protocolType: null, protocolName: null, assignment: new Uint8Array(0) };
}

/** Whether two offers are the same to the byte. */
export function sameProtocols(a: readonly OfferedProtocol[], b: readonly OfferedProtocol[]): boolean {
  return a.length === b.length && a.every((one, index) => {
    const other = b[index]!;
    return one.name === other.name && one.metadata.length === other.metadata.length &&
      one.metadata.every((byte, at) => byte === other.metadata[at]);
  });
}

/** The protocol that all members offer and most of them put first; `null` where there is none. */
export function voteProtocol(members: readonly Member[]): string | null {
  const votes = new Map<string, number>();
  for (const member of members) {
    const choice = member.protocols.find(({ name }) =>
      members.every((other) => other.protocols.some((offered) => offered.name === name))
    );
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
  }
  let winner: string | null = null;
  for (const [name, count] of votes) if (winner === null || count > votes.get(winner)!) winner = name;
  return winner;
}
