/** The leader of all partitions: there is one node, and never another leader. */
import { ErrorCode } from "../wire/error_code.ts";

/** Its epoch. */
export const LEADER_EPOCH = 0;

/** Whether a client that names a leader's epoch means the one there is; −1: it names none. */
export function checkLeaderEpoch(epoch: number): ErrorCode {
  if (epoch === -1 || epoch === LEADER_EPOCH) return ErrorCode.NONE;
  return epoch < LEADER_EPOCH ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
