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
    const errorCode = error.kind === "too-large"
      ? ErrorCode.INVALID_COMMIT_OFFSET_SIZE
      : ErrorCode.KAFKA_STORAGE_ERROR;
    return { errorCode, message: error.message };
  }
}

/** As {@linkcode storageFailure}, in steps. */
export function* storageFailureInSteps(steps: Generator<void, unknown>): Generator<void, Refusal | null> {
  try {
    yield* steps;
    return null;
  } catch (error) {
    return storageFailure(() => {
      throw error;
    });
  }
}

/** A topic that one request names several times is left as it is. */
export function refuseTwice(mentions: number, topic: string): Refusal | null {
  if (mentions === 1) return null;
  return {
    errorCode: ErrorCode.INVALID_REQUEST,
    message: `the request names topic '${topic}' ${mentions} times`,
  };
}
