/** What Kafka's error codes are to a caller of the port. */
import { codeName } from "./error_codes.ts";
import { KafkaError, type KafkaErrorKind } from "./port.ts";

export { codeName, passesByItself } from "./error_codes.ts";

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
  UNKNOWN_TOPIC_ID: 100,
} as const;

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
