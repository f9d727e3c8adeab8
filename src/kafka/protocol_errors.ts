/** What Kafka's error codes are to a caller of the port. */
import { KafkaError, type KafkaErrorKind } from "./port.ts";
import { ErrorCode, errorName } from "../wire/error_code.ts";

const KINDS: Readonly<Record<number, KafkaErrorKind>> = {
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]: "unknown-topic",
  [ErrorCode.MESSAGE_TOO_LARGE]: "record-too-large",
  [ErrorCode.INVALID_TOPIC_EXCEPTION]: "invalid-topic",
  [ErrorCode.RECORD_LIST_TOO_LARGE]: "record-too-large",
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED]: "authorization",
  [ErrorCode.GROUP_AUTHORIZATION_FAILED]: "authorization",
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED]: "authorization",
  [ErrorCode.UNSUPPORTED_SASL_MECHANISM]: "authentication",
  [ErrorCode.TOPIC_ALREADY_EXISTS]: "topic-exists",
  [ErrorCode.INVALID_PARTITIONS]: "invalid-topic",
  [ErrorCode.INVALID_REPLICATION_FACTOR]: "invalid-topic",
  [ErrorCode.INVALID_CONFIG]: "invalid-topic",
  [ErrorCode.POLICY_VIOLATION]: "invalid-topic",
  [ErrorCode.INVALID_PRODUCER_EPOCH]: "fenced",
  [ErrorCode.SASL_AUTHENTICATION_FAILED]: "authentication",
  [ErrorCode.FENCED_INSTANCE_ID]: "fenced",
  [ErrorCode.PRODUCER_FENCED]: "fenced",
};

/** An error code of a broker's answer. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: number;
  constructor(code: number, detail?: string | null) {
    super(detail ? `${errorName(code)}: ${detail}` : errorName(code));
    this.code = code;
  }
}

/** Throws {@linkcode BrokerError} unless the code says that all is well. */
export function throwIfFailed(code: number, detail?: string | null): void {
  if (code !== ErrorCode.NONE) throw new BrokerError(code, detail);
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
