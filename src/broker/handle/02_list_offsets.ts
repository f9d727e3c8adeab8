/**
 * ListOffsets, key 2, versions 1–9: the offset at a time. Special times: −1 end, −2 beginning, −3 the newest
 * timestamp, −4 beginning of what is on this node's disk (the same as −2), −5 end of what is elsewhere (nothing is).
 * Without transactions the last stable offset is the end.
 */
import { listOffsetsApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import { storageFailure } from "../refusal.ts";
import { LEADER_EPOCH } from "../state.ts";

const LATEST = -1;
const EARLIEST = -2;
const NEWEST_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;

function find(log: PartitionLog, timestamp: number): { offset: number; timestamp: number } {
  if (timestamp === LATEST) return { offset: log.highWatermark, timestamp: -1 };
  if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL) {
    return { offset: log.logStartOffset, timestamp: -1 };
  }
  const found = timestamp === NEWEST_TIMESTAMP
    ? log.maxTimestamp()
    : timestamp >= 0
    ? log.offsetForTimestamp(timestamp)
    : null;
  return found === null
    ? { offset: -1, timestamp: -1 }
    : { offset: found.offset, timestamp: found.timestampMs };
}

/** Serves ListOffsets. */
export const listOffsetsHandler = defineHandler({
  api: listOffsetsApi,
  versions: [1, 9],
  handle: (request, { state }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition, timestamp }) => {
        const log = state.log(name, partition);
        if (log === undefined) {
          const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
          return { partition, errorCode, offset: -1, timestamp: -1, leaderEpoch: -1 };
        }
        let found = { offset: -1, timestamp: -1 };
        const failure = storageFailure(() => found = find(log, timestamp));
        return {
          partition,
          errorCode: failure?.errorCode ?? ErrorCode.NONE,
          leaderEpoch: LEADER_EPOCH,
          ...found,
        };
      }),
    })),
  }),
});
