/** @platformatic/kafka's errors as the port's. */
import { GenericError } from "@platformatic/kafka";
import { causes, codeOf, type LibraryErrors, mayPassBy, toKafkaError } from "../protocol_errors.ts";
import { retryBy } from "../retry.ts";

/** How the library says what failed. */
export const LIBRARY: LibraryErrors = {
  codeOf,
  isRefusedLogin: (error) => causes(error).some((one) => hasCode(one, "PLT_KFK_AUTHENTICATION")),
  isLost: (error) =>
    error instanceof Error && GenericError.isGenericError(error) && hasCode(error, "PLT_KFK_NETWORK"),
};

function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown }).code === code;
}

/** Trying again later may help. */
export const mayPass: (error: unknown) => boolean = mayPassBy(LIBRARY);

/** See {@linkcode retryBy}. */
export const retry = retryBy({ mayPass, toKafkaError });
