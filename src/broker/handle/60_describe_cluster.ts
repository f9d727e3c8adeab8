/**
 * DescribeCluster, key 60, versions 0–1: the one node.
 * Left out: controllers as endpoints (type 2) are refused with UNSUPPORTED_ENDPOINT_TYPE; authorized operations.
 */
import { describeClusterApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { defineHandler } from "../handler.ts";
import { NODE_ID } from "../state.ts";
import { NO_OPERATIONS } from "./03_metadata.ts";

const BROKERS = 1;

/** Serves DescribeCluster. */
export const describeClusterHandler = defineHandler({
  api: describeClusterApi,
  versions: [0, 1],
  handle: (request, { state, advertised }) => ({
    throttleTimeMs: 0,
    errorCode: request.endpointType === BROKERS ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
    errorMessage: null,
    endpointType: request.endpointType,
    clusterId: state.clusterId,
    controllerId: NODE_ID,
    brokers: [{ brokerId: NODE_ID, ...advertised, rack: null }],
    clusterAuthorizedOperations: NO_OPERATIONS,
  }),
});
