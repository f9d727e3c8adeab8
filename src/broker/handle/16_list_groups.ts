/** ListGroups, key 16, versions 0–5: all groups, or those in some states (from 4 on) or of some types (from 5 on). */
import { listGroupsApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

const GROUP_TYPE = "classic";

/** An empty filter lets everything through; Kafka compares without regard to case. */
function filterOf(wanted: readonly string[]): (value: string) => boolean {
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  return (value) => names.size === 0 || names.has(value.toLowerCase());
}

/** Serves ListGroups. */
export const listGroupsHandler = defineHandler({
  api: listGroupsApi,
  versions: [0, 5],
  handle(request, { state }) {
    const [hasState, hasType] = [filterOf(request.statesFilter), filterOf(request.typesFilter)];
    const groups = state.groupIds().map((groupId) => {
      const group = state.group(groupId);
      const protocolType = group?.protocolType ?? "consumer";
      return { groupId, protocolType, groupState: group?.state ?? "Empty", groupType: GROUP_TYPE };
    });
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      groups: groups.filter(({ groupState, groupType }) => hasState(groupState) && hasType(groupType)),
    };
  },
});
