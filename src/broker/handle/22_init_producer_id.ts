/**
 * InitProducerId, key 22, versions 0–5: an id for an idempotent producer, never given twice.
 * Left out: transactional ids are refused with UNSUPPORTED_VERSION.
 */
import { initProducerIdApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";
import { storageFailure } from "../refusal.ts";

/** Serves InitProducerId. */
export const initProducerIdHandler = defineHandler({
  api: initProducerIdApi,
  versions: [0, 5],
  handle({ transactionalId, producerId: givenId, producerEpoch: givenEpoch }, { state }) {
    const refuse = (errorCode: ErrorCode) => ({
      throttleTimeMs: 0,
      errorCode,
      producerId: -1,
      producerEpoch: -1,
    });
    const isHalfGiven = (givenId === -1) !== (givenEpoch === -1);
    if (transactionalId === "" || isHalfGiven) return refuse(ErrorCode.INVALID_REQUEST);
    if (transactionalId !== null) return refuse(ErrorCode.UNSUPPORTED_VERSION);
    let producerId = -1;
    const failure = storageFailure(() => producerId = state.nextProducerId());
    if (failure !== null) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 };
  },
});
