/**
 * SyncGroup, key 14, versions 0–5: a member gets its share of the partitions, which the leader brings for everyone;
 * the others wait for it. From version 5 on the protocol must be the one that was agreed on.
 */
import { syncGroupApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { refuseSync } from "../groups/member.ts";
import { defineHandler } from "../handler.ts";
import type { BrokerState } from "../state.ts";

function check(request: RequestOf<typeof syncGroupApi>, state: BrokerState): ErrorCode {
  const group = state.group(request.groupId);
  if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  const { protocolType, protocolName } = request;
  const agrees = (protocolType === null || protocolType === group.protocolType) &&
    (protocolName === null || protocolName === group.protocolName);
  return agrees ? ErrorCode.NONE : ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
}

/** Serves SyncGroup. */
export const syncGroupHandler = defineHandler({
  api: syncGroupApi,
  versions: [0, 5],
  handle(request, { state, nowMs }) {
    const refusal = check(request, state);
    const group = state.group(request.groupId);
    if (refusal !== ErrorCode.NONE || group === undefined) {
      return { throttleTimeMs: 0, ...refuseSync(refusal) };
    }
    const { promise, resolve } = Promise.withResolvers<ResponseOf<typeof syncGroupApi>>();
    group.sync({
      ...request,
      assignments: request.assignments.map(({ memberId, assignment }) => ({
        memberId,
        assignment: assignment ?? new Uint8Array(0),
      })),
    }, { nowMs, reply: (reply) => resolve({ throttleTimeMs: 0, ...reply }) });
    return promise;
  },
});
