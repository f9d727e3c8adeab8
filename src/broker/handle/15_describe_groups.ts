/**
 * DescribeGroups, key 15, versions 0–5: state and members of groups. A group that nobody knows is `Dead`, one with
 * commits alone is `Empty`.
 */
import { describeGroupsApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { ResponseOf } from "../../wire/schema.ts";
import { distinct, mapInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import type { BrokerState } from "../state.ts";
import { NO_OPERATIONS } from "./03_metadata.ts";

type DescribedGroup = ResponseOf<typeof describeGroupsApi>["groups"][number];

function describe(groupId: string, state: BrokerState): DescribedGroup {
  const group = state.group(groupId);
  const isStable = group?.state === "Stable";
  return {
    errorCode: ErrorCode.NONE,
    groupId,
    groupState: group?.state ?? (state.hasGroup(groupId) ? "Empty" : "Dead"),
    protocolType: group?.protocolType ?? (state.hasGroup(groupId) ? "consumer" : ""),
    protocolData: isStable ? group.protocolName ?? "" : "",
    members: (group?.members ?? []).map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: `/${member.clientHost}`,
      memberMetadata: isStable
        ? member.protocols.get(group.protocolName ?? "") ?? new Uint8Array(0)
        : new Uint8Array(0),
      memberAssignment: isStable ? member.assignment : new Uint8Array(0),
    })),
    authorizedOperations: NO_OPERATIONS,
  };
}

/** Serves DescribeGroups. */
export const describeGroupsHandler = defineHandler({
  api: describeGroupsApi,
  versions: [0, 5],
  handle(request, context) {
    const wanted = distinct(request.groups, (groupId) => groupId);
    const described = mapInTurns(wanted, (groupId) => describe(groupId, context.state), context);
    return then(described, (groups) => ({ throttleTimeMs: 0, groups }));
  },
});
