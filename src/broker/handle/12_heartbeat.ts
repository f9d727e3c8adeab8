/** Heartbeat, key 12, versions 0–4: a member is alive; REBALANCE_IN_PROGRESS makes it join again. */
import { heartbeatApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

/** Serves Heartbeat. */
export const heartbeatHandler = defineHandler({
  api: heartbeatApi,
  versions: [0, 4],
  handle: (request, { state, nowMs }) => ({
    throttleTimeMs: 0,
    errorCode: request.groupId === ""
      ? ErrorCode.INVALID_GROUP_ID
      : state.group(request.groupId)?.heartbeat(request, nowMs) ?? ErrorCode.UNKNOWN_MEMBER_ID,
  }),
});
