/**
 * OffsetForLeaderEpoch, key 23, versions 2–4: where a leader's records end. There is one epoch, so it is the log's
 * end; an epoch that never was is unknown (−1).
 */
import { offsetForLeaderEpochApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { distinctPartitions } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { checkLeaderEpoch, LEADER_EPOCH } from "../leader_epoch.ts";

/** Serves OffsetForLeaderEpoch. */
export const offsetForLeaderEpochHandler = defineHandler({
  api: offsetForLeaderEpochApi,
  versions: [2, 4],
  handle: (request, { state }) => ({
    throttleTimeMs: 0,
    topics: distinctPartitions(request.topics, {
      topicKey: ({ topic }) => topic,
      partitionKey: ({ partition }) => partition,
    }).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const log = state.log(topic, partition);
        const unknown = { partition, leaderEpoch: -1, endOffset: -1 };
        if (log === undefined) return { ...unknown, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        const epochError = checkLeaderEpoch(currentLeaderEpoch);
        if (epochError !== ErrorCode.NONE) return { ...unknown, errorCode: epochError };
        if (leaderEpoch !== LEADER_EPOCH) return { ...unknown, errorCode: ErrorCode.NONE };
        return {
          partition,
          leaderEpoch: LEADER_EPOCH,
          endOffset: log.highWatermark,
          errorCode: ErrorCode.NONE,
        };
      }),
    })),
  }),
});
