/**
 * ListOffsets, key 2, versions 1–9: the offset at a time. Special times: −1 end, −2 beginning, −3 the newest
 * timestamp, −4 beginning of what is on this node's disk (the same as −2), −5 end of what is elsewhere (nothing is).
 * Without transactions the last stable offset is the end.
 */
import { listOffsetsApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { BY_NAME, countBy, distinctPartitions, mapPartitionsInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { checkLeaderEpoch, LEADER_EPOCH } from "../leader_epoch.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import type { TimedOffset } from "../log/segment.ts";
import { storageFailure } from "../refusal.ts";

const LATEST = -1;
const EARLIEST = -2;
const NEWEST_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;

/** Special times, with the version of ListOffsets that brought them. */
const SINCE: Readonly<Record<number, number>> = {
  [LATEST]: 1,
  [EARLIEST]: 1,
  [NEWEST_TIMESTAMP]: 7,
  [EARLIEST_LOCAL]: 8,
  [LATEST_TIERED]: 9,
};

const NOTHING: TimedOffset = { offset: -1, timestampMs: -1 };

type WantedPartition = RequestOf<typeof listOffsetsApi>["topics"][number]["partitions"][number];
type FoundPartition = ResponseOf<typeof listOffsetsApi>["topics"][number]["partitions"][number];

function find(log: PartitionLog, timestamp: number): TimedOffset | null {
  switch (timestamp) {
    case LATEST:
      return { offset: log.highWatermark, timestampMs: -1 };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStartOffset, timestampMs: -1 };
    case NEWEST_TIMESTAMP:
      return log.maxTimestamp();
    case LATEST_TIERED:
      return null;
    default:
      return log.offsetForTimestamp(timestamp);
  }
}

function refuse({ partition }: WantedPartition, errorCode: ErrorCode): FoundPartition {
  return { partition, errorCode, offset: -1, timestamp: -1, leaderEpoch: -1 };
}

function listOne(
  wanted: WantedPartition,
  { log, version }: { log: PartitionLog | undefined; version: number },
): FoundPartition {
  const { partition, timestamp, currentLeaderEpoch } = wanted;
  if (timestamp < 0 && !(version >= (SINCE[timestamp] ?? Infinity))) {
    return refuse(wanted, ErrorCode.UNSUPPORTED_VERSION);
  }
  if (log === undefined) return refuse(wanted, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = checkLeaderEpoch(currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return refuse(wanted, epochError);
  let found = NOTHING;
  const failure = storageFailure(() => found = find(log, timestamp) ?? NOTHING);
  if (failure !== null || found === NOTHING) return refuse(wanted, failure?.errorCode ?? ErrorCode.NONE);
  const { offset, timestampMs } = found;
  return { partition, errorCode: ErrorCode.NONE, offset, timestamp: timestampMs, leaderEpoch: LEADER_EPOCH };
}

function keyOf(topic: string, { partition }: WantedPartition): string {
  return `${topic}:${partition}`;
}

/** Serves ListOffsets. */
export const listOffsetsHandler = defineHandler({
  api: listOffsetsApi,
  versions: [1, 9],
  handle(request, context) {
    const { state, version } = context;
    const mentions = countBy(
      request.topics.flatMap(({ name, partitions }) => partitions.map((one) => keyOf(name, one))),
      (key) => key,
    );
    const listed = mapPartitionsInTurns(
      distinctPartitions(request.topics, BY_NAME),
      (wanted, { name }) =>
        mentions.get(keyOf(name, wanted)) === 1
          ? listOne(wanted, { log: state.log(name, wanted.partition), version })
          : refuse(wanted, ErrorCode.INVALID_REQUEST),
      context,
    );
    return then(listed, (topics) => ({
      throttleTimeMs: 0,
      topics: topics.map(({ topic, partitions }) => ({ name: topic.name, partitions })),
    }));
  },
});
