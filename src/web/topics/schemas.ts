/** What the routes of topics and groups answer. */
import { z } from "@hono/zod-openapi";

const count = z.int().min(0);
const known = (what: string) => z.nullable(z.number()).describe(`${what}; null: not known now`);

const topicRow = z.object({
  name: z.string(),
  internal: z.boolean().describe("It belongs to the cluster itself"),
  partitions: count,
  replicationFactor: count,
  underReplicated: count.describe("Partitions with replicas that are not in sync"),
  records: known("Next minus first offset, over all partitions: gaps and control records count"),
  sizeBytes: known("Bytes of the leaders' logs"),
}).openapi("TopicRow");

/** A topic in the list. */
export type TopicRow = z.infer<typeof topicRow>;

const groupPartition = z.object({
  partition: count,
  committedOffset: known("Where the group goes on"),
  endOffset: known("Next offset of the partition"),
  lag: known("Records between the two"),
  memberId: z.nullable(z.string()).describe("Whose partition it is; null: nobody's"),
});

const topicDetail = topicRow.omit({ partitions: true }).extend({
  topicId: z.nullable(z.string()),
  configs: z.array(z.object({
    name: z.string(),
    value: z.nullable(z.string()),
    isSet: z.boolean().describe("Set for this topic; else the default is in force"),
    isSensitive: z.boolean(),
    documentation: z.nullable(z.string()),
  })),
  partitions: z.array(z.object({
    partition: count,
    leader: z.int().describe("-1: none now"),
    replicas: z.array(z.int()),
    inSyncReplicas: z.array(z.int()),
    startOffset: known("First offset"),
    endOffset: known("Next offset"),
    sizeBytes: known("Bytes of the leader's log"),
  })),
  groups: z.array(z.object({
    groupId: z.string(),
    state: z.string(),
    members: count,
    lag: known("Over all partitions"),
    partitions: z.array(groupPartition),
  })).describe("Groups that committed offsets of it, or have members for it"),
  groupsLeftOut: count.describe("Groups that were not looked at: there are too many"),
}).openapi("TopicDetail");

/** A topic. */
export type TopicDetail = z.infer<typeof topicDetail>;

const groupRow = z.object({
  groupId: z.string(),
  state: z.string(),
  protocolType: z.string(),
  members: count,
  topics: z.array(z.string()),
  lag: known("Over all partitions"),
}).openapi("GroupRow");

/** A group in the list. */
export type GroupRow = z.infer<typeof groupRow>;

const groupDetail = groupRow.omit({ members: true, topics: true }).extend({
  assignor: z.string(),
  members: z.array(z.object({
    memberId: z.string(),
    clientId: z.string(),
    host: z.string(),
    partitions: z.array(z.object({ topic: z.string(), partition: count })),
  })),
  topics: z.array(z.object({
    topic: z.string(),
    lag: known("Over all partitions"),
    partitions: z.array(groupPartition),
  })),
}).openapi("GroupDetail");

/** A group. */
export type GroupDetail = z.infer<typeof groupDetail>;

const shown = {
  kind: z.enum(["none", "json", "text", "hex", "base64"]),
  text: z.nullable(z.string()),
  cut: z.boolean().describe("More of it is on the topic"),
};

const record = z.object({
  partition: count,
  offset: count,
  timeMs: z.nullable(z.number()).describe("Unix ms"),
  key: z.object(shown),
  value: z.object(shown),
  headers: z.array(z.object({ key: z.string(), ...shown })),
  sizes: z.object({ key: count, value: count, headers: count }).describe("Bytes on the topic"),
  cut: z.boolean(),
  undecodable: z.nullable(z.string()).describe("Why the log's bytes could not be read"),
}).openapi("Record");

const page = {
  total: count.describe("On all pages"),
  next: z.nullable(z.string()).describe("`after` of the next page; null: this is the last"),
};

/** What the routes answer. */
export const ANSWERS = {
  topics: z.object({ topics: z.array(topicRow), ...page }),
  topic: topicDetail,
  groups: z.object({ groups: z.array(groupRow), ...page }),
  group: groupDetail,
  records: z.object({
    topic: z.string(),
    records: z.array(record),
    searched: z.object({
      records: count,
      complete: z.boolean().describe("All that was asked for was looked at; else the search was too large"),
    }),
  }),
};
