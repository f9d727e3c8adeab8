/** kafkajs' errors, which wrap each other, as the port's. */
import { KafkaError, type KafkaErrorKind } from "../port.ts";
import {
  BrokerError,
  causes,
  type LibraryErrors,
  mayPassBy,
  reasonOf,
  toKafkaError,
} from "../protocol_errors.ts";
import { retryBy } from "../retry.ts";

/** The broker's error code somewhere in an error, if there is one. */
export function codeOf(error: unknown): number | null {
  for (const one of causes(error)) {
    if (one instanceof BrokerError) return one.code;
    const { name, code, type } = one as { name?: string; code?: unknown; type?: unknown };
    if (typeof code === "number" && typeof type === "string" && name !== "Error") return code;
  }
  return null;
}

function nameOf(error: unknown): string {
  return String((error as { name?: unknown }).name);
}

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

/** How the library says what failed. */
export const LIBRARY: LibraryErrors = {
  codeOf,
  isRefusedLogin: (error) => causes(error).some((one) => nameOf(one) === "KafkaJSSASLAuthenticationError"),
  isLost: (error) => causes(error).some((one) => LOST.has(nameOf(one))),
  reasonOf: (error) => connectionCode(error) ?? reasonOf(error),
};

/** Trying again later may help. */
export const mayPass: (error: unknown) => boolean = mayPassBy(LIBRARY);

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
function connectionCode(error: unknown): string | null {
  for (const one of causes(error)) {
    const [code] = /\bE[A-Z]{4,}\b/.exec(String((one as { message?: unknown }).message)) ?? [];
    if (code !== undefined) return code;
  }
  return null;
}

/** See {@linkcode retryBy}. */
export const retry = retryBy({ mayPass, toKafkaError: fromKafkajs });
