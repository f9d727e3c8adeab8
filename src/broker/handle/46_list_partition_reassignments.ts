/** ListPartitionReassignments, key 46, version 0: on one node nothing ever moves. `kafka-topics --describe` asks. */
import { listPartitionReassignmentsApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";

/** Serves ListPartitionReassignments. */
export const listPartitionReassignmentsHandler = defineHandler({
  api: listPartitionReassignmentsApi,
  versions: [0, 0],
  handle: () => ({ throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, topics: [] }),
});
