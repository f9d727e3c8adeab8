/**
 * OffsetFetch, key 9, versions 1–9: where groups go on; −1 where nothing was committed. One group up to version 7,
 * several from 8 on; no topics named means all.
 * Left out: `requireStable` has nothing to wait for without transactions; member epochs (KIP-848) are not checked.
 */
import { offsetFetchApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { ResponseOf } from "../../wire/schema.ts";
import { defineHandler } from "../handler.ts";
import type { BrokerState } from "../state.ts";
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

function fetchOffsets(
  state: BrokerState,
  { groupId, topics }: { groupId: string; topics: WantedTopics | null },
): FetchedTopics {
  const byTopic = new Map<string, Map<number, StoredOffset>>();
  for (const stored of state.offsets(groupId).values()) {
    const partitions = byTopic.get(stored.topic) ?? new Map<number, StoredOffset>();
    byTopic.set(stored.topic, partitions.set(stored.partition, stored));
  }
  const wanted = topics ?? Array.from(byTopic, ([name, partitions]) => ({
    name,
    partitions: [...partitions.keys()],
  }));
  return wanted.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => toFetched(partition, byTopic.get(name)?.get(partition))),
  }));
}

/** Serves OffsetFetch. */
export const offsetFetchHandler = defineHandler({
  api: offsetFetchApi,
  versions: [1, 9],
  handle: (request, { state, version }) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    topics: version >= 8 ? [] : fetchOffsets(state, request),
    groups: request.groups.map((wanted) => ({
      groupId: wanted.groupId,
      topics: fetchOffsets(state, wanted),
      errorCode: ErrorCode.NONE,
    })),
  }),
});
