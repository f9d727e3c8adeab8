/**
 * InitProducerId, key 22, versions 0–5: an id for an idempotent producer, never given twice.
 * Left out: transactional ids are refused with UNSUPPORTED_VERSION.
 */
import { initProducerIdApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

/** Serves InitProducerId. */
export const initProducerIdHandler = defineHandler({
  api: initProducerIdApi,
  versions: [0, 5],
  handle: (request, { state }) =>
    request.transactionalId === null
      ? { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId: state.nextProducerId(), producerEpoch: 0 }
      : { throttleTimeMs: 0, errorCode: ErrorCode.UNSUPPORTED_VERSION, producerId: -1, producerEpoch: -1 },
});
