/** DeleteGroups, key 42, versions 0–2: groups without members, with their committed offsets. */
import { deleteGroupsApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { distinct, mapInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { storageFailure } from "../refusal.ts";
import type { BrokerState } from "../state.ts";

function deleteGroup(groupId: string, state: BrokerState): ErrorCode {
  if (!state.hasGroup(groupId)) return ErrorCode.GROUP_ID_NOT_FOUND;
  const group = state.group(groupId);
  if (group !== undefined && group.state !== "Empty") return ErrorCode.NON_EMPTY_GROUP;
  const failure = storageFailure(() => state.deleteGroup(groupId));
  return failure === null ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE;
}

/** Serves DeleteGroups. */
export const deleteGroupsHandler = defineHandler({
  api: deleteGroupsApi,
  versions: [0, 2],
  handle(request, context) {
    const deleted = mapInTurns(
      distinct(request.groups, (groupId) => groupId),
      (groupId) => ({ groupId, errorCode: deleteGroup(groupId, context.state) }),
      context,
    );
    return then(deleted, (results) => ({ throttleTimeMs: 0, results }));
  },
});
