/** DeleteGroups, key 42, versions 0–2: groups without members, with their committed offsets. */
import { deleteGroupsApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";
import type { BrokerState } from "../state.ts";

function deleteGroup(groupId: string, state: BrokerState): ErrorCode {
  if (!state.hasGroup(groupId)) return ErrorCode.GROUP_ID_NOT_FOUND;
  const group = state.group(groupId);
  if (group !== undefined && group.state !== "Empty") return ErrorCode.NON_EMPTY_GROUP;
  state.deleteGroup(groupId);
  return ErrorCode.NONE;
}

/** Serves DeleteGroups. */
export const deleteGroupsHandler = defineHandler({
  api: deleteGroupsApi,
  versions: [0, 2],
  handle: (request, { state }) => ({
    throttleTimeMs: 0,
    results: request.groups.map((groupId) => ({ groupId, errorCode: deleteGroup(groupId, state) })),
  }),
});
