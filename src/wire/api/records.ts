/** Message tables: metadata and the road of records (Metadata, Produce, Fetch, ListOffsets, …). */
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
  records,
  string,
  uuid,
} from "../schema.ts";

/** Produce, key 0. */
export const produceApi = defineApi({
  key: 0,
  name: "Produce",
  versions: [3, 11],
  flexibleFrom: 9,
  request: {
    transactionalId: nullableString(),
    acks: int16(),
    timeoutMs: int32(),
    topics: array({ name: string(), partitions: array({ partition: int32(), records: records() }) }),
  },
  response: {
    responses: array({
      name: string(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ since: 2, absent: -1 }),
        logStartOffset: int64({ since: 5, absent: -1 }),
        recordErrors: array({ batchIndex: int32(), message: nullableString() }, { since: 8 }),
        errorMessage: nullableString({ since: 8 }),
      }),
    }),
    throttleTimeMs: int32({ since: 1 }),
  },
});

/** Fetch, key 1. Topics by name up to version 12, by id from 13 on. */
export const fetchApi = defineApi({
  key: 1,
  name: "Fetch",
  versions: [4, 17],
  flexibleFrom: 12,
  request: {
    replicaId: int32({ until: 14, absent: -1 }),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ since: 3, absent: 0x7fffffff }),
    isolationLevel: int8({ since: 4 }),
    sessionId: int32({ since: 7 }),
    sessionEpoch: int32({ since: 7, absent: -1 }),
    topics: array({
      topic: string({ until: 12 }),
      topicId: uuid({ since: 13 }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, absent: -1 }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, absent: -1 }),
        logStartOffset: int64({ since: 5, absent: -1 }),
        partitionMaxBytes: int32(),
      }),
    }),
    forgottenTopics: array({
      topic: string({ until: 12 }),
      topicId: uuid({ since: 13 }),
      partitions: array(int32()),
    }, { since: 7 }),
    rackId: string({ since: 11 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 7 }),
    sessionId: int32({ since: 7 }),
    responses: array({
      topic: string({ until: 12 }),
      topicId: uuid({ since: 13 }),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ absent: -1 }),
        logStartOffset: int64({ since: 5, absent: -1 }),
        abortedTransactions: nullableArray({ producerId: int64(), firstOffset: int64() }),
        preferredReadReplica: int32({ since: 11, absent: -1 }),
        records: records(),
      }),
    }),
  },
});

/** ListOffsets, key 2. */
export const listOffsetsApi = defineApi({
  key: 2,
  name: "ListOffsets",
  versions: [1, 9],
  flexibleFrom: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 4, absent: -1 }),
        timestamp: int64(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        timestamp: int64({ absent: -1 }),
        offset: int64({ absent: -1 }),
        leaderEpoch: int32({ since: 4, absent: -1 }),
      }),
    }),
  },
});

/** Metadata, key 3. */
export const metadataApi = defineApi({
  key: 3,
  name: "Metadata",
  versions: [0, 12],
  flexibleFrom: 9,
  request: {
    topics: nullableArray({ topicId: uuid({ since: 10 }), name: nullableString() }),
    allowAutoTopicCreation: bool({ since: 4, absent: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10 }),
    includeTopicAuthorizedOperations: bool({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3 }),
    brokers: array({ nodeId: int32(), host: string(), port: int32(), rack: nullableString({ since: 1 }) }),
    clusterId: nullableString({ since: 2 }),
    controllerId: int32({ since: 1 }),
    topics: array({
      errorCode: int16(),
      name: nullableString(),
      topicId: uuid({ since: 10 }),
      isInternal: bool({ since: 1 }),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { since: 5 }),
      }),
      topicAuthorizedOperations: int32({ since: 8, absent: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32({ since: 8, until: 10, absent: -2147483648 }),
  },
});

/** ApiVersions, key 18. Its response header is never flexible. */
export const apiVersionsApi = defineApi({
  key: 18,
  name: "ApiVersions",
  versions: [0, 4],
  flexibleFrom: 3,
  request: {
    clientSoftwareName: string({ since: 3 }),
    clientSoftwareVersion: string({ since: 3 }),
  },
  response: {
    errorCode: int16(),
    apiKeys: array({ apiKey: int16(), minVersion: int16(), maxVersion: int16() }),
    throttleTimeMs: int32({ since: 1 }),
  },
});

/** DeleteRecords, key 21. */
export const deleteRecordsApi = defineApi({
  key: 21,
  name: "DeleteRecords",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    topics: array({ name: string(), partitions: array({ partition: int32(), offset: int64() }) }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({ partition: int32(), lowWatermark: int64(), errorCode: int16() }),
    }),
  },
});

/** InitProducerId, key 22. */
export const initProducerIdApi = defineApi({
  key: 22,
  name: "InitProducerId",
  versions: [0, 5],
  flexibleFrom: 2,
  request: {
    transactionalId: nullableString(),
    transactionTimeoutMs: int32(),
    producerId: int64({ since: 3, absent: -1 }),
    producerEpoch: int16({ since: 3, absent: -1 }),
  },
  response: { throttleTimeMs: int32(), errorCode: int16(), producerId: int64(), producerEpoch: int16() },
});

/** OffsetForLeaderEpoch, key 23. */
export const offsetForLeaderEpochApi = defineApi({
  key: 23,
  name: "OffsetForLeaderEpoch",
  versions: [2, 4],
  flexibleFrom: 4,
  request: {
    replicaId: int32({ since: 3, absent: -2 }),
    topics: array({
      topic: string(),
      partitions: array({ partition: int32(), currentLeaderEpoch: int32(), leaderEpoch: int32() }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      topic: string(),
      partitions: array({ errorCode: int16(), partition: int32(), leaderEpoch: int32(), endOffset: int64() }),
    }),
  },
});
