/**
 * FindCoordinator, key 10, versions 0–5: the one node coordinates every group. One key up to version 3, several from
 * 4 on.
 * Left out: coordinators of transactions (key type 1) and share groups (2) are refused with UNSUPPORTED_VERSION.
 */
import { findCoordinatorApi } from "../../wire/api/groups.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { distinct } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import { NODE_ID } from "../state.ts";

const GROUP_KEY = 0;
const LEFT_OUT_KEYS: readonly number[] = [1, 2];

/** Serves FindCoordinator. */
export const findCoordinatorHandler = defineHandler({
  api: findCoordinatorApi,
  versions: [0, 5],
  handle(request, { advertised }) {
    const found = request.keyType === GROUP_KEY
      ? { errorCode: ErrorCode.NONE, errorMessage: null, nodeId: NODE_ID, ...advertised }
      : {
        errorCode: LEFT_OUT_KEYS.includes(request.keyType)
          ? ErrorCode.UNSUPPORTED_VERSION
          : ErrorCode.INVALID_REQUEST,
        errorMessage: "the embedded broker coordinates consumer groups, not transactions or share groups",
        nodeId: -1,
        host: "",
        port: -1,
      };
    return {
      throttleTimeMs: 0,
      ...found,
      coordinators: distinct(request.coordinatorKeys, (key) => key).map((key) => ({ key, ...found })),
    };
  },
});
