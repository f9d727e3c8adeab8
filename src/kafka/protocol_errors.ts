/** What Kafka's error codes are to a caller of the port. */
import { type ConnectionOptions, KafkaError, type KafkaErrorKind } from "./port.ts";
import { ErrorCode, errorName, isRetriable } from "../wire/error_code.ts";

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

/** The port's error for anything that was thrown below it. `what` says what was being done. */
export function toKafkaError(error: unknown, what: string, kind: KafkaErrorKind = "protocol"): KafkaError {
  if (error instanceof KafkaError) return error;
  if (error instanceof BrokerError) {
    return new KafkaError(KINDS[error.code] ?? kind, `${what}: ${error.message}`, { cause: error });
  }
  return new KafkaError(kind, `${what}: ${reasonOf(error)}`, { cause: error });
}

/** How a client library says what failed. */
export interface LibraryErrors {
  /** The broker's code, where there is one. */
  readonly codeOf: (error: unknown) => number | null;
  readonly isRefusedLogin: (error: unknown) => boolean;
  /** A connection or a broker is gone, or what is known of the cluster is old. */
  readonly isLost: (error: unknown) => boolean;
  /** @default the innermost reason */
  readonly reasonOf?: (error: unknown) => string;
}

/** Whether trying again later may help: decided here for every adapter, by the broker's code where there is one. */
export function mayPassBy(library: LibraryErrors): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof KafkaError) return error.kind === "unreachable";
    if (library.isRefusedLogin(error)) return false;
    const code = library.codeOf(error);
    return code === null ? library.isLost(error) : isRetriable(code);
  };
}

/** The group has moved on without this member: it joins again. */
export const GROUP_MOVED: ReadonlySet<number | null> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.MEMBER_ID_REQUIRED,
]);

/** The broker's code somewhere in an error, if there is one. */
export function codeOf(error: unknown): number | null {
  return causes(error).find((one) => one instanceof BrokerError)?.code ?? null;
}

/** Why no broker of the cluster could be asked. */
export function connectionFailure(
  error: unknown,
  { options, library }: { readonly options: ConnectionOptions; readonly library: LibraryErrors },
): KafkaError {
  if (error instanceof KafkaError) return error;
  const { bootstrapServer, sasl } = options;
  if (library.isRefusedLogin(error) || KINDS[library.codeOf(error) ?? ErrorCode.NONE] === "authentication") {
    const who = sasl ? ` (${sasl.mechanism}, user ${sasl.username})` : "";
    const message = `Kafka at ${bootstrapServer} refused the login${who}`;
    return new KafkaError("authentication", message, { cause: error });
  }
  const reason = (library.reasonOf ?? reasonOf)(error);
  const message = `cannot reach Kafka at ${bootstrapServer} (${reason})`;
  return new KafkaError("unreachable", message, { cause: error });
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
export function causes(error: unknown, depth = 0): unknown[] {
  if (error === undefined || error === null || depth > 8) return [];
  if (typeof error !== "object") return [error];
  const { cause, errors, originalError } = error as {
    cause?: unknown;
    errors?: unknown;
    originalError?: unknown;
  };
  const wrapped = [...(Array.isArray(errors) ? errors : []), originalError, cause];
  return [error, ...wrapped.flatMap((one) => causes(one, depth + 1))];
}
