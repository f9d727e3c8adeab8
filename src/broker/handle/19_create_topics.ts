/**
 * CreateTopics, key 19, versions 2–7. −1 partitions means the broker's default, −1 or 1 replicas are possible on one
 * node; an explicit assignment must name that node alone.
 */
import { createTopicsApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { NO_UUID, type RequestOf, type ResponseOf } from "../../wire/schema.ts";
import { countBy, distinct, mapStepsInTurns, NEVER_ABORTED, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { type Refusal, refuseTwice, storageFailureInSteps } from "../refusal.ts";
import { type BrokerState, NODE_ID } from "../state.ts";
import { describeTopicConfigs } from "../topic_config.ts";
import { toConfigSource } from "./32_describe_configs.ts";

type WantedTopic = RequestOf<typeof createTopicsApi>["topics"][number];
type CreatedTopic = ResponseOf<typeof createTopicsApi>["topics"][number];

interface Plan {
  readonly partitions: number;
  readonly configs: Record<string, string>;
}

function planOf(wanted: WantedTopic, defaultPartitions: number): Plan {
  const assigned = wanted.assignments.length;
  const asked = wanted.partitions === -1 ? defaultPartitions : wanted.partitions;
  const configs: Record<string, string> = {};
  for (const { name, value } of wanted.configs) if (value !== null) configs[name] = value;
  return { partitions: assigned > 0 ? assigned : asked, configs };
}

function refuseReplicas(wanted: WantedTopic): Refusal | null {
  const { replicationFactor, assignments } = wanted;
  if (replicationFactor !== -1 && replicationFactor !== 1) {
    const message = `${replicationFactor} replicas: the embedded broker is one node, so 1`;
    return { errorCode: ErrorCode.INVALID_REPLICATION_FACTOR, message };
  }
  const isHere = assignments.every(({ partition, brokerIds }) =>
    partition >= 0 && partition < assignments.length && brokerIds.length === 1 && brokerIds[0] === NODE_ID
  );
  const isWhole = new Set(assignments.map(({ partition }) => partition)).size === assignments.length;
  return isHere && isWhole ? null : {
    errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    message: `replicas can only be assigned to node ${NODE_ID}, partitions from 0 on`,
  };
}

/** What contradicts itself. */
function refuseRequest({ partitions, replicationFactor, assignments, configs }: WantedTopic): Refusal | null {
  if (assignments.length > 0 && (partitions !== -1 || replicationFactor !== -1)) {
    const message = "replicas are assigned: the numbers of partitions and replicas must be -1 then";
    return { errorCode: ErrorCode.INVALID_REQUEST, message };
  }
  const unset = configs.find(({ value }) => value === null);
  return unset === undefined
    ? null
    : { errorCode: ErrorCode.INVALID_CONFIG, message: `${unset.name} has no value` };
}

function refused(name: string, { errorCode, message }: Refusal): CreatedTopic {
  return {
    name,
    topicId: NO_UUID,
    errorCode,
    errorMessage: message,
    partitions: -1,
    replicationFactor: -1,
    configs: null,
  };
}

function* create(
  wanted: WantedTopic,
  { state, validateOnly, mentions }: { state: BrokerState; validateOnly: boolean; mentions: number },
): Generator<void, CreatedTopic> {
  const { name } = wanted;
  const plan = planOf(wanted, state.defaultPartitions);
  const refusal = refuseTwice(mentions, name) ?? state.refuseTopic(name, plan) ??
    refuseRequest(wanted) ?? refuseReplicas(wanted);
  if (refusal !== null) return refused(name, refusal);
  const failure = validateOnly ? null : yield* storageFailureInSteps(state.createTopic(name, plan));
  if (failure !== null) return refused(name, failure);
  return {
    name,
    topicId: state.topic(name)?.id ?? NO_UUID,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    partitions: plan.partitions,
    replicationFactor: 1,
    configs: describeTopicConfigs(plan.configs).map((config) => ({
      name: config.name,
      value: config.value,
      readOnly: false,
      configSource: toConfigSource(config),
      isSensitive: false,
    })),
  };
}

/** Serves CreateTopics. */
export const createTopicsHandler = defineHandler({
  api: createTopicsApi,
  versions: [2, 7],
  handle(request, context) {
    const { validateOnly } = request;
    const mentions = countBy(request.topics, ({ name }) => name);
    const created = mapStepsInTurns(
      distinct(request.topics, ({ name }) => name),
      (wanted) =>
        create(wanted, { state: context.state, validateOnly, mentions: mentions.get(wanted.name)! }),
      { turn: context.turn, signal: NEVER_ABORTED },
    );
    return then(created, (topics) => ({ throttleTimeMs: 0, topics }));
  },
});
