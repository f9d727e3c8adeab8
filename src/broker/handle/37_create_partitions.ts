/** CreatePartitions, key 37, versions 0–3: a topic gets more partitions, never fewer. */
import { createPartitionsApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf } from "../../wire/schema.ts";
import { countBy, distinct, mapStepsInTurns, NEVER_ABORTED, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { PARTITIONS_MAX } from "../limits.ts";
import { type Refusal, refuseTwice, storageFailureInSteps } from "../refusal.ts";
import { type BrokerState, NODE_ID } from "../state.ts";

type WantedTopic = RequestOf<typeof createPartitionsApi>["topics"][number];

function refuse({ name, count, assignments }: WantedTopic, state: BrokerState): Refusal | null {
  const topic = state.topic(name);
  if (topic === undefined) {
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message: `there is no topic '${name}'` };
  }
  const added = count - topic.partitions;
  if (added < 1) {
    const message = `'${name}' has ${topic.partitions} partitions: it can have more, not ${count}`;
    return { errorCode: ErrorCode.INVALID_PARTITIONS, message };
  }
  if (state.partitions + added > PARTITIONS_MAX) {
    const message =
      `the broker keeps at most ${PARTITIONS_MAX} partitions in all: delete topics that nobody needs`;
    return { errorCode: ErrorCode.POLICY_VIOLATION, message };
  }
  const isHere = assignments?.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === NODE_ID);
  if (assignments !== null && (assignments.length !== added || !isHere)) {
    const message =
      `replicas can only be assigned to node ${NODE_ID}, one for each of ${added} new partitions`;
    return { errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT, message };
  }
  return null;
}

/** Serves CreatePartitions. */
export const createPartitionsHandler = defineHandler({
  api: createPartitionsApi,
  versions: [0, 3],
  handle(request, context) {
    const { state } = context;
    const mentions = countBy(request.topics, ({ name }) => name);
    const grown = mapStepsInTurns(distinct(request.topics, ({ name }) => name), function* (wanted) {
      const topic = state.topic(wanted.name);
      const mayGrow = topic !== undefined && !request.validateOnly;
      const refusal = refuseTwice(mentions.get(wanted.name)!, wanted.name) ?? refuse(wanted, state) ??
        state.refuseChange(wanted.name) ??
        (mayGrow ? yield* storageFailureInSteps(state.growTopic(topic, wanted.count)) : null);
      return {
        name: wanted.name,
        errorCode: refusal?.errorCode ?? ErrorCode.NONE,
        errorMessage: refusal?.message ?? null,
      };
    }, { turn: context.turn, signal: NEVER_ABORTED });
    return then(grown, (results) => ({ throttleTimeMs: 0, results }));
  },
});
