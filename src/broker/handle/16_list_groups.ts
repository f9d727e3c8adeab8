/** ListGroups, key 16, versions 0–5: all groups, or those in some states (from 4 on) or of some types (from 5 on). */
import { listGroupsApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

const GROUP_TYPE = "classic";

/** An empty filter lets everything through; Kafka compares without regard to case. */
function passes(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
}

/** Serves ListGroups. */
export const listGroupsHandler = defineHandler({
  api: listGroupsApi,
  versions: [0, 5],
  handle(request, { state }) {
    const groups = state.groupIds().map((groupId) => {
      const group = state.group(groupId);
      const protocolType = group?.protocolType ?? "consumer";
      return { groupId, protocolType, groupState: group?.state ?? "Empty", groupType: GROUP_TYPE };
    });
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      groups: groups.filter(({ groupState, groupType }) =>
        passes(request.statesFilter, groupState) && passes(request.typesFilter, groupType)
      ),
    };
  },
});
