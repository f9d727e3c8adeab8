/** kafkajs' errors, which wrap each other, as the port's. */
import { KafkaError, type KafkaErrorKind } from "../port.ts";
import { BrokerError, causes, reasonOf, toKafkaError } from "../protocol_errors.ts";
import { ErrorCode, isRetriable } from "../../wire/error_code.ts";

/** The broker's error code somewhere in an error, if there is one. */
export function codeOf(error: unknown): number | null {
  for (const one of causes(error)) {
    if (one instanceof BrokerError) return one.code;
    const { name, code, type } = one as { name?: string; code?: unknown; type?: unknown };
    if (typeof code === "number" && typeof type === "string" && name !== "Error") return code;
  }
  return null;
}

/** The login was refused. */
export function isRefusedLogin(error: unknown): boolean {
  for (const one of causes(error)) {
    if ((one as { name?: string }).name === "KafkaJSSASLAuthenticationError") return true;
  }
  return false;
}

/** Trying again later may help. */
export function mayPass(error: unknown): boolean {
  if (error instanceof KafkaError) return error.kind === "unreachable";
  if (isRefusedLogin(error)) return false;
  const code = codeOf(error);
  if (code !== null) return isRetriable(code) || GROUP_MOVED.has(code);
  for (const one of causes(error)) {
    const { name } = one as { name?: string };
    if (name !== undefined && LOST.has(name)) return true;
  }
  return false;
}

/** The group has moved on without this member. */
export const GROUP_MOVED: ReadonlySet<number> = new Set([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
]);

/** A connection or a broker is gone, or what is known of the cluster is old. */
const LOST: ReadonlySet<string> = new Set([
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSRequestTimeoutError",
  "KafkaJSBrokerNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSGroupCoordinatorNotFound",
  "KafkaJSMetadataNotLoaded",
  "KafkaJSTopicMetadataNotLoaded",
  "KafkaJSStaleTopicMetadataAssignment",
  "KafkaJSLockTimeout",
]);

/** The port's error; `kind` where the broker's code says nothing more. */
export function fromKafkajs(error: unknown, what: string, kind: KafkaErrorKind = "protocol"): KafkaError {
  if (error instanceof KafkaError) return error;
  const code = codeOf(error);
  if (code === null) {
    return new KafkaError(kind, `${what}: ${connectionCode(error) ?? reasonOf(error)}`, { cause: error });
  }
  const failure = new BrokerError(code);
  failure.cause = error;
  return toKafkaError(failure, what, kind);
}

/** `ECONNREFUSED` and the like; kafkajs has them in its messages only. */
export function connectionCode(error: unknown): string | null {
  for (const one of causes(error)) {
    const [code] = /\bE[A-Z]{4,}\b/.exec(String((one as { message?: unknown }).message)) ?? [];
    if (code !== undefined) return code;
  }
  return null;
}
