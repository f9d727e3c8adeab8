/**
 * Fetch, key 1, versions 4–17: whole batches from the one that holds the offset, as they are stored. Waits until
 * there are `minBytes` or `maxWaitMs` have passed; an error is told at once.
 * From version 13 on topics are named by id. Isolation levels are the same without transactions.
 * Left out: sessions (KIP-227; every answer carries session 0, "none was made"), replicas' requests.
 */
import { fetchApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { defineHandler, type RequestContext } from "../handler.ts";
import { FETCH_BYTES_MAX, FETCH_WAIT_MS_MAX } from "../limits.ts";
import { storageFailure } from "../refusal.ts";
import { LEADER_EPOCH, type Topic } from "../state.ts";

type FetchRequest = RequestOf<typeof fetchApi>;
type FetchResponse = ResponseOf<typeof fetchApi>;
type WantedTopic = FetchRequest["topics"][number];
type WantedPartition = WantedTopic["partitions"][number];
type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

function topicOf(wanted: WantedTopic, { state, version }: RequestContext): Topic | undefined {
  return version >= 13 ? state.topicById(wanted.topicId) : state.topic(wanted.topic);
}

/** What has been read so far, and whether there is a reason to answer at once. */
interface Attempt {
  readonly responses: FetchResponse["responses"];
  readonly sizeBytes: number;
  readonly hasErrors: boolean;
}

function refuse(partition: number, errorCode: ErrorCode): FetchedPartition {
  return {
    partition,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: [],
  };
}

function readPartition(
  wanted: WantedPartition,
  { topic, isById, isolationLevel, bytesMax }: {
    topic: Topic | undefined;
    isById: boolean;
    isolationLevel: number;
    bytesMax: number;
  },
): FetchedPartition {
  const { partition, fetchOffset, currentLeaderEpoch } = wanted;
  if (topic === undefined && isById) return refuse(partition, ErrorCode.UNKNOWN_TOPIC_ID);
  const log = topic?.logs[partition];
  if (log === undefined) return refuse(partition, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (currentLeaderEpoch > LEADER_EPOCH) return refuse(partition, ErrorCode.UNKNOWN_LEADER_EPOCH);
  const { highWatermark, logStartOffset } = log;
  const isInRange = fetchOffset >= logStartOffset && fetchOffset <= highWatermark;
  const isReadable = isInRange && bytesMax > 0 && fetchOffset < highWatermark;
  let records: Uint8Array[] = [];
  const failure = storageFailure(() => {
    if (isReadable) records = log.read(fetchOffset, bytesMax);
  });
  if (failure !== null) return refuse(partition, failure.errorCode);
  return {
    partition,
    errorCode: isInRange ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE,
    highWatermark,
    lastStableOffset: highWatermark,
    logStartOffset,
    abortedTransactions: isolationLevel === 0 ? null : [],
    preferredReadReplica: -1,
    records,
  };
}

function attempt(request: FetchRequest, context: RequestContext): Attempt {
  const bytesMax = Math.min(request.maxBytes, FETCH_BYTES_MAX);
  let sizeBytes = 0;
  let hasErrors = false;
  const responses = request.topics.map((wanted) => {
    const topic = topicOf(wanted, context);
    const partitions = wanted.partitions.map((one) => {
      const fetched = readPartition(one, {
        topic,
        isById: context.version >= 13,
        isolationLevel: request.isolationLevel,
        bytesMax: Math.min(one.partitionMaxBytes, bytesMax - sizeBytes),
      });
      for (const piece of fetched.records ?? []) sizeBytes += piece.length;
      hasErrors ||= fetched.errorCode !== ErrorCode.NONE;
      return fetched;
    });
    return { topic: wanted.topic, topicId: wanted.topicId, partitions };
  });
  return { responses, sizeBytes, hasErrors };
}

/** Changes whenever a wanted log grows, shrinks, appears or goes. */
function fingerprint(request: FetchRequest, context: RequestContext): number {
  let sum = 0;
  for (const wanted of request.topics) {
    const topic = topicOf(wanted, context);
    for (const { partition } of wanted.partitions) sum += topic?.logs[partition]?.highWatermark ?? -1;
  }
  return sum;
}

function answer(errorCode: ErrorCode, responses: FetchResponse["responses"]): FetchResponse {
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses };
}

/** Reads again at every append, until it is enough or the time is up. */
function waitForRecords(request: FetchRequest, context: RequestContext): Promise<FetchResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchResponse>();
  let seen = fingerprint(request, context);
  const end = () => {
    clearTimeout(timer);
    stop();
    context.signal.removeEventListener("abort", giveUp);
  };
  /** `isEnough` decides whether what is there now is the answer. A failure is this fetch's alone. */
  const look = (isEnough: (found: Attempt) => boolean) => {
    try {
      const found = attempt(request, context);
      if (!isEnough(found)) return;
      end();
      resolve(answer(ErrorCode.NONE, found.responses));
    } catch (error) {
      end();
      reject(error);
    }
  };
  const giveUp = () => {
    end();
    resolve(answer(ErrorCode.NONE, []));
  };
  const timer = setTimeout(() => look(() => true), Math.min(request.maxWaitMs, FETCH_WAIT_MS_MAX));
  const stop = context.state.onAppend(() => {
    const now = fingerprint(request, context);
    if (now === seen) return;
    seen = now;
    look((found) => found.hasErrors || found.sizeBytes >= request.minBytes);
  });
  context.signal.addEventListener("abort", giveUp);
  return promise;
}

/** Serves Fetch. */
export const fetchHandler = defineHandler({
  api: fetchApi,
  versions: [4, 17],
  handle(request, context) {
    if (request.sessionId !== 0) return answer(ErrorCode.FETCH_SESSION_ID_NOT_FOUND, []);
    const found = attempt(request, context);
    const isEnough = found.hasErrors || found.sizeBytes >= request.minBytes || request.maxWaitMs <= 0 ||
      request.topics.length === 0 || context.signal.aborted;
    return isEnough ? answer(ErrorCode.NONE, found.responses) : waitForRecords(request, context);
  },
});
