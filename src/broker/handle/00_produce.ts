/**
 * Produce, key 0, versions 3–11 (0 is advertised too: clients on librdkafka would otherwise stop compressing,
 * KAFKA-18659; 0–2 are not served). Batches are checked, placed and stored as they came. With `acks` 0 there is no
 * answer, and a refusal closes the connection, so that the client hears of it at all.
 * Left out: transactions; versions 12 (KIP-890) and 13 (topic ids).
 */
import { produceApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { WireError } from "../../wire/reader.ts";
import { compressionOf } from "../../wire/record_batch.ts";
import { mapPartitionsInTurns, then } from "../elements.ts";
import { defineHandler, type RequestContext } from "../handler.ts";
import type { RecordError } from "../log/check_batch.ts";

/** What one partition answers. */
interface Appended {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
  readonly recordErrors: RecordError[];
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

function refuse(errorCode: ErrorCode, errorMessage: string | null = null): Appended {
  return {
    errorCode,
    errorMessage,
    recordErrors: [],
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
  };
}

const ZSTD = 4;
const ZSTD_FROM = 7;

function append(
  { state, nowMs, version }: RequestContext,
  { topic, partition, records }: { topic: string; partition: number; records: readonly Uint8Array[] | null },
): Appended {
  const log = state.log(topic, partition);
  if (log === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const batch = records?.[0];
  if (batch === undefined) return refuse(ErrorCode.INVALID_RECORD, "there is no record batch");
  if (version < ZSTD_FROM && compressionOf(batch) === ZSTD) {
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `zstd needs Produce ${ZSTD_FROM} or later`);
  }
  const result = log.append(batch, nowMs);
  if (!result.ok) {
    const recordErrors = [...result.recordErrors ?? []];
    return { ...refuse(ErrorCode[result.error], result.detail), recordErrors };
  }
  if (!result.isDuplicate) state.appends.notify(log, batch.length);
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    recordErrors: [],
    baseOffset: result.baseOffset,
    logAppendTimeMs: log.stampsAppendTime ? nowMs : -1,
    logStartOffset: log.logStartOffset,
  };
}

/** Serves Produce. */
export const produceHandler = defineHandler({
  api: produceApi,
  versions: [3, 11],
  advertised: [0, 11],
  handle(request, context) {
    const isTransactional = request.transactionalId !== null;
    const hasAcks = request.acks >= -1 && request.acks <= 1;
    let refused = false;
    const appended = mapPartitionsInTurns(request.topics, ({ partition, records }, { name }) => {
      const result = isTransactional
        ? refuse(ErrorCode.UNSUPPORTED_VERSION, "the embedded broker has no transactions")
        : hasAcks
        ? append(context, { topic: name, partition, records })
        : refuse(ErrorCode.INVALID_REQUIRED_ACKS);
      refused ||= result.errorCode !== ErrorCode.NONE;
      return { partition, ...result };
    }, context);
    return then(appended, (topics) => {
      if (request.acks === 0) {
        if (refused) throw new WireError("a record batch without acknowledgement was refused");
        return null;
      }
      const responses = topics.map(({ topic, partitions }) => ({ name: topic.name, partitions }));
      return { responses, throttleTimeMs: 0 };
    });
  },
});
