/** DeleteTopics, key 20, versions 1–6: topics with all their records, by name or (from 6 on) by id. */
import { deleteTopicsApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { NO_UUID } from "../../wire/schema.ts";
import { distinct, mapStepsInTurns, NEVER_ABORTED, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { storageFailureInSteps } from "../refusal.ts";

const BY_ID_FROM = 6;

/** Serves DeleteTopics. */
export const deleteTopicsHandler = defineHandler({
  api: deleteTopicsApi,
  versions: [1, 6],
  handle(request, context) {
    const { state, version } = context;
    const wanted = version >= BY_ID_FROM
      ? request.topics
      : request.topicNames.map((name) => ({ name, topicId: NO_UUID }));
    const deleted = mapStepsInTurns(
      distinct(wanted, ({ name, topicId }) => name ?? topicId),
      function* ({ name, topicId }) {
        if ((name === null) === (topicId === NO_UUID)) {
          const errorMessage = "a topic is named either by its name or by its id";
          return { name, topicId, errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
        }
        const topic = name === null ? state.topicById(topicId) : state.topic(name);
        if (topic === undefined) {
          const errorCode = name === null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
          return { name, topicId, errorCode, errorMessage: null };
        }
        const failure = state.refuseChange(topic.name) ??
          (yield* storageFailureInSteps(state.deleteTopic(topic)));
        return {
          name: topic.name,
          topicId: topic.id,
          errorCode: failure?.errorCode ?? ErrorCode.NONE,
          errorMessage: failure?.message ?? null,
        };
      },
      { turn: context.turn, signal: NEVER_ABORTED },
    );
    return then(deleted, (responses) => ({ throttleTimeMs: 0, responses }));
  },
});
