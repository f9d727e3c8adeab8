/** LeaveGroup, key 13, versions 0–5: members leave, the others rebalance. One member up to version 2. */
import { leaveGroupApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

const SEVERAL_FROM = 3;

/** Serves LeaveGroup. */
export const leaveGroupHandler = defineHandler({
  api: leaveGroupApi,
  versions: [0, 5],
  handle(request, { state, version, nowMs }) {
    const group = state.group(request.groupId);
    const leave = (member: { memberId: string; groupInstanceId: string | null }) =>
      group?.leave(member, nowMs) ?? ErrorCode.UNKNOWN_MEMBER_ID;
    const response = version < SEVERAL_FROM
      ? { errorCode: leave({ memberId: request.memberId, groupInstanceId: null }), members: [] }
      : {
        errorCode: ErrorCode.NONE,
        members: request.members.map((member) => ({ ...member, errorCode: leave(member) })),
      };
    return { throttleTimeMs: 0, ...response };
  },
});
