/**
 * DescribeCluster, key 60, versions 0–1: the one node.
 * Left out: controllers as endpoints (type 2) are refused with MISMATCHED_ENDPOINT_TYPE; authorized operations.
 */
import { describeClusterApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";
import { NODE_ID } from "../state.ts";
import { NO_OPERATIONS } from "./03_metadata.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

function codeOf(endpointType: number): ErrorCode {
  if (endpointType === BROKERS) return ErrorCode.NONE;
  return endpointType === CONTROLLERS
    ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
    : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE;
}

/** Serves DescribeCluster. */
export const describeClusterHandler = defineHandler({
  api: describeClusterApi,
  versions: [0, 1],
  handle: (request, { state, advertised }) => ({
    throttleTimeMs: 0,
    errorCode: codeOf(request.endpointType),
    errorMessage: null,
    endpointType: BROKERS,
    clusterId: state.clusterId,
    controllerId: NODE_ID,
    brokers: request.endpointType === BROKERS ? [{ brokerId: NODE_ID, ...advertised, rack: null }] : [],
    clusterAuthorizedOperations: NO_OPERATIONS,
  }),
});
