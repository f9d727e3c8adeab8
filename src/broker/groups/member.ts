/** A member of a consumer group, as its coordinator sees it, and what members ask and are answered. */
import type { ErrorCode } from "../../wire/error_code.ts";

/** What an offer takes beside its bytes, about. */
const OFFER_BYTES = 200;

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
  /** Subscriptions by protocol, in the order of preference. */
  protocols: ReadonlyMap<string, Uint8Array>;
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

/** Offers by name, copied: a member keeps nothing else of the request alive. */
export function toOffers(protocols: readonly OfferedProtocol[]): Map<string, Uint8Array> {
  return new Map(protocols.map(({ name, metadata }) => [name, metadata.slice()]));
}

/** Whether two offers are the same to the byte. */
export function sameOffers(
  a: ReadonlyMap<string, Uint8Array>,
  b: ReadonlyMap<string, Uint8Array>,
): boolean {
  const names = b.keys();
  for (const [name, metadata] of a) {
    if (names.next().value !== name || !sameBytes(metadata, b.get(name)!)) return false;
  }
  return a.size === b.size;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Bytes that a member's texts, offers and assignment take. */
export function sizeOfMember(
  { id, groupInstanceId, clientId, protocols, assignment }: Pick<
    Member,
    "id" | "groupInstanceId" | "clientId" | "protocols" | "assignment"
  >,
): number {
  let sizeBytes = id.length + (groupInstanceId?.length ?? 0) + clientId.length + assignment.length;
  for (const [name, metadata] of protocols) sizeBytes += OFFER_BYTES + name.length + metadata.length;
  return sizeBytes;
}
