/** What a log accepts from a producer. Source: Kafka's `LogValidator.java`, `DefaultRecordBatch.java`. */
import type { ErrorCode } from "../../wire/error_code.ts";
import { WireError } from "../../wire/reader.ts";
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  hasRightCrc,
  readBatchHeader,
} from "../../wire/record_batch.ts";

/** Name of a protocol error. */
export type ErrorName = keyof typeof ErrorCode;

/** A refusal, for the client to read. */
export interface Refused {
  readonly ok: false;
  readonly error: ErrorName;
  readonly detail: string;
}

/** A refusal. */
export function refuse(error: ErrorName, detail: string): Refused {
  return { ok: false, error, detail };
}

/**
 * Checks exactly one batch (what Produce 3 and later may bring for a partition). Compressed records are not opened;
 * of others only the lengths are read.
 */
export function checkBatch(
  bytes: Uint8Array,
  { messageBytesMax }: { messageBytesMax: number },
): { readonly ok: true; readonly header: BatchHeader } | Refused {
  // The format of versions 0 and 1 has its magic at the same place.
  if (bytes.length > 16 && bytes[16] !== 2) {
    return refuse("UNSUPPORTED_FOR_MESSAGE_FORMAT", `record format ${bytes[16]}: only format 2 is taken`);
  }
  let header: BatchHeader;
  try {
    header = readBatchHeader(bytes);
  } catch (error) {
    if (error instanceof WireError) return refuse("CORRUPT_MESSAGE", error.message);
    throw error;
  }
  if (header.sizeBytes > messageBytesMax) {
    return refuse(
      "MESSAGE_TOO_LARGE",
      `the record batch has ${header.sizeBytes} bytes, max.message.bytes is ${messageBytesMax}`,
    );
  }
  if (header.sizeBytes !== bytes.length) {
    const rest = bytes.length - header.sizeBytes;
    return refuse("INVALID_RECORD", `one record batch per partition is taken: ${rest} bytes follow it`);
  }
  if (!hasRightCrc(bytes, { start: 0, header })) {
    return refuse("CORRUPT_MESSAGE", "the record batch was damaged on its way: its CRC-32C is wrong");
  }
  const problem = findProblem(header) ?? (header.compression === 0 ? findWrongLength(bytes, header) : null);
  return problem === null ? { ok: true, header } : refuse("INVALID_RECORD", problem);
}

function findProblem(header: BatchHeader): string | null {
  const { count, lastOffsetDelta, producerId, producerEpoch, baseSequence } = header;
  if (header.isControl) return "control batches are written by brokers only";
  if (header.isTransactional) return "transactions are left out of the embedded broker";
  if (count < 1 || lastOffsetDelta !== count - 1) {
    return `the batch counts ${count} records and its last offset delta is ${lastOffsetDelta}`;
  }
  if (header.compression > 4) return `compression ${header.compression} is not one of Kafka's`;
  if (producerId >= 0 && (producerEpoch < 0 || baseSequence < 0)) {
    return `producer ${producerId} has epoch ${producerEpoch} and sequence ${baseSequence}`;
  }
  return null;
}

/** Walks over the records by their lengths: they must be as many as the header says, and fill the batch. */
function findWrongLength(bytes: Uint8Array, { count }: BatchHeader): string | null {
  let at = BATCH_HEADER_BYTES;
  for (let index = 0; index < count; index++) {
    let raw = 0;
    let shift = 0;
    let byte: number;
    do {
      if (at >= bytes.length || shift > 28) return `record ${index} of ${count} has no length`;
      byte = bytes[at++]!;
      raw += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    if (raw % 2 === 1) return `record ${index} of ${count} has a negative length`;
    at += raw / 2;
    if (at > bytes.length) return `record ${index} of ${count} ends behind its batch`;
  }
  return at === bytes.length ? null : `${bytes.length - at} bytes follow the last of ${count} records`;
}
