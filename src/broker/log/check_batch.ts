/**
 * What a log accepts from a producer. Source: Kafka's `LogValidator.java`, `DefaultRecordBatch.java`; stricter than
 * Kafka where that stores what no consumer can read (offset deltas or lengths that are wrong).
 */
import type { ErrorCode } from "../../wire/error_code.ts";
import { TooLargeError } from "../../wire/compression.ts";
import { WireError } from "../../wire/reader.ts";
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  hasRightCrc,
  readBatchHeader,
  sizeOfBatch,
} from "../../wire/record_batch.ts";
import { RecordCursor } from "../../wire/record_cursor.ts";
import { DECOMPRESSED_BYTES_MAX, RECORD_ERRORS_MAX } from "./limits.ts";

/** Name of a protocol error. */
export type ErrorName = keyof typeof ErrorCode;

/** What is wrong with one record of a batch. */
export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

/** A refusal, for the client to read. */
export interface Refused {
  readonly ok: false;
  readonly error: ErrorName;
  readonly detail: string;
  /** The records that are to blame, where it is not the batch. */
  readonly recordErrors?: readonly RecordError[];
}

/** A refusal. */
export function refuse(error: ErrorName, detail: string): Refused {
  return { ok: false, error, detail };
}

/** What a batch may be. */
export interface BatchRules {
  readonly messageBytesMax: number;
  /** Timestamps are within; `null`: the log gives its own. */
  readonly timestampsMs: { readonly min: number; readonly max: number } | null;
}

/** A batch that is accepted, and the largest timestamp of its records; −1 where all are below 0. */
export interface CheckedBatch {
  readonly ok: true;
  readonly header: BatchHeader;
  readonly maxTimestampMs: number;
}

/** Checks exactly one batch (what Produce 3 and later may bring for a partition) and every record in it. */
export function checkBatch(bytes: Uint8Array, rules: BatchRules): CheckedBatch | Refused {
  const header = readHeader(bytes);
  if ("ok" in header) return header;
  const { messageBytesMax } = rules;
  if (header.sizeBytes > messageBytesMax) {
    return refuse(
      "MESSAGE_TOO_LARGE",
      `the record batch has ${header.sizeBytes} bytes, max.message.bytes is ${messageBytesMax}`,
    );
  }
  if (!hasRightCrc(bytes, { start: 0, header })) {
    return refuse("CORRUPT_MESSAGE", "the record batch was damaged on its way: its CRC-32C is wrong");
  }
  if (header.isTransactional) {
    const detail = "transactions are left out of the embedded broker";
    return refuse("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", detail);
  }
  const problem = findProblem(header);
  return problem === null ? checkRecords(bytes, { header, rules }) : refuse("INVALID_RECORD", problem);
}

function readHeader(bytes: Uint8Array): BatchHeader | Refused {
  // The formats of all versions have their length and their magic at the same places.
  const magic = bytes.length > 16 ? bytes[16]! : null;
  const size = magic === null ? 0 : sizeOfBatch(bytes, 0);
  if (magic === null || size > bytes.length) {
    return refuse("INVALID_RECORD", `${bytes.length} bytes are no whole record batch`);
  }
  if (magic > 2) return refuse("CORRUPT_MESSAGE", `Kafka has no record format ${magic << 24 >> 24}`);
  if (magic !== 2) return refuse("INVALID_RECORD", `record format ${magic}: only format 2 is taken`);
  if (size < BATCH_HEADER_BYTES) {
    return refuse("CORRUPT_MESSAGE", `the record batch claims to have ${size} bytes`);
  }
  if (size < bytes.length) return refuseRest(bytes, size);
  return readBatchHeader(bytes);
}

/** What follows the first batch: another one is against the rules, anything else is damage. */
function refuseRest(bytes: Uint8Array, size: number): Refused {
  const detail = `one record batch per partition is taken: ${bytes.length - size} bytes follow it`;
  const isBatch = bytes.length - size >= BATCH_HEADER_BYTES && bytes[size + 16] === 2;
  return refuse(isBatch ? "INVALID_RECORD" : "CORRUPT_MESSAGE", detail);
}

function findProblem(header: BatchHeader): string | null {
  const { count, lastOffsetDelta, producerId, baseSequence, baseOffset } = header;
  if (baseOffset !== 0) return `the batch begins at offset ${baseOffset}: a producer's begins at 0`;
  if (header.isControl) return "control batches are written by brokers only";
  if (count < 1 || lastOffsetDelta !== count - 1) {
    return `the batch counts ${count} records and its last offset delta is ${lastOffsetDelta}`;
  }
  if (header.compression > 4) return `compression ${header.compression} is not one of Kafka's`;
  if (producerId >= 0 && baseSequence < 0) return `producer ${producerId} has sequence ${baseSequence}`;
  return null;
}

function checkRecords(
  bytes: Uint8Array,
  { header, rules }: { header: BatchHeader; rules: BatchRules },
): CheckedBatch | Refused {
  const cursor = open(bytes, header);
  if (!(cursor instanceof RecordCursor)) return cursor;
  const { min, max } = rules.timestampsMs ?? { min: -Infinity, max: Infinity };
  let maxTimestampMs = -1;
  let index = 0;
  const errors: RecordError[] = [];
  while (cursor.next()) {
    const { offsetDelta, timestampMs } = cursor;
    if (offsetDelta !== index) {
      return refuse(
        "INVALID_RECORD",
        `record ${index} of ${header.count} has the offset delta ${offsetDelta}`,
      );
    }
    if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
    // −1 is a record without a time.
    if ((timestampMs > max || timestampMs < min) && timestampMs !== -1 && errors.length < RECORD_ERRORS_MAX) {
      errors.push({ batchIndex: index, message: outOfRange(timestampMs, { min, max }) });
    }
    index++;
  }
  if (cursor.problem !== null) return refuse("INVALID_RECORD", cursor.problem);
  if (cursor.hasNullHeaderKey) return refuse("INVALID_RECORD", "a header of a record has no key");
  if (errors.length === 0) return { ok: true, header, maxTimestampMs };
  return { ...refuse("INVALID_TIMESTAMP", errors[0]!.message), recordErrors: errors };
}

function outOfRange(timestampMs: number, { min, max }: { min: number; max: number }): string {
  const from = min === -Infinity ? "any time" : min;
  return `the timestamp ${timestampMs} is out of range: the topic takes ${from} to ${max}`;
}

/** The records, decompressed where they are compressed. */
function open(bytes: Uint8Array, header: BatchHeader): RecordCursor | Refused {
  try {
    return RecordCursor.over(bytes, { header, start: 0, maxBytes: DECOMPRESSED_BYTES_MAX });
  } catch (error) {
    if (error instanceof TooLargeError) return refuse("MESSAGE_TOO_LARGE", error.message);
    if (error instanceof WireError) return refuse("INVALID_RECORD", error.message);
    throw error;
  }
}
