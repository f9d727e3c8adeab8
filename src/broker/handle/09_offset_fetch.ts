/**
 * OffsetFetch, key 9, versions 1–9: where groups go on; −1 where nothing was committed. One group up to version 7,
 * several from 8 on; no topics named means all.
 * Left out: `requireStable` has nothing to wait for without transactions; member epochs (KIP-848) are not checked.
 */
import { offsetFetchApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { ResponseOf } from "../../wire/schema.ts";
import { distinct, distinctPartitions, mapInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import type { BrokerState } from "../state.ts";
import { offsetKey } from "../store/catalog.ts";
import type { StoredOffset } from "../store/metadata_log.ts";

type FetchedTopics = ResponseOf<typeof offsetFetchApi>["topics"];
type WantedTopics = readonly { readonly name: string; readonly partitions: readonly number[] }[];

function toFetched(partition: number, stored: StoredOffset | undefined) {
  return {
    partition,
    offset: stored?.offset ?? -1,
    leaderEpoch: stored?.leaderEpoch ?? -1,
    metadata: stored?.metadata ?? "",
    errorCode: ErrorCode.NONE,
  };
}

/** The partitions that were committed, by topic. */
function committedTopics(offsets: ReadonlyMap<string, StoredOffset>): WantedTopics {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of offsets.values()) {
    const partitions = byTopic.get(topic);
    if (partitions === undefined) byTopic.set(topic, [partition]);
    else partitions.push(partition);
  }
  return Array.from(byTopic, ([name, partitions]) => ({ name, partitions }));
}

function fetchOffsets(
  state: BrokerState,
  { groupId, topics }: { groupId: string; topics: WantedTopics | null },
): FetchedTopics {
  const offsets = state.offsets(groupId);
  const wanted = topics === null
    ? committedTopics(offsets)
    : distinctPartitions(topics, { topicKey: ({ name }) => name, partitionKey: (partition) => partition });
  return wanted.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => toFetched(partition, offsets.get(offsetKey(name, partition)))),
  }));
}

/** Serves OffsetFetch. */
export const offsetFetchHandler = defineHandler({
  api: offsetFetchApi,
  versions: [1, 9],
  handle(request, context) {
    const { state, version } = context;
    const groups = mapInTurns(distinct(request.groups, ({ groupId }) => groupId), (wanted) => ({
      groupId: wanted.groupId,
      topics: fetchOffsets(state, wanted),
      errorCode: ErrorCode.NONE,
    }), context);
    return then(groups, (groups) => ({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      topics: version >= 8 ? [] : fetchOffsets(state, request),
      groups,
    }));
  },
});
