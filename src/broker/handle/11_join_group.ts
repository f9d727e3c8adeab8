/**
 * JoinGroup, key 11, versions 0–9: a member joins, and hears when the rebalance is complete. From version 4 on a new
 * member first gets its id with MEMBER_ID_REQUIRED (KIP-394). The leader hears of all members.
 * A static member that comes back unchanged takes its old place (KIP-345).
 * Left out: skipAssignment (KIP-814) is never set.
 */
import { joinGroupApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { ResponseOf } from "../../wire/schema.ts";
import { type JoinReply, refuseJoin } from "../groups/member.ts";
import { defineHandler } from "../handler.ts";

const MEMBER_ID_FROM = 4;
const NULLABLE_PROTOCOL_FROM = 7;

function toResponse(reply: JoinReply, version: number): ResponseOf<typeof joinGroupApi> {
  return {
    ...reply,
    throttleTimeMs: 0,
    protocolName: version < NULLABLE_PROTOCOL_FROM ? reply.protocolName ?? "" : reply.protocolName,
    skipAssignment: false,
    members: [...reply.members],
  };
}

/** Serves JoinGroup. */
export const joinGroupHandler = defineHandler({
  api: joinGroupApi,
  versions: [0, 9],
  handle(request, context) {
    const { state, version, nowMs } = context;
    const { groupId, memberId } = request;
    if (groupId === "") return toResponse(refuseJoin(ErrorCode.INVALID_GROUP_ID, memberId), version);
    if (!state.hasRoomFor(groupId)) {
      return toResponse(refuseJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId), version);
    }
    const group = state.groupOrNew(groupId);
    const { promise, resolve } = Promise.withResolvers<ResponseOf<typeof joinGroupApi>>();
    group.join({
      ...request,
      protocols: request.protocols.map(({ name, metadata }) => ({
        name,
        metadata: metadata ?? new Uint8Array(0),
      })),
      clientId: context.clientId,
      clientHost: context.clientHost,
      requiresKnownMemberId: version >= MEMBER_ID_FROM,
    }, { nowMs, reply: (reply) => resolve(toResponse(reply, version)) });
    return promise;
  },
});
