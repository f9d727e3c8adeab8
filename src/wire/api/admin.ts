/** Message tables: topics, their configuration, the cluster. */
import {
  array,
  bool,
  defineApi,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableString,
  string,
  uuid,
} from "../schema.ts";

/** CreateTopics, key 19. */
export const createTopicsApi = defineApi({
  key: 19,
  name: "CreateTopics",
  versions: [2, 7],
  flexibleFrom: 5,
  request: {
    topics: array({
      name: string(),
      partitions: int32(),
      replicationFactor: int16(),
      assignments: array({ partition: int32(), brokerIds: array(int32()) }),
      configs: array({ name: string(), value: nullableString() }),
    }),
    timeoutMs: int32(),
    validateOnly: bool({ since: 1 }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: array({
      name: string(),
      topicId: uuid({ since: 7 }),
      errorCode: int16(),
      errorMessage: nullableString({ since: 1 }),
      partitions: int32({ since: 5, absent: -1 }),
      replicationFactor: int16({ since: 5, absent: -1 }),
      configs: nullableArray({
        name: string(),
        value: nullableString(),
        readOnly: bool(),
        configSource: int8(),
        isSensitive: bool(),
      }, { since: 5 }),
    }),
  },
});

/** DeleteTopics, key 20. By name up to version 5, by name or id from 6 on. */
export const deleteTopicsApi = defineApi({
  key: 20,
  name: "DeleteTopics",
  versions: [1, 6],
  flexibleFrom: 4,
  request: {
    topics: array({ name: nullableString(), topicId: uuid() }, { since: 6 }),
    topicNames: array(string(), { until: 5 }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ since: 1 }),
    responses: array({
      name: nullableString(),
      topicId: uuid({ since: 6 }),
      errorCode: int16(),
      errorMessage: nullableString({ since: 5 }),
    }),
  },
});

/** DescribeConfigs, key 32. */
export const describeConfigsApi = defineApi({
  key: 32,
  name: "DescribeConfigs",
  versions: [1, 4],
  flexibleFrom: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: nullableArray(string()),
    }),
    includeSynonyms: bool({ since: 1 }),
    includeDocumentation: bool({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: nullableString(),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: nullableString(),
        readOnly: bool(),
        configSource: int8({ since: 1, absent: -1 }),
        isSensitive: bool(),
        synonyms: array({ name: string(), value: nullableString(), source: int8() }, { since: 1 }),
        configType: int8({ since: 3 }),
        documentation: nullableString({ since: 3 }),
      }),
    }),
  },
});

/** DescribeLogDirs, key 35. */
export const describeLogDirsApi = defineApi({
  key: 35,
  name: "DescribeLogDirs",
  versions: [1, 5],
  flexibleFrom: 2,
  request: { topics: nullableArray({ name: string(), partitions: array(int32()) }) },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 3 }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partition: int32(),
          sizeBytes: int64(),
          offsetLag: int64(),
          isFuture: bool(),
        }),
      }),
      totalBytes: int64({ since: 4, absent: -1 }),
      usableBytes: int64({ since: 4, absent: -1 }),
      isCordoned: bool({ since: 5 }),
    }),
  },
});

/** CreatePartitions, key 37. */
export const createPartitionsApi = defineApi({
  key: 37,
  name: "CreatePartitions",
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    topics: array({
      name: string(),
      count: int32(),
      assignments: nullableArray({ brokerIds: array(int32()) }),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({ name: string(), errorCode: int16(), errorMessage: nullableString() }),
  },
});

/** ListPartitionReassignments, key 46: `kafka-topics --describe` asks for it. */
export const listPartitionReassignmentsApi = defineApi({
  key: 46,
  name: "ListPartitionReassignments",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    timeoutMs: int32(),
    topics: nullableArray({ name: string(), partitions: array(int32()) }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullableString(),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  },
});

/** DescribeCluster, key 60. */
export const describeClusterApi = defineApi({
  key: 60,
  name: "DescribeCluster",
  versions: [0, 1],
  flexibleFrom: 0,
  request: { includeAuthorizedOperations: bool(), endpointType: int8({ since: 1, absent: 1 }) },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: nullableString(),
    endpointType: int8({ since: 1, absent: 1 }),
    clusterId: string(),
    controllerId: int32(),
    brokers: array({ brokerId: int32(), host: string(), port: int32(), rack: nullableString() }),
    clusterAuthorizedOperations: int32({ absent: -2147483648 }),
  },
});
