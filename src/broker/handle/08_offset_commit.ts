/**
 * OffsetCommit, key 8, versions 2–9: where a group goes on. Written before it is answered. A commit without a member
 * is taken while the group has no members.
 * Left out: retention time (2–4): offsets are kept until nobody has used their group for a week.
 */
import { offsetCommitApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { BY_NAME, distinctPartitions } from "../elements.ts";
import { defineHandler, type RequestContext } from "../handler.ts";
import { OFFSET_METADATA_BYTES_MAX } from "../limits.ts";
import { type Refusal, storageFailure } from "../refusal.ts";
import type { StoredOffset } from "../store/metadata_log.ts";

type OffsetCommitRequest = RequestOf<typeof offsetCommitApi>;
type CommittedTopic = ResponseOf<typeof offsetCommitApi>["topics"][number];

function check(request: OffsetCommitRequest, { state, nowMs }: RequestContext): ErrorCode {
  if (request.groupId === "") return ErrorCode.INVALID_GROUP_ID;
  const group = state.group(request.groupId);
  if (group !== undefined) return group.checkCommit(request, nowMs);
  if (request.generationId >= 0) return ErrorCode.ILLEGAL_GENERATION;
  return state.hasRoomFor(request.groupId) ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE;
}

/** Where the disk did not take the commits the client tries again, as with Kafka; not where there are too many. */
function notStored({ name, partitions }: CommittedTopic, refusal: Refusal): CommittedTopic {
  const failure = refusal.errorCode === ErrorCode.KAFKA_STORAGE_ERROR
    ? ErrorCode.COORDINATOR_NOT_AVAILABLE
    : refusal.errorCode;
  return {
    name,
    partitions: partitions.map(({ partition, errorCode }) => ({
      partition,
      errorCode: errorCode === ErrorCode.NONE ? failure : errorCode,
    })),
  };
}

/** Serves OffsetCommit. */
export const offsetCommitHandler = defineHandler({
  api: offsetCommitApi,
  versions: [2, 9],
  handle(request, context) {
    const { state } = context;
    const refusal = check(request, context);
    const accepted: StoredOffset[] = [];
    const topics = distinctPartitions(request.topics, BY_NAME).map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition, offset, leaderEpoch, metadata }) => {
        if (refusal !== ErrorCode.NONE) return { partition, errorCode: refusal };
        if (state.log(name, partition) === undefined) {
          return { partition, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        }
        if ((metadata?.length ?? 0) > OFFSET_METADATA_BYTES_MAX) {
          return { partition, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE };
        }
        accepted.push({
          groupId: request.groupId,
          topic: name,
          partition,
          offset,
          leaderEpoch,
          metadata,
          commitTimeMs: context.nowMs,
        });
        return { partition, errorCode: ErrorCode.NONE };
      }),
    }));
    const failed = storageFailure(() => state.commitOffsets(accepted));
    return {
      throttleTimeMs: 0,
      topics: failed === null ? topics : topics.map((topic) => notStored(topic, failed)),
    };
  },
});
