/**
 * DescribeConfigs, key 32, versions 1–4: settings of topics and of the broker, with where each comes from.
 * Left out: synonyms; loggers and client metrics are refused with INVALID_REQUEST.
 */
import { describeConfigsApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { distinct, mapInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import type { CoordinatorLimits } from "../limits.ts";
import { type BrokerState, NODE_ID } from "../state.ts";
import { refuseTopicName } from "../topic_name.ts";
import { type DescribedConfig, describeTopicConfigs } from "../topic_config.ts";

type WantedResource = RequestOf<typeof describeConfigsApi>["resources"][number];
type DescribedResource = ResponseOf<typeof describeConfigsApi>["results"][number];

const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;
const TOPIC_SOURCE = 1;
const DEFAULT_SOURCE = 5;
const STRING_TYPE = 2;
const LONG_TYPE = 5;

/** Kafka's number for where a setting comes from. */
export function toConfigSource({ isDefault }: DescribedConfig): number {
  return isDefault ? DEFAULT_SOURCE : TOPIC_SOURCE;
}

function configsOf(wanted: WantedResource, state: BrokerState): readonly DescribedConfig[] | ErrorCode {
  if (wanted.resourceType === TOPIC_RESOURCE) {
    const topic = state.topic(wanted.resourceName);
    if (topic !== undefined) return describeTopicConfigs(topic.configs);
    return refuseTopicName(wanted.resourceName)?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }
  const isThisNode = wanted.resourceName === "" || wanted.resourceName === String(NODE_ID);
  if (wanted.resourceType !== BROKER_RESOURCE || !isThisNode) return ErrorCode.INVALID_REQUEST;
  return [
    { name: "broker.id", value: String(NODE_ID), isDefault: true, documentation: "The only node" },
    ...groupConfigs(state.groupLimits),
    {
      name: "num.partitions",
      value: String(state.defaultPartitions),
      isDefault: true,
      documentation: "Partitions of a topic that is created without a number of them",
    },
    {
      name: "auto.create.topics.enable",
      value: "true",
      isDefault: true,
      documentation: "Topics are created when a client asks for them",
    },
  ];
}

function groupConfigs(limits: CoordinatorLimits): DescribedConfig[] {
  const settings: Readonly<Record<string, [number, string]>> = {
    "group.min.session.timeout.ms": [limits.sessionTimeoutMsMin, "Least session timeout of a member"],
    "group.max.session.timeout.ms": [limits.sessionTimeoutMsMax, "Largest session timeout of a member"],
    "group.max.size": [limits.membersMax, "Members of a group"],
    "offsets.retention.minutes": [
      limits.offsetsRetentionMs / 60_000,
      "How long the offsets of a group that nobody uses are kept",
    ],
  };
  return Object.entries(settings).map(([name, [value, documentation]]) => ({
    name,
    value: String(value),
    isDefault: true,
    documentation,
  }));
}

function describe(
  wanted: WantedResource,
  { state, withDocumentation }: { state: BrokerState; withDocumentation: boolean },
): DescribedResource {
  const { resourceType, resourceName, configurationKeys } = wanted;
  const found = configsOf(wanted, state);
  if (typeof found === "number") {
    return { errorCode: found, errorMessage: null, resourceType, resourceName, configs: [] };
  }
  const keys = new Set(configurationKeys);
  const configs = found.filter(({ name }) => configurationKeys === null || keys.has(name));
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    resourceType,
    resourceName,
    configs: configs.map((config) => ({
      name: config.name,
      value: config.value,
      readOnly: resourceType === BROKER_RESOURCE,
      configSource: toConfigSource(config),
      isSensitive: false,
      synonyms: [],
      configType: /^-?\d+$/.test(config.value) ? LONG_TYPE : STRING_TYPE,
      documentation: withDocumentation ? config.documentation : null,
    })),
  };
}

/** Serves DescribeConfigs. */
export const describeConfigsHandler = defineHandler({
  api: describeConfigsApi,
  versions: [1, 4],
  handle(request, context) {
    const options = { state: context.state, withDocumentation: request.includeDocumentation };
    const wanted = distinct(
      request.resources,
      ({ resourceType, resourceName }) => `${resourceType} ${resourceName}`,
    );
    const described = mapInTurns(wanted, (one) => describe(one, options), context);
    return then(described, (results) => ({ throttleTimeMs: 0, results }));
  },
});
