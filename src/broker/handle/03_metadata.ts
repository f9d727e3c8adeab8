/**
 * Metadata, key 3, versions 0–12: the one node, and topics by name, by id (from 10 on) or all of them. A topic that
 * does not exist is created where the client allows it.
 * Left out: authorized operations (there are no rules), rack.
 */
import { metadataApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { NO_UUID, type RequestOf, type ResponseOf } from "../../wire/schema.ts";
import { distinct, mapInTurns, mapStepsInTurns, NEVER_ABORTED, then } from "../elements.ts";
import { defineHandler, type RequestContext } from "../handler.ts";
import { LEADER_EPOCH } from "../leader_epoch.ts";
import { storageFailureInSteps } from "../refusal.ts";
import { NODE_ID, type Topic } from "../state.ts";
import { refuseTopicName } from "../topic_name.ts";

/** "Nobody asked": Kafka's value for operations that were not asked for. */
export const NO_OPERATIONS = -2147483648;

type WantedTopic = NonNullable<RequestOf<typeof metadataApi>["topics"]>[number];
type DescribedTopic = ResponseOf<typeof metadataApi>["topics"][number];

const HERE = [NODE_ID];
const NOWHERE: number[] = [];
/** Partitions by number: on one node those of all topics look alike. */
const described: DescribedTopic["partitions"] = [];

function describePartitions(count: number): DescribedTopic["partitions"] {
  while (described.length < count) {
    described.push({
      errorCode: ErrorCode.NONE,
      partition: described.length,
      leaderId: NODE_ID,
      leaderEpoch: LEADER_EPOCH,
      replicaNodes: HERE,
      isrNodes: HERE,
      offlineReplicas: NOWHERE,
    });
  }
  return described.slice(0, count);
}

function describe(topic: Topic): DescribedTopic {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: false,
    partitions: describePartitions(topic.partitions),
    topicAuthorizedOperations: NO_OPERATIONS,
  };
}

function refuse({ name, topicId }: WantedTopic, errorCode: ErrorCode): DescribedTopic {
  return {
    errorCode,
    name,
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: NO_OPERATIONS,
  };
}

function* find(wanted: WantedTopic, { state, mayCreate }: {
  state: RequestContext["state"];
  mayCreate: boolean;
}): Generator<void, DescribedTopic> {
  const { name, topicId } = wanted;
  const isById = name === null || topicId !== NO_UUID;
  const topic = isById ? state.topicById(topicId) : state.topic(name);
  if (topic !== undefined) return describe(topic);
  if (isById) return refuse(wanted, ErrorCode.UNKNOWN_TOPIC_ID);
  const plan = { partitions: state.defaultPartitions, configs: {} };
  const unnamable = refuseTopicName(name);
  if (unnamable !== null) return refuse(wanted, unnamable.errorCode);
  if (!mayCreate) return refuse(wanted, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (state.refuseChange(name) !== null) return refuse(wanted, ErrorCode.LEADER_NOT_AVAILABLE);
  const failure = state.refuseTopic(name, plan) ??
    (yield* storageFailureInSteps(state.createTopic(name, plan)));
  const created = state.topic(name);
  return failure === null && created !== undefined
    ? describe(created)
    : refuse(wanted, failure?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
}

/** Serves Metadata. */
export const metadataHandler = defineHandler({
  api: metadataApi,
  versions: [0, 12],
  handle(request, context) {
    const { state, version, advertised } = context;
    const wanted = version === 0 && request.topics?.length === 0 ? null : request.topics;
    const mayCreate = request.allowAutoTopicCreation;
    const described = wanted === null ? mapInTurns(state.topics(), describe, context) : mapStepsInTurns(
      distinct(wanted, ({ name, topicId }) => `${name} ${topicId}`),
      (one) => find(one, { state, mayCreate }),
      mayCreate ? { turn: context.turn, signal: NEVER_ABORTED } : context,
    );
    return then(described, (topics) => ({
      throttleTimeMs: 0,
      brokers: [{ nodeId: NODE_ID, ...advertised, rack: null }],
      clusterId: state.clusterId,
      controllerId: NODE_ID,
      topics,
      clusterAuthorizedOperations: NO_OPERATIONS,
    }));
  },
});
