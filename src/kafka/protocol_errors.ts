/** Kafka's error codes: which of them pass by themselves, and what the others are to a caller of the port. */
import { KafkaError, type KafkaErrorKind } from "./port.ts";

/** The codes that are looked at by name ("Error Codes" in Kafka's protocol guide). */
export const CODE = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  MESSAGE_TOO_LARGE: 10,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  UNKNOWN_PRODUCER_ID: 59,
  MEMBER_ID_REQUIRED: 79,
} as const;

const NAMES: Readonly<Record<number, string>> = {
  [-1]: "UNKNOWN_SERVER_ERROR",
  1: "OFFSET_OUT_OF_RANGE",
  2: "CORRUPT_MESSAGE",
  3: "UNKNOWN_TOPIC_OR_PARTITION",
  5: "LEADER_NOT_AVAILABLE",
  6: "NOT_LEADER_OR_FOLLOWER",
  7: "REQUEST_TIMED_OUT",
  9: "REPLICA_NOT_AVAILABLE",
  10: "MESSAGE_TOO_LARGE",
  14: "COORDINATOR_LOAD_IN_PROGRESS",
  15: "COORDINATOR_NOT_AVAILABLE",
  16: "NOT_COORDINATOR",
  17: "INVALID_TOPIC_EXCEPTION",
  18: "RECORD_LIST_TOO_LARGE",
  19: "NOT_ENOUGH_REPLICAS",
  20: "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  22: "ILLEGAL_GENERATION",
  23: "INCONSISTENT_GROUP_PROTOCOL",
  24: "INVALID_GROUP_ID",
  25: "UNKNOWN_MEMBER_ID",
  26: "INVALID_SESSION_TIMEOUT",
  27: "REBALANCE_IN_PROGRESS",
  29: "TOPIC_AUTHORIZATION_FAILED",
  30: "GROUP_AUTHORIZATION_FAILED",
  31: "CLUSTER_AUTHORIZATION_FAILED",
  33: "UNSUPPORTED_SASL_MECHANISM",
  35: "UNSUPPORTED_VERSION",
  36: "TOPIC_ALREADY_EXISTS",
  37: "INVALID_PARTITIONS",
  38: "INVALID_REPLICATION_FACTOR",
  40: "INVALID_CONFIG",
  41: "NOT_CONTROLLER",
  44: "POLICY_VIOLATION",
  45: "OUT_OF_ORDER_SEQUENCE_NUMBER",
  47: "INVALID_PRODUCER_EPOCH",
  56: "KAFKA_STORAGE_ERROR",
  58: "SASL_AUTHENTICATION_FAILED",
  59: "UNKNOWN_PRODUCER_ID",
  73: "TOPIC_DELETION_DISABLED",
  74: "FENCED_LEADER_EPOCH",
  76: "UNKNOWN_LEADER_EPOCH",
  81: "GROUP_MAX_SIZE_REACHED",
  82: "FENCED_INSTANCE_ID",
  87: "INVALID_RECORD",
  88: "UNSTABLE_OFFSET_COMMIT",
  89: "THROTTLING_QUOTA_EXCEEDED",
  90: "PRODUCER_FENCED",
};

/** Pass by themselves: leaders and coordinators moving, brokers starting, replicas catching up. */
const RETRIABLE = new Set([5, 6, 7, 9, 14, 15, 16, 19, 20, 41, 56, 74, 76, 88, 89]);

const KINDS: Readonly<Record<number, KafkaErrorKind>> = {
  3: "unknown-topic",
  10: "record-too-large",
  17: "invalid-topic",
  18: "record-too-large",
  29: "authorization",
  30: "authorization",
  31: "authorization",
  33: "authentication",
  36: "topic-exists",
  37: "invalid-topic",
  38: "invalid-topic",
  40: "invalid-topic",
  44: "invalid-topic",
  47: "fenced",
  58: "authentication",
  82: "fenced",
  90: "fenced",
};

/** An error code of a broker's answer. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: number;
  constructor(code: number, detail?: string | null) {
    super(detail ? `${codeName(code)}: ${detail}` : codeName(code));
    this.code = code;
  }
}

/** Kafka's name of a code. */
export function codeName(code: number): string {
  return NAMES[code] ?? `error code ${code}`;
}

/** Asking again later may help; for an unknown topic too, since a new one takes time to be known everywhere. */
export function passesByItself(code: number): boolean {
  return RETRIABLE.has(code) || code === CODE.UNKNOWN_TOPIC_OR_PARTITION;
}

/** Throws {@linkcode BrokerError} unless the code says that all is well. */
export function throwIfFailed(code: number, detail?: string | null): void {
  if (code !== CODE.NONE) throw new BrokerError(code, detail);
}

/** What a code is to a caller of the port. */
export function kindOfCode(code: number): KafkaErrorKind {
  return KINDS[code] ?? "protocol";
}

/** The port's error for anything that was thrown below it. `what` says what was being done. */
export function toKafkaError(error: unknown, what: string, kind: KafkaErrorKind = "protocol"): KafkaError {
  if (error instanceof KafkaError) return error;
  if (error instanceof BrokerError) {
    return new KafkaError(KINDS[error.code] ?? kind, `${what}: ${error.message}`, { cause: error });
  }
  return new KafkaError(kind, `${what}: ${reasonOf(error)}`, { cause: error });
}

/** The innermost reason in one line: `ECONNREFUSED`, or a message. */
export function reasonOf(error: unknown): string {
  let reason = "";
  for (const one of causes(error)) {
    const code = (one as { code?: unknown }).code;
    if (typeof code === "string" && /^E[A-Z]+$|^CERT|^DEPTH|^SELF|^UNABLE|^ERR_TLS/.test(code)) return code;
    if (one instanceof Error && one.message !== "") reason = one.message;
  }
  return reason.split("\n")[0] || String(error);
}

/** An error, what caused it, and so on; errors that wrap several are opened too. */
export function* causes(error: unknown, depth = 0): Generator<unknown> {
  if (error === undefined || error === null || depth > 8) return;
  yield error;
  if (typeof error !== "object") return;
  const { cause, errors, originalError } = error as {
    cause?: unknown;
    errors?: unknown;
    originalError?: unknown;
  };
  if (Array.isArray(errors)) { for (const one of errors) yield* causes(one, depth + 1); }
  yield* causes(originalError, depth + 1);
  yield* causes(cause, depth + 1);
}
