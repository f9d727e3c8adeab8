/**
 * Fetch, key 1, versions 4–17: whole batches from the one that holds the offset, as they are stored. Waits until
 * there are `minBytes` or `maxWaitMs` have passed, and reads nothing before; an error is answered at once.
 * From version 13 on topics are named by id. Isolation levels are the same without transactions.
 * Left out: sessions (KIP-227; every answer carries session 0, "none was made"), replicas' requests.
 */
import { fetchApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { defineHandler, type RequestContext } from "../handler.ts";
import { checkLeaderEpoch, LEADER_EPOCH } from "../leader_epoch.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import { FETCH_BYTES_MAX, FETCH_WAIT_MS_MAX } from "../limits.ts";
import { storageFailure } from "../refusal.ts";
import type { Topic } from "../state.ts";

type FetchRequest = RequestOf<typeof fetchApi>;
type FetchResponse = ResponseOf<typeof fetchApi>;
type WantedTopic = FetchRequest["topics"][number];
type WantedPartition = WantedTopic["partitions"][number];
type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

function topicOf(wanted: WantedTopic, { state, version }: RequestContext): Topic | undefined {
  return version >= 13 ? state.topicById(wanted.topicId) : state.topic(wanted.topic);
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

/** What is wrong with the question for a partition, or its log. */
function logOf(
  { partition, fetchOffset, currentLeaderEpoch, lastFetchedEpoch }: WantedPartition,
  { topic, isById }: { topic: Topic | undefined; isById: boolean },
): { log: PartitionLog | undefined; errorCode: ErrorCode } {
  if (topic === undefined && isById) return { log: undefined, errorCode: ErrorCode.UNKNOWN_TOPIC_ID };
  const log = topic?.logs[partition];
  if (log === undefined) return { log, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
  const epochError = checkLeaderEpoch(Math.max(-1, currentLeaderEpoch));
  if (epochError !== ErrorCode.NONE) return { log, errorCode: epochError };
  const isInRange = fetchOffset >= log.logStartOffset && fetchOffset <= log.highWatermark &&
    lastFetchedEpoch <= LEADER_EPOCH;
  return { log, errorCode: isInRange ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE };
}

function readPartition(
  wanted: WantedPartition,
  { topic, isById, isolationLevel, bytesMax, isFirst }: {
    topic: Topic | undefined;
    isById: boolean;
    isolationLevel: number;
    bytesMax: number;
    /** Nothing has been read yet: the first batch of an answer may be larger than allowed. */
    isFirst: boolean;
  },
): FetchedPartition {
  const { partition, fetchOffset } = wanted;
  const { log, errorCode } = logOf(wanted, { topic, isById });
  const isRefused = errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.OFFSET_OUT_OF_RANGE;
  if (log === undefined || isRefused) return refuse(partition, errorCode);
  const { highWatermark, logStartOffset } = log;
  let records: Uint8Array[] = [];
  const failure = storageFailure(() => {
    const mayRead = isFirst || bytesMax > 0;
    const isReadable = errorCode === ErrorCode.NONE && mayRead && fetchOffset < highWatermark;
    if (isReadable) records = log.read(fetchOffset, bytesMax, { isFirst });
  });
  if (failure !== null) return refuse(partition, failure.errorCode);
  return {
    partition,
    errorCode,
    highWatermark,
    lastStableOffset: highWatermark,
    logStartOffset,
    abortedTransactions: isolationLevel === 0 ? null : [],
    preferredReadReplica: -1,
    records,
  };
}

function answer(errorCode: ErrorCode, responses: FetchResponse["responses"]): FetchResponse {
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses };
}

/** Reads what there is. */
function read(request: FetchRequest, context: RequestContext): FetchResponse {
  const bytesMax = Math.min(request.maxBytes, FETCH_BYTES_MAX);
  let sizeBytes = 0;
  const responses = request.topics.map((wanted) => {
    const topic = topicOf(wanted, context);
    const partitions = wanted.partitions.map((one) => {
      const fetched = readPartition(one, {
        topic,
        isById: context.version >= 13,
        isolationLevel: request.isolationLevel,
        bytesMax: Math.min(one.partitionMaxBytes, bytesMax - sizeBytes),
        isFirst: sizeBytes === 0,
      });
      for (const piece of fetched.records ?? []) sizeBytes += piece.length;
      return fetched;
    });
    return { topic: wanted.topic, topicId: wanted.topicId, partitions };
  });
  return answer(ErrorCode.NONE, responses);
}

/** What one partition has for a fetch. */
interface Offer {
  readonly wantedTopic: WantedTopic;
  readonly wanted: WantedPartition;
  sizeBytes: number;
}

/** What a fetch could read, by sizes and positions: nothing is read for it. */
class Availability {
  readonly #request: FetchRequest;
  readonly #context: RequestContext;
  readonly #offers = new Map<PartitionLog, Offer>();
  #sizeBytes = 0;
  #hasErrors = false;

  constructor(request: FetchRequest, context: RequestContext) {
    this.#request = request;
    this.#context = context;
    for (const wantedTopic of request.topics) {
      for (const wanted of wantedTopic.partitions) {
        const offer = { wantedTopic, wanted, sizeBytes: 0 };
        const log = this.#measure(offer);
        if (log !== undefined) this.#offers.set(log, offer);
      }
    }
  }

  #measure(offer: Offer): PartitionLog | undefined {
    const topic = topicOf(offer.wantedTopic, this.#context);
    const { log, errorCode } = logOf(offer.wanted, { topic, isById: this.#context.version >= 13 });
    let sizeBytes = 0;
    const failure = storageFailure(() => sizeBytes = log?.bytesFrom(offer.wanted.fetchOffset) ?? 0);
    this.#hasErrors ||= errorCode !== ErrorCode.NONE || failure !== null;
    this.#resize(offer, sizeBytes);
    return log;
  }

  #resize(offer: Offer, sizeBytes: number): void {
    const bytesMax = Math.max(offer.wanted.partitionMaxBytes, 1);
    this.#sizeBytes += Math.min(sizeBytes, bytesMax) - Math.min(offer.sizeBytes, bytesMax);
    offer.sizeBytes = sizeBytes;
  }

  /** The logs that it is about. */
  get logs(): Iterable<PartitionLog> {
    return this.#offers.keys();
  }

  /** Whether there is a reason to answer: an error, or as many bytes as were asked for and may be answered. */
  get isEnough(): boolean {
    const { minBytes, maxBytes } = this.#request;
    return this.#hasErrors || this.#sizeBytes >= Math.min(minBytes, maxBytes, FETCH_BYTES_MAX);
  }

  /** Takes over what happened to a log: it grew, or (0 bytes) must be looked at anew. */
  note(log: PartitionLog, addedBytes: number): void {
    const offer = this.#offers.get(log);
    if (offer === undefined) return;
    if (addedBytes === 0) this.#measure(offer);
    else this.#resize(offer, offer.sizeBytes + addedBytes);
  }
}

/** Waits until there is enough or the time is up, and reads then. */
function waitForRecords(available: Availability, request: FetchRequest, context: RequestContext) {
  const { promise, resolve, reject } = Promise.withResolvers<FetchResponse>();
  /** A failure is this fetch's alone. */
  const end = (respond: () => FetchResponse) => {
    clearTimeout(timer);
    stop();
    context.signal.removeEventListener("abort", giveUp);
    try {
      resolve(respond());
    } catch (error) {
      reject(error);
    }
  };
  const giveUp = () => end(() => answer(ErrorCode.NONE, []));
  const readAll = () => end(() => read(request, context));
  const timer = setTimeout(readAll, Math.min(request.maxWaitMs, FETCH_WAIT_MS_MAX));
  const stop = context.state.appends.watch(available.logs, (log, addedBytes) => {
    available.note(log, addedBytes);
    if (available.isEnough) readAll();
  });
  context.signal.addEventListener("abort", giveUp);
  return promise;
}

/** Session epochs of requests that name all their partitions, whatever the session's id; others go on with a session. */
const NO_SESSION = -1;
const NEW_SESSION = 0;

/** Serves Fetch. */
export const fetchHandler = defineHandler({
  api: fetchApi,
  versions: [4, 17],
  handle(request, context) {
    const isWhole = request.sessionEpoch === NO_SESSION || request.sessionEpoch === NEW_SESSION;
    if (!isWhole) return answer(ErrorCode.FETCH_SESSION_ID_NOT_FOUND, []);
    const available = new Availability(request, context);
    const mayWait = request.maxWaitMs > 0 && request.topics.length > 0 && !context.signal.aborted;
    return available.isEnough || !mayWait
      ? read(request, context)
      : waitForRecords(available, request, context);
  },
});
