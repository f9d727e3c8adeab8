/** DeleteRecords, key 21, versions 0–2: records before an offset are gone; −1 means all of them. */
import { deleteRecordsApi } from "../../wire/api/records.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { BY_NAME, distinctPartitions, mapPartitionsInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";

/** Serves DeleteRecords. */
export const deleteRecordsHandler = defineHandler({
  api: deleteRecordsApi,
  versions: [0, 2],
  handle(request, context) {
    const { state, nowMs } = context;
    const wanted = distinctPartitions(request.topics, BY_NAME);
    const deleted = mapPartitionsInTurns(wanted, ({ partition, offset }, { name }) => {
      const log = state.log(name, partition);
      if (log === undefined) {
        return { partition, lowWatermark: -1, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
      }
      const result = log.deleteRecordsBefore(offset, nowMs);
      state.appends.notify(log, 0);
      return result.ok
        ? { partition, lowWatermark: result.logStartOffset, errorCode: ErrorCode.NONE }
        : { partition, lowWatermark: -1, errorCode: ErrorCode[result.error] };
    }, context);
    return then(deleted, (topics) => ({
      throttleTimeMs: 0,
      topics: topics.map(({ topic, partitions }) => ({ name: topic.name, partitions })),
    }));
  },
});
