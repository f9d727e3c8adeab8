/** DeleteRecords, key 21, versions 0–2: records before an offset are gone; −1 means all of them. */
import { deleteRecordsApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

/** Serves DeleteRecords. */
export const deleteRecordsHandler = defineHandler({
  api: deleteRecordsApi,
  versions: [0, 2],
  handle: (request, { state, nowMs }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition, offset }) => {
        const log = state.log(name, partition);
        if (log === undefined) {
          return { partition, lowWatermark: -1, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        }
        const result = log.deleteRecordsBefore(offset, nowMs);
        state.appends.notify(log, 0);
        return result.ok
          ? { partition, lowWatermark: result.logStartOffset, errorCode: ErrorCode.NONE }
          : { partition, lowWatermark: -1, errorCode: ErrorCode[result.error] };
      }),
    })),
  }),
});
