/** LeaveGroup, key 13, versions 0–5: members leave, the others rebalance. One member up to version 2. */
import { leaveGroupApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { distinct, mapInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";

const SEVERAL_FROM = 3;

/** Serves LeaveGroup. */
export const leaveGroupHandler = defineHandler({
  api: leaveGroupApi,
  versions: [0, 5],
  handle(request, context) {
    const { state, version, nowMs } = context;
    if (request.groupId === "") {
      return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_GROUP_ID, members: [] };
    }
    const group = state.group(request.groupId);
    const leave = (member: { memberId: string; groupInstanceId: string | null }) =>
      group?.leave(member, nowMs) ?? ErrorCode.UNKNOWN_MEMBER_ID;
    if (version < SEVERAL_FROM) {
      const errorCode = leave({ memberId: request.memberId, groupInstanceId: null });
      return { throttleTimeMs: 0, errorCode, members: [] };
    }
    const wanted = distinct(
      request.members,
      ({ memberId, groupInstanceId }) => `${memberId}\n${groupInstanceId}`,
    );
    const left = mapInTurns(wanted, (member) => ({ ...member, errorCode: leave(member) }), context);
    return then(left, (members) => ({ throttleTimeMs: 0, errorCode: ErrorCode.NONE, members }));
  },
});
