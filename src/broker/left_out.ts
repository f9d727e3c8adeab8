/** What the embedded broker does not serve, and why. Clients learn it from `ApiVersions`, or from the error named here. */

/** APIs that are not advertised: a client that sends one all the same is disconnected, as Kafka does. */
export const LEFT_OUT_APIS: readonly {
  readonly keys: readonly number[];
  readonly name: string;
  readonly reason: string;
}[] = [
  { keys: [4, 5, 6, 7], name: "between brokers", reason: "there is one node" },
  {
    keys: [17, 36],
    name: "SaslHandshake, SaslAuthenticate",
    reason: "it listens on this machine; use a real cluster beyond it",
  },
  {
    keys: [24, 25, 26, 27, 28],
    name: "transactions",
    reason:
      "a later issue; InitProducerId with a transactional id and FindCoordinator of type 1 answer UNSUPPORTED_VERSION",
  },
  { keys: [29, 30, 31], name: "ACLs", reason: "there are no users" },
  {
    keys: [33, 44],
    name: "AlterConfigs, IncrementalAlterConfigs",
    reason: "settings are given when a topic is created",
  },
  {
    keys: [34, 43, 45],
    name: "AlterReplicaLogDirs, elections, reassignments",
    reason: "there is one node and one directory",
  },
  { keys: [38, 39, 40, 41], name: "delegation tokens", reason: "there are no users" },
  { keys: [47], name: "OffsetDelete", reason: "DeleteGroups covers what the tools need" },
  { keys: [48, 49, 50, 51], name: "quotas, SCRAM users", reason: "there are no users" },
  { keys: [55, 57, 64, 80, 81], name: "KRaft", reason: "there is no quorum" },
  {
    keys: [61, 65, 66],
    name: "DescribeProducers, DescribeTransactions, ListTransactions",
    reason: "there are no transactions",
  },
  {
    keys: [68, 69],
    name: "ConsumerGroupHeartbeat, ConsumerGroupDescribe",
    reason: "KIP-848: groups use the classic protocol",
  },
  { keys: [71, 72, 74], name: "client telemetry", reason: "nobody collects it" },
  { keys: [75], name: "DescribeTopicPartitions", reason: "clients fall back to Metadata" },
  {
    keys: [76, 77, 78, 79, 83, 84, 85, 86, 87],
    name: "share groups",
    reason: "KIP-932: not a stream with offsets",
  },
];

/** Parts of served APIs. */
export const LEFT_OUT_FEATURES: readonly string[] = [
  "log compaction: cleanup.policy=compact is refused with INVALID_CONFIG",
  "fetch sessions (KIP-227): every fetch names its partitions; one that goes on with a session answers FETCH_SESSION_ID_NOT_FOUND",
  "replication: a replication factor above 1 answers INVALID_REPLICATION_FACTOR",
  "message formats 0 and 1: Produce below version 3 ends the connection",
  "read_committed equals read_uncommitted: there are no transactions",
];

/** Why an API is not served, for the log; `undefined` where Kafka has no such API. */
export function reasonLeftOut(apiKey: number): string | undefined {
  const found = LEFT_OUT_APIS.find(({ keys }) => keys.includes(apiKey));
  return found === undefined ? undefined : `${found.name}: ${found.reason}`;
}
