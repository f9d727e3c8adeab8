/** Refusals: protocol errors with words for the client. */
import { ErrorCode } from "../wire/error_code.ts";
import { StorageError } from "./store/storage_error.ts";

/** A refusal, for the client to read. */
export interface Refusal {
  readonly errorCode: ErrorCode;
  readonly message: string;
}

/** Does something that writes to the disk; what the client hears where the disk did not take it. */
export function storageFailure(act: () => void): Refusal | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, message: error.message };
  }
}
