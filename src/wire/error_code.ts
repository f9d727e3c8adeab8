/**
 * Kafka's error codes, those that the broker answers with: code, whether the client may try again, what it means.
 * Source: Kafka protocol guide, "Error Codes".
 */
const TABLE = {
  UNKNOWN_SERVER_ERROR: [-1, false, "The server experienced an unexpected error"],
  NONE: [0, false, "No error"],
  OFFSET_OUT_OF_RANGE: [1, false, "The offset is not within the range of the partition's log"],
  CORRUPT_MESSAGE: [2, true, "The record batch fails its CRC, or is not a record batch"],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, "There is no such topic or partition"],
  LEADER_NOT_AVAILABLE: [5, true, "The partition has no leader yet"],
  REQUEST_TIMED_OUT: [7, true, "The broker could not do it in time"],
  MESSAGE_TOO_LARGE: [10, false, "The record batch is larger than max.message.bytes"],
  OFFSET_METADATA_TOO_LARGE: [12, false, "The text stored with the offset is too long"],
  COORDINATOR_NOT_AVAILABLE: [15, true, "The coordinator takes no more groups"],
  INVALID_TOPIC_EXCEPTION: [17, false, "The name is not a topic name"],
  INVALID_REQUIRED_ACKS: [21, false, "Acknowledgements can be -1, 0 or 1"],
  ILLEGAL_GENERATION: [22, false, "The group has gone on to another generation"],
  INCONSISTENT_GROUP_PROTOCOL: [23, false, "The member shares no protocol with the group"],
  INVALID_GROUP_ID: [24, false, "A group needs a name"],
  UNKNOWN_MEMBER_ID: [25, false, "The group does not know this member"],
  INVALID_SESSION_TIMEOUT: [26, false, "The session timeout is outside of what the broker allows"],
  REBALANCE_IN_PROGRESS: [27, false, "The group is rebalancing: join again"],
  INVALID_COMMIT_OFFSET_SIZE: [28, false, "The broker keeps no more committed offsets"],
  INVALID_TIMESTAMP: [32, false, "A record's timestamp is outside of what the topic takes"],
  UNSUPPORTED_VERSION: [35, false, "The broker does not serve this"],
  TOPIC_ALREADY_EXISTS: [36, false, "There is a topic with this name"],
  INVALID_PARTITIONS: [37, false, "The number of partitions cannot be"],
  INVALID_REPLICATION_FACTOR: [38, false, "The number of replicas cannot be"],
  INVALID_REPLICA_ASSIGNMENT: [39, false, "The replicas cannot be placed so"],
  INVALID_CONFIG: [40, false, "A setting cannot be so"],
  INVALID_REQUEST: [42, false, "The request contradicts itself"],
  POLICY_VIOLATION: [44, false, "A limit of the broker forbids it"],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, "The producer's batches do not follow each other"],
  DUPLICATE_SEQUENCE_NUMBER: [46, false, "The producer's batch was stored before"],
  INVALID_PRODUCER_EPOCH: [47, false, "A newer producer has taken this one's place"],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [
    53,
    false,
    "The request has not the transactional id of its batches",
  ],
  KAFKA_STORAGE_ERROR: [56, true, "The disk did not take it"],
  NON_EMPTY_GROUP: [68, false, "The group has members"],
  GROUP_ID_NOT_FOUND: [69, false, "There is no such group"],
  FETCH_SESSION_ID_NOT_FOUND: [70, true, "There is no such fetch session"],
  FENCED_LEADER_EPOCH: [74, true, "The client knows an older leader only"],
  UNKNOWN_LEADER_EPOCH: [75, true, "The client knows of a leader that never was"],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, "This version of the request has no such compression"],
  MEMBER_ID_REQUIRED: [79, false, "Join again with the id that was given"],
  GROUP_MAX_SIZE_REACHED: [81, false, "The group takes no more members"],
  FENCED_INSTANCE_ID: [82, false, "Another member has taken this static one's place"],
  INVALID_RECORD: [87, false, "The record batch contradicts itself, or may not come from a client"],
  UNKNOWN_TOPIC_ID: [100, true, "There is no topic with this id"],
  MISMATCHED_ENDPOINT_TYPE: [114, false, "This is a broker, not a controller"],
  UNSUPPORTED_ENDPOINT_TYPE: [115, false, "Endpoints of this type are not described"],
} as const satisfies Readonly<Record<string, readonly [number, boolean, string]>>;

/** Names of the codes. */
export type ErrorName = keyof typeof TABLE;

/** Codes by name. */
export const ErrorCode = Object.fromEntries(
  Object.entries(TABLE).map(([name, [code]]) => [name, code]),
) as { readonly [N in ErrorName]: (typeof TABLE)[N][0] };

/** A code of {@linkcode ErrorCode}. */
export type ErrorCode = (typeof ErrorCode)[ErrorName];

/** What a code means. */
export interface ErrorMeaning {
  readonly name: ErrorName;
  /** Whether the same request may succeed later. */
  readonly retriable: boolean;
  readonly message: string;
}

const MEANINGS: ReadonlyMap<number, ErrorMeaning> = new Map(
  Object.entries(TABLE).map(([name, [code, retriable, message]]) => [
    code,
    { name: name as ErrorName, retriable, message },
  ]),
);

/** What a code means; `undefined` for one that the broker never answers with. */
export function errorMeaning(code: number): ErrorMeaning | undefined {
  return MEANINGS.get(code);
}
