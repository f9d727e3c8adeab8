/** Message tables: consumer groups and their offsets. */
import {
  array,
  bool,
  bytes,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableString,
  string,
} from "../schema.ts";

/** OffsetCommit, key 8. */
export const offsetCommitApi = defineApi({
  key: 8,
  name: "OffsetCommit",
  versions: [2, 9],
  flexibleFrom: 8,
  request: {
    groupId: string(),
    generationId: int32({ since: 1, absent: -1 }),
    memberId: string({ since: 1 }),
    groupInstanceId: nullableString({ since: 7 }),
    retentionTimeMs: int64({ since: 2, until: 4, absent: -1 }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        offset: int64(),
        leaderEpoch: int32({ since: 6, absent: -1 }),
        metadata: nullableString(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: array({ name: string(), partitions: array({ partition: int32(), errorCode: int16() }) }),
  },
});

const fetchedOffset = {
  partition: int32(),
  offset: int64(),
  leaderEpoch: int32({ since: 5, absent: -1 }),
  metadata: nullableString(),
  errorCode: int16(),
};

/** OffsetFetch, key 9. One group up to version 7, several from 8 on. */
export const offsetFetchApi = defineApi({
  key: 9,
  name: "OffsetFetch",
  versions: [1, 9],
  flexibleFrom: 6,
  request: {
    groupId: string({ until: 7 }),
    topics: nullableArray({ name: string(), partitions: array(int32()) }, { until: 7 }),
    groups: array({
      groupId: string(),
      memberId: nullableString({ since: 9 }),
      memberEpoch: int32({ since: 9, absent: -1 }),
      topics: nullableArray({ name: string(), partitions: array(int32()) }),
    }, { since: 8 }),
    requireStable: bool({ since: 7 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    topics: array({ name: string(), partitions: array(fetchedOffset) }, { until: 7 }),
    errorCode: int16({ since: 2, until: 7 }),
    groups: array({
      groupId: string(),
      topics: array({ name: string(), partitions: array(fetchedOffset) }),
      errorCode: int16(),
    }, { since: 8 }),
  },
});

/** FindCoordinator, key 10. One key up to version 3, several from 4 on. */
export const findCoordinatorApi = defineApi({
  key: 10,
  name: "FindCoordinator",
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    key: string({ until: 3 }),
    keyType: int8({ since: 1 }),
    coordinatorKeys: array(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16({ until: 3 }),
    errorMessage: nullableString({ since: 1, until: 3 }),
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    coordinators: array({
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: nullableString(),
    }, { since: 4 }),
  },
});

/** JoinGroup, key 11. */
export const joinGroupApi = defineApi({
  key: 11,
  name: "JoinGroup",
  versions: [0, 9],
  flexibleFrom: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, absent: -1 }),
    memberId: string(),
    groupInstanceId: nullableString({ since: 5 }),
    protocolType: string(),
    protocols: array({ name: string(), metadata: bytes() }),
    reason: nullableString({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    errorCode: int16(),
    generationId: int32({ absent: -1 }),
    protocolType: nullableString({ since: 7 }),
    protocolName: nullableString(),
    leader: string(),
    skipAssignment: bool({ since: 9 }),
    memberId: string(),
    members: array({ memberId: string(), groupInstanceId: nullableString({ since: 5 }), metadata: bytes() }),
  },
});

/** Heartbeat, key 12. */
export const heartbeatApi = defineApi({
  key: 12,
  name: "Heartbeat",
  versions: [0, 4],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullableString({ since: 3 }),
  },
  response: { throttleTimeMs: int32({ since: 1 }), errorCode: int16() },
});

/** LeaveGroup, key 13. One member up to version 2, several from 3 on. */
export const leaveGroupApi = defineApi({
  key: 13,
  name: "LeaveGroup",
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    memberId: string({ until: 2 }),
    members: array({
      memberId: string(),
      groupInstanceId: nullableString(),
      reason: nullableString({ since: 5 }),
    }, { since: 3 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    members: array({ memberId: string(), groupInstanceId: nullableString(), errorCode: int16() }, {
      since: 3,
    }),
  },
});

/** SyncGroup, key 14. */
export const syncGroupApi = defineApi({
  key: 14,
  name: "SyncGroup",
  versions: [0, 5],
  flexibleFrom: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: nullableString({ since: 3 }),
    protocolType: nullableString({ since: 5 }),
    protocolName: nullableString({ since: 5 }),
    assignments: array({ memberId: string(), assignment: bytes() }),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    protocolType: nullableString({ since: 5 }),
    protocolName: nullableString({ since: 5 }),
    assignment: bytes(),
  },
});

/** DescribeGroups, key 15. */
export const describeGroupsApi = defineApi({
  key: 15,
  name: "DescribeGroups",
  versions: [0, 5],
  flexibleFrom: 5,
  request: { groups: array(string()), includeAuthorizedOperations: bool({ since: 3 }) },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    groups: array({
      errorCode: int16(),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: nullableString({ since: 4 }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ since: 3, absent: -2147483648 }),
    }),
  },
});

/** ListGroups, key 16. */
export const listGroupsApi = defineApi({
  key: 16,
  name: "ListGroups",
  versions: [0, 5],
  flexibleFrom: 3,
  request: { statesFilter: array(string(), { since: 4 }), typesFilter: array(string(), { since: 5 }) },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4 }),
      groupType: string({ since: 5 }),
    }),
  },
});

/** DeleteGroups, key 42. */
export const deleteGroupsApi = defineApi({
  key: 42,
  name: "DeleteGroups",
  versions: [0, 2],
  flexibleFrom: 2,
  request: { groups: array(string()) },
  response: { throttleTimeMs: int32(), results: array({ groupId: string(), errorCode: int16() }) },
});
