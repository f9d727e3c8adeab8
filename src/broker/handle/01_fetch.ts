// Not pure: it waits for records.
/**
 * Fetch, key 1, versions 4–17: whole batches from the one that holds the offset, as they are stored. Waits until
 * there are `minBytes` or `maxWaitMs` have passed, and reads nothing before; an error is answered at once.
 * From version 13 on topics are named by id. Isolation levels are the same without transactions.
 * Left out: sessions (KIP-227; every answer carries session 0, "none was made"), replicas' requests.
 */
import { fetchApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { distinctPartitions, mapInTurns, mapPartitionsInTurns, then } from "../elements.ts";
import { defineHandler, type RequestContext } from "../handler.ts";
import { checkLeaderEpoch, LEADER_EPOCH } from "../leader_epoch.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import { FETCH_BYTES_MAX, FETCH_SHARE_MAX, FETCH_WAIT_MS_MAX } from "../limits.ts";
import { storageFailure } from "../refusal.ts";
import type { Topic } from "../state.ts";

type FetchRequest = RequestOf<typeof fetchApi>;
type FetchResponse = ResponseOf<typeof fetchApi>;
type WantedTopic = FetchRequest["topics"][number];
type WantedPartition = WantedTopic["partitions"][number];
type FetchedPartition = FetchResponse["responses"][number]["partitions"][number];

const BY_ID_FROM = 13;

function topicOf(wanted: WantedTopic, { state, version }: RequestContext): Topic | undefined {
  return version >= BY_ID_FROM ? state.topicById(wanted.topicId) : state.topic(wanted.topic);
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
  if (log === undefined || errorCode !== ErrorCode.NONE) return refuse(partition, errorCode);
  const { highWatermark, logStartOffset } = log;
  let records: Uint8Array[] = [];
  const failure = storageFailure(() => {
    const mayRead = isFirst || bytesMax > 0;
    if (mayRead && fetchOffset < highWatermark) records = log.read(fetchOffset, bytesMax, { isFirst });
  });
  if (failure !== null) return refuse(partition, failure.errorCode);
  return {
    partition,
    errorCode: ErrorCode.NONE,
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

/** Reads what there is; its share of what connections may still hold, at most. */
function read(request: FetchRequest, context: RequestContext): FetchResponse | Promise<FetchResponse> {
  const share = Math.max(1, Math.floor(context.freeBytes() * FETCH_SHARE_MAX));
  const bytesMax = Math.min(request.maxBytes, FETCH_BYTES_MAX, share);
  let sizeBytes = 0;
  const fetched = mapPartitionsInTurns(request.topics, (wanted: WantedPartition, topic: WantedTopic) => {
    const one = readPartition(wanted, {
      topic: topicOf(topic, context),
      isById: context.version >= BY_ID_FROM,
      isolationLevel: request.isolationLevel,
      bytesMax: Math.min(wanted.partitionMaxBytes, bytesMax - sizeBytes),
      isFirst: sizeBytes === 0,
    });
    const readBytes = (one.records ?? []).reduce((sum, piece) => sum + piece.length, 0);
    sizeBytes += readBytes;
    // At once: who reads next sees what is left.
    context.hold(readBytes);
    return one;
  }, context);
  return then(fetched, (topics) =>
    answer(
      ErrorCode.NONE,
      topics.map(({ topic, partitions }) => ({ topic: topic.topic, topicId: topic.topicId, partitions })),
    ));
}

/** What one partition has for a fetch. */
interface Offer {
  readonly wantedTopic: WantedTopic;
  readonly wanted: WantedPartition;
  /** −1: not measured yet. */
  sizeBytes: number;
}

/** What a fetch could read, by sizes and positions: nothing is read for it. It follows its logs until it is disposed of. */
class Availability implements Disposable {
  readonly #request: FetchRequest;
  readonly #context: RequestContext;
  readonly #offers = new Map<PartitionLog, Offer>();
  readonly #unwatch: () => void;
  #sizeBytes = 0;
  #hasErrors = false;
  #onEnough: (() => void) | null = null;

  constructor(request: FetchRequest, context: RequestContext) {
    this.#request = request;
    this.#context = context;
    for (const wantedTopic of request.topics) {
      for (const wanted of wantedTopic.partitions) {
        const offer = { wantedTopic, wanted, sizeBytes: -1 };
        const log = this.#find(offer);
        if (log !== undefined) this.#offers.set(log, offer);
      }
    }
    this.#unwatch = context.state.appends.watch(
      this.#offers.keys(),
      (log, addedBytes) => this.#note(log, addedBytes),
    );
  }

  #find({ wanted, wantedTopic }: Offer): PartitionLog | undefined {
    const topic = topicOf(wantedTopic, this.#context);
    const { log, errorCode } = logOf(wanted, { topic, isById: this.#context.version >= BY_ID_FROM });
    this.#hasErrors ||= errorCode !== ErrorCode.NONE;
    return log;
  }

  /** Measures the logs until there is enough. */
  measure(): void | Promise<void> {
    const measured = mapInTurns([...this.#offers], ([log, offer]) => {
      if (!this.isEnough) this.#measure(log, offer);
    }, this.#context);
    return then(measured, () => {});
  }

  #measure(log: PartitionLog, offer: Offer): void {
    const failure = storageFailure(() => this.#resize(offer, log.bytesFrom(offer.wanted.fetchOffset)));
    this.#hasErrors ||= failure !== null;
  }

  #resize(offer: Offer, sizeBytes: number): void {
    const countOf = (bytes: number) =>
      Math.max(0, Math.min(bytes, Math.max(offer.wanted.partitionMaxBytes, 1)));
    this.#sizeBytes += countOf(sizeBytes) - countOf(offer.sizeBytes);
    offer.sizeBytes = sizeBytes;
  }

  /** Whether there is a reason to answer: an error, or as many bytes as were asked for and may be answered. */
  get isEnough(): boolean {
    const { minBytes, maxBytes } = this.#request;
    return this.#hasErrors || this.#sizeBytes >= Math.min(minBytes, maxBytes, FETCH_BYTES_MAX);
  }

  /** A log grew, or (0 bytes) must be looked at again. */
  #note(log: PartitionLog, addedBytes: number): void {
    const offer = this.#offers.get(log);
    if (offer === undefined || offer.sizeBytes < 0) return;
    if (addedBytes > 0) this.#resize(offer, offer.sizeBytes + addedBytes);
    else if (this.#find(offer) === log) this.#measure(log, offer);
    if (this.isEnough) this.#onEnough?.();
  }

  /** Waits until there is enough, the time is up, or nobody waits for the answer any more. */
  async wait(): Promise<void> {
    const { signal } = this.#context;
    if (this.isEnough || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(this.#request.maxWaitMs, FETCH_WAIT_MS_MAX));
    const giveUp = () => resolve();
    this.#onEnough = giveUp;
    signal.addEventListener("abort", giveUp);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }

  [Symbol.dispose](): void {
    this.#unwatch();
  }
}

/** Reads when there is enough or the time is up, in its own turn: whoever appends does not read for those who wait. */
async function readLater(
  available: Availability,
  { measured, mayWait, request, context }: {
    measured: void | Promise<void>;
    mayWait: boolean;
    request: FetchRequest;
    context: RequestContext;
  },
): Promise<FetchResponse> {
  {
    using watching = available;
    await measured;
    if (mayWait) await watching.wait();
  }
  if (context.signal.aborted) return answer(ErrorCode.NONE, []);
  context.turn.begin();
  await context.turn.pause();
  return read(request, context);
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
    const topics = distinctPartitions(request.topics, {
      topicKey: ({ topic, topicId }) => context.version >= BY_ID_FROM ? topicId : topic,
      partitionKey: ({ partition }) => partition,
    });
    const wanted = { ...request, topics };
    const available = new Availability(wanted, context);
    const measured = available.measure();
    const mayWait = request.maxWaitMs > 0 && topics.length > 0;
    const isReady = !(measured instanceof Promise) && (available.isEnough || !mayWait);
    if (!isReady) return readLater(available, { measured, mayWait, request: wanted, context });
    available[Symbol.dispose]();
    return read(wanted, context);
  },
});
